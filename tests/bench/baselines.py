"""The plainest ways to do what the stages do: what a stage costs more than these is the price of its features."""

import json
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

import numpy as np

from models.act_matcher import BoostedActMatcher
from models.artifacts import DEFAULT, READING
from models.encoder import OnnxEncoder
from models.protocols import ActMatcher, ActText, Judge, Matrix, TurnClassifier, TurnText
from models.stacked import StackedClassifier

BATCH = 200


def insert_plainly(lines: Path, database: Path, id_field: str) -> None:
    """Parse the lines and insert them, in batches, into one table of a new database."""
    connection = sqlite3.connect(database)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=NORMAL")
    connection.execute("CREATE TABLE line (id TEXT PRIMARY KEY, body TEXT NOT NULL)")
    with lines.open(encoding="utf-8") as stream:
        rows = ((json.loads(line)[id_field], line) for line in stream)
        while batch := list(islice(rows, BATCH)):
            with connection:
                connection.executemany("INSERT INTO line VALUES (?, ?)", batch)
    connection.close()


def parse_files(files: Iterable[Path]) -> None:
    """Parse every line of every file."""
    for path in files:
        with path.open(encoding="utf-8") as lines:
            for line in lines:
                json.loads(line)


def parse_stored(database: Path) -> None:
    """Read every conversation with its analysis from the service's database, and parse both."""
    connection = sqlite3.connect(database)
    query = "SELECT c.body, a.body FROM conversation c JOIN analysis a ON a.id = c.current ORDER BY c.id"
    for conversation, analysis in connection.execute(query):
        json.loads(conversation), json.loads(analysis)
    connection.close()


def one_turn_at_a_time(judge: Judge) -> Judge:
    """The shipped models, asked about one turn at a time as a naive pipeline does; each text is encoded anew."""
    acts, turns = judge.acts, judge.turns
    if isinstance(acts, BoostedActMatcher) and isinstance(turns, StackedClassifier):
        model, tokenizer, _ = READING
        forgetful = replace(turns.matching, encoder=OnnxEncoder(DEFAULT / model, DEFAULT / tokenizer, keep=0))
        acts = replace(acts, space=replace(acts.space, matching=forgetful), _prepared={})
        turns = replace(turns, matching=forgetful)
    return replace(judge, acts=_EachTurn(acts), turns=_EachText(turns))


@dataclass(frozen=True)
class _EachTurn:
    acts: ActMatcher

    def match(self, turns: Sequence[TurnText], acts: Sequence[ActText]) -> Matrix:
        return _stacked([self.acts.match([turn], acts) for turn in turns], len(acts))

    def done(self, probabilities: Matrix) -> Matrix:
        return self.acts.done(probabilities)


@dataclass(frozen=True)
class _EachText:
    turns: TurnClassifier

    @property
    def labels(self) -> dict[str, tuple[str, ...]]:
        return dict(self.turns.labels)

    def classify(self, task: str, texts: Sequence[str], before: Sequence[str]) -> Matrix:
        each = [self.turns.classify(task, [text], [said]) for text, said in zip(texts, before, strict=True)]
        return _stacked(each, len(self.labels[task]))

    def calibrate(self, task: str, best: Matrix) -> Matrix:
        return self.turns.calibrate(task, best)


def _stacked(rows: list[Matrix], width: int) -> Matrix:
    return np.vstack(rows) if rows else np.zeros((0, width))
