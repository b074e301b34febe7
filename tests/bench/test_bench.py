import json
import re
from dataclasses import astuple
from pathlib import Path
from subprocess import CalledProcessError

import pytest

from models.artifacts import load
from models.stacked import StackedClassifier
from qa_service.domain.condition import Keywords, Pattern
from qa_service.domain.sop import conditions
from qa_service.rulebook import default_sops
from tests.bench import checking, judging
from tests.bench.baselines import one_turn_at_a_time
from tests.bench.folder import Folder
from tests.bench.inputs import made_conversations, write_input
from tests.bench.many_checks import made_words, with_checks
from tests.bench.rows import PLAN, STEPS, Measured, Row, run
from tests.bench.run import checked, judged, main, measured
from tests.bench.table import checking as checking_table
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
            assert all(number > 0 for number in astuple(went) if number is not None)
    monkeypatch.setattr("tests.bench.run.measured", lambda sizes, *, seed: rows)
    main(["--sizes", "20", "--judged", "0", "--checked", "0", "--out", str(tmp_path / "table.md")])
    printed = capsys.readouterr().out
    assert printed == (tmp_path / "table.md").read_text("utf-8")
    assert named(printed)[2:] == [name for title, *_, plain in PLAN for name in (title, f"· {plain}")]


def test_every_way_to_judge_is_measured_beside_a_plain_pipeline_on_the_same_models(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = judged(6, seed=1)
    assert capsys.readouterr().err.count("done") == judging.STEPS
    assert [row.stage for row in rows] == [title for title, *_ in judging.PLAN]
    for row in rows:
        for went in (row.measured, row.baseline):
            assert (went.conversations, went.turns) == (6, 6 * judging.TURNS)
            assert went.p95_ms is not None and all(number > 0 for number in astuple(went))
    monkeypatch.setattr("tests.bench.run.judged", lambda count, *, seed: rows)
    main(["--sizes", "none", "--checked", "0"])
    ways = [title for title, *_ in judging.PLAN]
    assert named(capsys.readouterr().out)[2:] == [judging.PLAIN, *ways[:3], judging.PLAIN, *ways[3:]]


def test_few_and_many_checks_are_measured_on_the_same_conversations(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = checked(12, seed=1)
    assert capsys.readouterr().err.count("done") == checking.STEPS
    assert [row.stage for row in rows] == [title for title, _ in checking.PLAN]
    for row in rows:
        assert row.conversations == 12
        assert row.few_ms > 0 and row.many_found > row.few_found >= 0
        assert row.low <= row.slower <= row.high
    monkeypatch.setattr("tests.bench.run.checked", lambda count, *, seed: rows)
    main(["--sizes", "none", "--judged", "0"])
    assert named(capsys.readouterr().out)[2:] == [title for title, _ in checking.PLAN]


def test_many_checks_that_cost_too_much_are_told() -> None:
    def row(many_ms: float) -> checking.Checked:
        return checking.Checked("--fast", 10, 10.0, many_ms, 0.0, 1.0, low=0.0, high=0.2)

    table = checking_table([row(10.9), row(11.1)]).splitlines()
    assert table[2].endswith("| 9.0% (0.0% to 20.0%) | within 10% |")
    assert table[3].endswith("| 11.0% (0.0% to 20.0%) | MORE THAN 10% |")


@pytest.mark.parametrize(("keywords", "count"), [checking.FEW, (500, 300)])
def test_made_checks_hold_so_many_words_and_every_kind(keywords: int, count: int) -> None:
    sop = with_checks(default_sops()[0], keywords, count, seed=1)
    assert len(sop.checks) == count
    asked = [part for part in conditions(sop) if isinstance(part, Keywords)]
    patterns = [part.pattern for part in conditions(sop) if isinstance(part, Pattern)]
    words = {word for part in asked for word in part.keywords}
    others = {word for word in made_words(keywords, count, seed=1) if any(re.escape(word) in one for one in patterns)}
    assert len(words | others) == keywords
    assert any(part.variants for part in asked) and any(part.scope.before for part in asked)
    assert with_checks(default_sops()[0], keywords, count, seed=1).digest == sop.digest


def named(printed: str) -> list[str]:
    """The first cells of a printed table."""
    return [line.split(" | ")[0].removeprefix("| ") for line in printed.splitlines() if line.startswith("|")]


def test_conversations_to_judge_are_equally_long_and_halves_are_a_whole(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    assert judging.write(folder, 7, seed=3) == 7
    whole, even, odd = (
        path.read_text("utf-8").splitlines() for path in (folder.judged, folder.half_judged(0), folder.half_judged(1))
    )
    assert (len(whole), len(even), len(odd)) == (7, 4, 3)
    assert sorted([*even, *odd]) == sorted(whole)
    bodies = [json.loads(line) for line in whole]
    assert {len(body["turns"]) for body in bodies} == {judging.TURNS}
    assert len({body["id"] for body in bodies}) == 7


def test_stages_that_run_at_once_share_the_work_and_add_up(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    judging.write(folder, 4, seed=3)
    halves = run(("fast-half-0", "fast-half-1"), folder, (4, 100))
    one = run(("fast-half-0",), folder, (2, 50))
    assert halves.peak_mib > 1.5 * one.peak_mib
    assert halves.cpu_seconds > 0 and halves.p95_ms is not None


def test_a_stage_that_fails_ends_the_measurement(tmp_path: Path) -> None:
    with pytest.raises(CalledProcessError):
        run(("no such stage",), Folder(tmp_path), (1, 1))


def test_the_plain_pipeline_labels_as_the_shipped_models_do_and_keeps_no_vector() -> None:
    shipped, plain = load().turns, one_turn_at_a_time(load()).turns
    assert isinstance(shipped, StackedClassifier)
    texts, before = ["您放心，保证孩子提分", "您放心，保证孩子提分"], ["", "能提多少分"]
    for task in shipped.labels:
        assert plain.classify(task, texts, before).tobytes() == shipped.classify(task, texts, before).tobytes()
    assert shipped.matching.encoder._kept and not plain.turns.matching.encoder._kept


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
