"""`qa-service rescore` on a database of its own."""

import json
from pathlib import Path

from tests.cli.test_analyze import conversation, written
from tests.cli.test_mistakes import run_in


def test_a_rescore_without_any_change_says_so_and_keeps_the_database(tmp_path: Path) -> None:
    given = written(tmp_path / "in.jsonl", conversation(1), conversation(2))
    assert run_in(tmp_path, "import", given, "--wait", QA_FAST="1").returncode == 0
    ran = run_in(tmp_path, "rescore", "--fast", "--reason", "复查", "--out", "report.json")
    assert ran.returncode == 0, ran.stderr
    assert "2 conversations; 0 moved, 0 in confidence alone, 2 unchanged" in ran.stdout
    report = json.loads((tmp_path / "report.json").read_text("utf-8"))
    assert (report["moved"], report["report"]["counts"]["not_reproduced"]) == ([], 0)
    narrowed = run_in(tmp_path, "rescore", "--fast", "--team", "没有的组")
    assert "0 conversations" in narrowed.stdout
    swapped = run_in(tmp_path, "rescore", "--fast", "--from", "2026-10-02", "--to", "2026-10-01")
    assert swapped.returncode == 2 and "swap the two days" in swapped.stderr
