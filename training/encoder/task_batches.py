"""Batches to learn the tasks of `models.tasks` from: pieces of turns, each with the labels of one task."""

import random
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from models.tasks import ALL_LABELS, COLUMNS, TASKS
from training.data import Data, Row, task_rows
from training.encoder.texts import Spoil, Texts

FOLDS = 3
HIDE_BEFORE = 0.15
# Four rows in five have no label; another part of them is seen in each pass.
SHARE_OF_NONE = 0.35


@dataclass(frozen=True)
class TaskBatch:
    """Texts to encode once; for each row its text, what was said before, which columns are known and which hold."""

    texts: tuple[str, ...]
    own: Tensor
    before: Tensor
    known: Tensor
    holds: Tensor


@dataclass(frozen=True)
class TaskRow:
    """A row with its task."""

    task: str
    labels: tuple[str, ...]
    row: Row


def rows_of(data: Data, without: set[str], *, third: int | None) -> list[TaskRow]:
    """The rows of all tasks but those of SOPs left out, and of the third of the single turns left out with them."""
    return [
        TaskRow(task.name, task.labels, row)
        for task in TASKS
        for row in task_rows(data, task)
        if not left_out(row, without, third)
    ]


def left_out(row: Row, without: set[str], third: int | None) -> bool:
    """Whether a row belongs to what is held out: by its SOP, or for a single turn by its group."""
    if row.conversation is not None:
        return row.group in without
    return third is not None and zlib.crc32(row.group.encode()) % FOLDS == third


def task_batches(rows: Sequence[TaskRow], spoil: Spoil, *, count: int, seed: int) -> Iterator[TaskBatch]:
    """All rows that have a label and a share of those that have none, once, in so many batches."""
    draw = random.Random(seed)
    shown = [row for row in rows if row.row.labels or draw.random() < SHARE_OF_NONE]
    shuffled = draw.sample(shown, len(shown))
    for start in range(count):
        yield _batch(shuffled[start::count], spoil, draw)


def _batch(rows: Sequence[TaskRow], spoil: Spoil, draw: random.Random) -> TaskBatch:
    texts = Texts()
    own = [texts.add(spoil(row.row.text, draw)) for row in rows]
    before = [texts.add("" if draw.random() < HIDE_BEFORE else row.row.before) for row in rows]
    known, holds = torch.zeros(len(rows), ALL_LABELS), torch.zeros(len(rows), ALL_LABELS)
    for number, row in enumerate(rows):
        known[number, COLUMNS[row.task]] = 1.0
        holds[number, COLUMNS[row.task]] = torch.tensor([float(label in row.row.labels) for label in row.labels])
    return TaskBatch(texts.all(), torch.tensor(own), torch.tensor(before), known, holds)
