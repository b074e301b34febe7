"""`qa-service adapt` as others call it: files in, a release out, exit status."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.workflows.own_words import YAML, bodies, body, write

ROOT = Path(__file__).parents[2]
COMMAND = Path(sys.executable).parent / "qa-service"


def run(*arguments: object, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [COMMAND, *map(str, arguments)]
    given = {**os.environ, **environment}
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT, env=given)


def test_labels_become_a_release_that_analyze_takes(tmp_path: Path) -> None:
    source, sop = write(tmp_path, bodies(20))
    out = tmp_path / "models"
    ran = run("adapt", source, "--sop", sop, "--out", out)
    assert ran.returncode == 0, ran.stderr
    assert "step_log_loss" in ran.stdout and "corrected, step: greeting, enter, farewell" in ran.stdout
    result = tmp_path / "result.jsonl"
    new, _ = write(tmp_path, [body(90, entered=True)])
    assert run("analyze", new, "--sop", sop, "--models", out, "--out", result).returncode == 0
    found = json.loads(result.read_text("utf-8"))
    assert found["steps"][1]["status"] == "done"
    sop.write_text(YAML.replace("我记录资料", "我记下来"), "utf-8")
    told = run("analyze", new, "--sop", sop, "--models", out, "--out", result)
    assert told.returncode == 0
    assert "judged by the general models: step enter" in told.stderr


def test_what_is_not_better_ends_with_status_4_and_nothing_written(tmp_path: Path) -> None:
    source, sop = write(tmp_path, bodies(4))
    ran = run("adapt", source, "--sop", sop, "--out", tmp_path / "models")
    assert ran.returncode == 4
    assert "refused, nothing written: 4 labelled conversations of own-words; at least 5 are needed" in ran.stderr
    assert not (tmp_path / "models").exists()


def test_bad_lines_are_told_and_the_others_learnt_from(tmp_path: Path) -> None:
    source, sop = write(tmp_path, [*bodies(20), body(30, entered=True, gold={"steps": [{"id": "enter"}]})])
    ran = run("adapt", source, "--sop", sop, "--out", tmp_path / "models")
    assert ran.returncode == 3, ran.stderr
    assert "own-030" in ran.stderr and "Traceback" not in ran.stderr
    assert (tmp_path / "models" / "manifest.json").is_file()


@pytest.mark.parametrize(
    "arguments", [(), ("labelled.jsonl", "--from-reviews"), ("nowhere.jsonl",)], ids=["neither", "both", "no_file"]
)
def test_unusable_arguments_end_with_status_2(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    _, sop = write(tmp_path, bodies(6))
    ran = run(
        "adapt", *(tmp_path / a if "." in a else a for a in arguments), "--sop", sop, "--out", tmp_path / "models"
    )
    assert ran.returncode == 2
    assert not (tmp_path / "models").exists()


def test_a_database_without_reviews_is_too_little(tmp_path: Path) -> None:
    _, sop = write(tmp_path, bodies(1))
    database = f"sqlite:///{tmp_path}/qa.db"
    ran = run("adapt", "--from-reviews", "--sop", sop, "--out", tmp_path / "models", QA_DATABASE_URL=database)
    assert ran.returncode == 4
    assert "0 labelled conversations" in ran.stderr
