"""`qa-service rulebook check` and `qa-service rulebook try`, as a person runs them."""

import json
from pathlib import Path

from tests.cli.test_analyze import SOPS, conversation, run, written

WEAK = """sop: weak
steps:
  - {id: a, title: 开场, weight: 30, examples: [您好我是小林, 一共三千九百八十块]}
  - {id: b, title: 报价, weight: 20, examples: [一共三千九百八十块]}
red_lines: [guarantee_outcome]
checks:
  - {id: c, forbid: {keywords: [好], in: {first_turns: 5000}}}
"""


def test_warnings_name_file_and_line_and_end_with_status_0(tmp_path: Path) -> None:
    path = tmp_path / "weak.yaml"
    path.write_text(WEAK, "utf-8")
    ran = run("rulebook", "check", path)
    assert ran.returncode == 0
    assert ran.stdout.startswith(f"{path}: weak version 1: 2 steps")
    warnings = ran.stderr.splitlines()
    assert all(": warning: " in one for one in warnings)
    assert any(one.startswith(f"{path}:3: warning: 「开场」的例句") and "更像「报价」" in one for one in warnings)
    plain = run("rulebook", "check", "--no-models", "--language", "en", path).stderr.splitlines()
    assert [one.split(": ")[0] for one in plain] == [f"{path}:3", f"{path}:4", f"{path}:7"]
    assert "add up to 50" in plain[0] and "5000" in plain[2]


def test_an_error_ends_with_status_2_and_the_other_files_are_still_checked(tmp_path: Path) -> None:
    bad, weak = tmp_path / "bad.yaml", tmp_path / "weak.yaml"
    bad.write_text(WEAK.replace("id: b", "id: a"), "utf-8")
    weak.write_text(WEAK, "utf-8")
    ran = run("rulebook", "check", "--no-models", bad, weak, tmp_path / "absent.yaml")
    assert ran.returncode == 2
    assert f"{bad}:4: the id 'a' stands twice" in ran.stderr and f"{weak}:7: warning:" in ran.stderr
    assert "weak version 1" in ran.stdout and "Traceback" not in ran.stderr


def test_a_draft_is_tried_on_a_file_against_the_version_before(tmp_path: Path) -> None:
    draft = tmp_path / "draft.yaml"
    draft.write_text(SOPS[2].read_text("utf-8").replace("pass_score: 75", "pass_score: 1"), "utf-8")
    gold = {"steps": [{"id": "opening", "turns": [0]}], "obligations": [], "red_lines": []}
    source = written(tmp_path / "in.jsonl", conversation(1, gold=gold), "{broken", conversation(2, gold=gold))
    out = tmp_path / "report.json"
    ran = run("rulebook", "try", draft, source, "--against", SOPS[2], "--reviews", source, "--json", out)
    assert ran.returncode == 3, ran.stderr
    assert "in.jsonl:2:" in ran.stderr and "Traceback" not in ran.stderr
    assert "会话 2 通，两版都评了 2 通，有复核结论的 2 通" in ran.stdout
    report = json.loads(out.read_text("utf-8"))
    assert (report["findings"], report["n"]["compared"]) == ([], 2)
    assert {row["claim"] for row in report["reviews"]} >= {"done", "missed", "crossed"}


def test_unusable_arguments_of_a_trial_end_with_status_2(tmp_path: Path) -> None:
    source = written(tmp_path / "in.jsonl", "{broken")
    for arguments in ((SOPS[0], tmp_path / "absent.jsonl"), (tmp_path / "absent.yaml", source), (SOPS[0], source)):
        ran = run("rulebook", "try", *arguments)
        assert (ran.returncode, "Traceback" in ran.stderr) == (2, False), ran.stderr
