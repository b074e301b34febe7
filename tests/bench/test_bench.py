import json
from dataclasses import astuple
from pathlib import Path

import pytest

from tests.bench.inputs import made_conversations, write_input
from tests.bench.rows import PLAN, STEPS, Measured, Row
from tests.bench.run import main, measured
from tests.bench.table import markdown, memory


def test_every_stage_and_baseline_is_measured_and_printed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = measured([20], seed=1)
    assert capsys.readouterr().err.count("done") == STEPS
    assert [row.stage for row in rows] == [title for title, *_ in PLAN]
    for row in rows:
        for went in (row.measured, row.baseline):
            assert went.conversations == 20
            assert all(number > 0 for number in astuple(went))
    monkeypatch.setattr("tests.bench.run.measured", lambda sizes, *, seed: rows)
    main(["--sizes", "20", "--out", str(tmp_path / "table.md")])
    printed = capsys.readouterr().out
    assert printed == (tmp_path / "table.md").read_text("utf-8")
    named = [line.split(" | ")[0].removeprefix("| ") for line in printed.splitlines() if line.startswith("|")]
    assert named[2:] == [name for title, *_, plain in PLAN for name in (title, f"· {plain}")]


def test_made_conversations_differ_and_smaller_files_begin_larger_ones(tmp_path: Path) -> None:
    turns = write_input(tmp_path / "few.jsonl", 300, seed=7)
    write_input(tmp_path / "many.jsonl", 400, seed=7)
    few, many = ((tmp_path / name).read_text("utf-8").splitlines() for name in ("few.jsonl", "many.jsonl"))
    assert many[:300] == few
    bodies = [json.loads(line) for line in few]
    assert sum(len(body["turns"]) for body in bodies) == turns
    assert len({body["id"] for body in bodies}) == 300
    assert len({json.dumps(body["turns"]) for body in bodies}) == 300


def test_another_seed_makes_other_conversations() -> None:
    one, other = (list(made_conversations(5, seed=seed)) for seed in (1, 2))
    assert all(a["started_at"] != b["started_at"] for a, b in zip(one, other, strict=True))


def test_growing_memory_is_told() -> None:
    def row(count: int, peak: float) -> Row:
        went = Measured(count, 20 * count, seconds=2.0, cpu_seconds=1.0, peak_mib=peak)
        return Row("import", went, went, "plain")

    assert list(memory([row(10, 100), row(100, 120)])) == ["- import: peak at 100 is 1.20 of that at 10: flat"]
    assert "NOT FLAT" in next(iter(memory([row(10, 100), row(100, 151)])))
    assert "One size" in next(iter(memory([row(10, 100)])))
    assert "| import | 100 | 2.00 | 1.00 | 50 | 1,000 | 120 | 1.00 |" in markdown([row(100, 120)])


def test_a_baseline_of_fewer_conversations_says_so() -> None:
    few, many = (Measured(n, 20 * n, seconds=2.0, cpu_seconds=1.0, peak_mib=1.0) for n in (10, 100))
    table = markdown([Row("analyse", many, few, "plain")])
    assert "| · plain (first 10 only) | 10 |" in table
    assert table.splitlines()[2].endswith("| 0.10 |")


def test_sizes_must_be_whole_numbers(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--sizes", "0,ten"])
    assert "whole numbers" in capsys.readouterr().err
