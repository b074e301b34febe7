"""A company's own taxonomy on the command line."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from qa_service.cli import app

GOOD = "taxonomy: lark\nversion: 2\ncomplaint: [{id: dorm, title: 宿舍, examples: [有蟑螂]}]\n"
RUN = CliRunner()


def test_taxonomy_files_are_checked_beside_sops(tmp_path: Path) -> None:
    good, bad = tmp_path / "good.yaml", tmp_path / "bad.yaml"
    good.write_text(GOOD, "utf-8")
    bad.write_text(GOOD.replace("dorm", "privacy"), "utf-8")
    ran = RUN.invoke(app, ["rulebook", "check", "--no-models", str(good)])
    assert (ran.exit_code, "taxonomy lark version 2: 1 reasons, 0 red lines" in ran.output) == (0, True)
    assert RUN.invoke(app, ["rulebook", "check", "--no-models", str(good), str(bad)]).exit_code == 2


def test_a_taxonomy_that_cannot_be_used_stops_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    taxonomy, talk = tmp_path / "t.yaml", tmp_path / "c.jsonl"
    taxonomy.write_text("taxonomy: lark\nmoon: 1\n", "utf-8")
    talk.write_text(json.dumps({"id": "c", "turns": [{"speaker": "agent", "text": "您好"}]}), "utf-8")
    monkeypatch.setenv("QA_TAXONOMY", str(taxonomy))
    sop = Path(__file__).parents[2] / "qa_service/rulebook/default/sops/moya-trial-call.yaml"
    out = tmp_path / "r.jsonl"
    ran = RUN.invoke(app, ["analyze", str(talk), "--fast", "--sop", str(sop), "--out", str(out)])
    assert (ran.exit_code, out.exists()) == (2, False)
