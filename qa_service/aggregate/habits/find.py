"""From speech to habits: the groups of wordings that recur, and in which contacts each is heard, how early."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from qa_service.aggregate.habits.groups import ALONE, Vectors, group_texts
from qa_service.aggregate.habits.heard import NEVER, Describer, Heard, Ints, Table
from qa_service.aggregate.habits.speech import CLAUSE, FIELDS, OFF_SCRIPT, Speech, Spoken
from qa_service.aggregate.habits.units import SHORTEST, plain
from qa_service.domain.insight import HabitBounds
from qa_service.domain.sop import Sop, Step

# Two habits heard in so much the same conversations are one: a sentence and a clause of it.
SAME = 0.8


@dataclass(frozen=True)
class Usage:
    """What is heard where: rows of contacts, agents, how many sentences are off script, and the habits."""

    rows: Ints
    agents: tuple[str, ...]
    off_script: Ints
    heard: tuple[Heard, ...]


def find_habits(speech: Speech, sop: Sop, bounds: HabitBounds, encode: Vectors | None = None) -> Usage:
    """The habits heard in enough conversations of enough agents, those heard most first."""
    # By a hash of their ids: the order of the input changes nothing.
    spoken = sorted(speech.spoken, key=lambda one: (one.key, one.id))
    table, names = _table(spoken), speech.names()
    described = (
        Describer(spoken, names, list(speech.steps), level, bounds).heard(lines, standard.get(number, frozenset()))
        for level, of_texts, standard in _groups(names, table, sop, bounds, encode)
        for number, lines in _parted(table, of_texts)
    )
    found = [one for one in described if one is not None]
    found.sort(key=lambda one: (-one.habit.n_conversations, -len(one.habit.label), one.habit.id))
    sentences = table.conversation[(table.step == OFF_SCRIPT) & (table.flags & CLAUSE == 0)]
    return Usage(
        rows=np.array([one.row for one in spoken], dtype=np.int64),
        agents=tuple(one.agent for one in spoken),
        off_script=np.bincount(sentences, minlength=len(spoken)),
        heard=tuple(_distinct(found)[: bounds.habits_at_most]),
    )


def _table(spoken: Sequence[Spoken]) -> Table:
    counts = [len(one.units) // FIELDS for one in spoken]
    parts = [np.array(one.units, dtype=np.int64) for one in spoken]
    units = np.concatenate([np.zeros(0, dtype=np.int64), *parts]).reshape(-1, FIELDS)
    return Table(np.repeat(np.arange(len(spoken)), counts), *(units[:, field] for field in range(FIELDS)))


def _groups(
    names: Sequence[str], table: Table, sop: Sop, bounds: HabitBounds, encode: Vectors | None
) -> Iterator[tuple[str, Ints, dict[int, frozenset[str]]]]:
    """The group of each text, in wide and in close groups; and of which steps a group holds examples of the SOP."""
    examples = {plain(text): step.id for step in sop.steps for text in _examples(step) if len(text) >= SHORTEST}
    plains = [plain(name) for name in names]
    distinct = sorted({*plains, *examples} - {""})
    places = {text: place for place, text in enumerate(distinct)}
    of_text = np.array([places.get(text, ALONE) for text in plains], dtype=np.int64)
    if not distinct or not names:
        return
    levels = group_texts(distinct, _counts(table, of_text, len(distinct)), bounds, encode)
    for level, found in zip(("wide", "close"), levels, strict=True):
        standard: dict[int, set[str]] = {}
        for text, step in examples.items():
            standard.setdefault(int(found[places[text]]), set()).add(step)
        groups = np.where(of_text == ALONE, ALONE, found[of_text])
        yield level, groups, {group: frozenset(steps) for group, steps in standard.items()}


def _examples(step: Step) -> Iterator[str]:
    yield from step.wording.examples
    for element in step.elements:
        yield from element.wording.examples


def _counts(table: Table, of_text: Ints, distinct: int) -> list[int]:
    """In how many conversations each distinct text is said."""
    said = np.unique(table.conversation * (distinct + 1) + of_text[table.text] + 1) % (distinct + 1)
    return [int(count) for count in np.bincount(said, minlength=distinct + 1)[1:]]


def _parted(table: Table, of_texts: Ints) -> Iterator[tuple[int, Table]]:
    """The lines of each group."""
    if not len(table.text):
        return
    of_units = of_texts[table.text]
    order = np.argsort(of_units, kind="stable")
    numbers, begins = np.unique(of_units[order], return_index=True)
    ends = [*begins[1:].tolist(), len(order)]
    for number, begin, end in zip(numbers.tolist(), begins.tolist(), ends, strict=True):
        if number != ALONE:
            yield int(number), table.of(order[begin:end])


def _distinct(found: Sequence[Heard]) -> list[Heard]:
    """Leave out habits heard in the same conversations as one before them: a clause beside its sentence."""
    kept: list[Heard] = []
    said: list[Ints] = []
    for one in found:
        mine = np.flatnonzero(one.first_turns != NEVER)
        if not any(_overlap(mine, other) >= SAME for other in said):
            kept.append(one)
            said.append(mine)
    return kept


def _overlap(one: Ints, other: Ints) -> float:
    """Of the conversations that hold either, the share that holds both."""
    both = len(np.intersect1d(one, other, assume_unique=True))
    return both / max(1, len(one) + len(other) - both)
