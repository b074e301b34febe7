"""How often harmless words raise an alarm; what is learnt from besides a task's own rows."""

from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from models.ngrams import fit_space
from models.sureness import PLAIN
from models.tasks import TASKS
from tests.training.invented import write_datasets
from training.beside_rows import NOISY_SHARES, beside_rows, noisy_copies
from training.data import Row, load, task_rows
from training.false_alarms import alarms, harmless_turns, per_thousand, precision
from training.fit_turns import fit_task
from training.homophones import homophones_of
from training.noise import Noise
from training.rulebook_files import load_rulebook
from training.train import Learning, held_out_turns, learn_space, nobody

RED_LINES = TASKS[0]


def test_noisy_copies_keep_labels_and_group_and_the_same_seed_draws_the_same() -> None:
    texts = ["我们老师非常有经验您放心好了", "今天晚上八点钟上课您看行不行"]
    rows = [Row(text, "好的", frozenset({"rude"}), "g", "c") for text in texts for _ in range(100)]
    noise = Noise(0.2, homophones_of(texts, common=1))
    copies = list(noisy_copies(rows, noise, 0.3, seed=1))
    assert 40 <= len(copies) <= 80
    assert copies == list(noisy_copies(rows, noise, 0.3, seed=1)) != list(noisy_copies(rows, noise, 0.3, seed=2))
    assert {(copy.labels, copy.group, copy.conversation) for copy in copies} == {(frozenset({"rude"}), "g", None)}
    assert sum(copy.text not in texts for copy in copies) > len(copies) / 2


def test_turns_written_for_acts_are_learnt_as_harmless_unless_they_cross(tmp_path: Path) -> None:
    folder = write_datasets(tmp_path)
    (folder / "acts" / "red_lines").mkdir()
    line = '{"id": "x", "red_line": "rude", "text": "早上好呀1"}\n'
    (folder / "acts" / "red_lines" / "crossing.jsonl").write_text(line, "utf-8")
    data = load(folder)
    more = [row for row in beside_rows(data, RED_LINES, []) if "早上好" in row.text]
    assert {row.text: set(row.labels) for row in more} == {
        "早上好呀0": set(),
        "早上好呀1": {"rude"},
        "早上好呀2": set(),
    }
    assert "早上好呀1" not in [turn.text for turn in harmless_turns(data, load_rulebook())]


def test_needs_are_learnt_without_noise(tmp_path: Path) -> None:
    data = load(write_datasets(tmp_path))
    needs = next(task for task in TASKS if task.name == "needs")
    assert not beside_rows(data, needs, task_rows(data, needs))
    assert "needs" not in NOISY_SHARES


def test_rows_beside_are_learnt_from_but_never_held_out() -> None:
    rows = [
        Row(text, "", frozenset({"rude"} if "滚" in text else ()), f"g{i}", f"c{i}")
        for i, text in enumerate(("滚", "好", "行") * 4)
    ]
    space = fit_space([*(row.text for row in rows), "走开", "走开"], at_least=1)
    beside = [Row("走开", "", frozenset({"rude"}), "elsewhere", None)] * 5
    fitted = fit_task(rows, RED_LINES, space, beside=beside)
    assert fitted.held_out.shape[0] == len(rows)
    assert frozenset().union(*(fold.groups for fold in fitted.folds)) == {row.group for row in rows}
    row, column = space.rows(["走开"]), RED_LINES.labels.index("rude")
    assert all((row @ fold.task.weights)[0, column] > 0 for fold in fitted.folds)


def test_alarms_come_from_models_that_never_saw_the_sop(tmp_path: Path) -> None:
    data = load(write_datasets(tmp_path))
    learning = Learning(data, learn_space(data), nobody, Console(quiet=True))
    held_out = held_out_turns(learning, reading=False)
    turns = list(harmless_turns(data, load_rulebook()))
    assert {turn.kind for turn in turns} == {"conversations", "acts"}
    assert not [t for t in turns if "保证提分" in t.text]
    for sop in data.sops:
        number = held_out.fold("red_lines", sop)
        assert sop in learning.tasks["red_lines"].folds[number].groups
    assert all(alarm.turn in turns for alarm in alarms(turns, held_out, load_rulebook(), lambda _: PLAIN))


def test_rates_and_precision_come_with_their_intervals() -> None:
    rate = per_thousand(20, 20_000)
    assert rate["per_1000"] == 1.0
    assert rate["low"] < 1.0 < rate["high"] < 2.0
    value, low, high = precision(0.01, (80, 100), (20, 20_000))
    assert value == pytest.approx(0.89, abs=0.001)
    assert low < value < high
    assert precision(0.005, (80, 100), (20, 20_000))[0] < value
    assert np.isfinite(precision(0.01, (0, 100), (0, 20_000))).all()
