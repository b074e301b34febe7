"""`qa-service course`: from result files and their conversations."""

import json
import os
import subprocess
import sys
from datetime import date
from pathlib import Path

import yaml

from qa_service.domain.analysis_json import analysis_to_line
from qa_service.domain.conversation_json import conversation_to_json
from tests.judged_cases import SOP, Case, judged

COMMAND = Path(sys.executable).parent / "qa-service"
CASES = (
    Case(id="c1", day=date(2026, 9, 21), done=["greeting", "needs", "pitch", "book"]),
    Case(id="c2", day=date(2026, 9, 22), done=["greeting", "needs"]),
)


def run(folder: Path, *, version: int) -> subprocess.CompletedProcess[str]:
    pairs = list(map(judged, CASES))
    results, conversations, sop = (folder / name for name in ("result.jsonl", "in.jsonl", "trial.yaml"))
    results.write_text("".join(f"{analysis_to_line(pair.analysis)}\n" for pair in pairs), "utf-8")
    bodies = [json.dumps(conversation_to_json(pair.conversation), ensure_ascii=False) for pair in pairs]
    conversations.write_text("".join(f"{body}\n" for body in bodies), "utf-8")
    sop.write_text(yaml.safe_dump({**SOP.document, "version": version}, allow_unicode=True), "utf-8")
    command = [COMMAND, "course", results, "--conversations", conversations, "--sop", sop]
    command += ["--out", folder / "course.jsonl"]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder, env=dict(os.environ))


def test_a_row_a_line_and_the_share_in_place_on_the_terminal(tmp_path: Path) -> None:
    ran = run(tmp_path, version=3)
    assert (ran.returncode, ran.stdout) == (0, "trial: 75% of the steps in their place (n=2)\n")
    rows = [json.loads(line) for line in (tmp_path / "course.jsonl").read_text("utf-8").splitlines()]
    skipped = next(row for row in rows if (row["kind"], row["id"], row["dimension"]) == ("skipped", "book", ""))
    assert (skipped["k"], skipped["n"], skipped["conversations"]) == (1, 2, ["c2"])


def test_conversations_of_a_version_that_is_not_there_are_told_and_left_out(tmp_path: Path) -> None:
    ran = run(tmp_path, version=4)
    assert "2 conversations were judged by an SOP version that is not known; give it with --sop" in ran.stderr
    assert (tmp_path / "course.jsonl").read_text("utf-8") == ""
