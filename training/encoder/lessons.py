"""Batches to learn matching from: turns of a few SOPs with the acts of those SOPs.

Only acts of the same SOP are held against a turn: another SOP's act may be the same thing under another name.
"""

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace

import torch

from models.act_features import described
from models.protocols import ActText
from training.data import Data, Json, Labelled, obligation_acts, step_acts
from training.encoder.matching import Batch
from training.encoder.texts import MISSING, Spoil, Texts

# Parts of an act's wording are hidden at random, so that each part learns to stand for the act.
HIDE_EXAMPLES, HIDE_DESCRIPTION, BORROW, HIDE_AROUND = 0.15, 0.15, 0.4, 0.25
EXAMPLES_SHOWN = 3
SHARE_OF_NONE = 0.6


@dataclass(frozen=True)
class Act:
    """An act with its label (`s:` step, `t:` trigger, `a:` response) and the turns known to perform it."""

    label: str
    text: ActText
    performed: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Turn:
    """A turn in its place, with the acts it performs; `asked` are the acts whose label is known."""

    speaker: str
    text: str
    before: str
    after: str
    acts: frozenset[str]
    asked: frozenset[str]

    def asks(self, acts: Sequence[Act]) -> list[int]:
        """Which of the acts are asked about."""
        fits = (act.text.speaker == self.speaker and act.label in self.asked for act in acts)
        return [number for number, fit in enumerate(fits) if fit]


@dataclass(frozen=True)
class Lesson:
    """All that is known of one SOP."""

    acts: tuple[Act, ...]
    turns: tuple[Turn, ...]


def lessons(data: Data, names: Sequence[str]) -> dict[str, Lesson]:
    """The lessons of SOPs by name."""
    return {name: _lesson(data, name) for name in names}


def acts_of(sop: Json) -> list[Act]:
    """Steps, triggers and responses of an SOP."""
    found = [Act(f"s:{s['id']}", text) for s, text in zip(sop["steps"], step_acts(sop), strict=True)]
    obligations = sop.get("obligations", [])
    for kind, part in (("t", "trigger"), ("a", "response")):
        texts = obligation_acts(sop, part)
        found += [Act(f"{kind}:{o['id']}", text) for o, text in zip(obligations, texts, strict=True)]
    return found


def _lesson(data: Data, name: str) -> Lesson:
    acts = acts_of(data.sops[name])
    known = frozenset(act.label for act in acts)
    turns = [turn for c in data.conversations if c.sop == name for turn in conversation_turns(c, known)]
    turns += [Turn(s.turn.speaker, s.turn.text, s.before, "", s.acts, known) for s in data.act_turns if s.sop == name]
    for act in acts:
        act.performed.extend(turn.text for turn in turns if act.label in turn.acts)
    return Lesson(tuple(acts), tuple(turns))


def conversation_turns(conversation: Labelled, known: frozenset[str]) -> Iterator[Turn]:
    """The turns of a labelled conversation; of responses only those that gold names are known."""
    performed = conversation.performed()
    silent = ("a:",) if "obligations" in conversation.gold else ("a:", "t:")
    plain = frozenset(label for label in known if not label.startswith(silent))
    for index, turn in enumerate(conversation.turns):
        if turn.speaker != "system":
            acts = frozenset(performed.get(index, ()))
            around = conversation.before(index), conversation.after(index)
            yield Turn(turn.speaker, turn.text, *around, acts, plain | acts)


def plan(
    taught: Mapping[str, Lesson], draw: random.Random, *, turns: int, sops: int
) -> Iterator[dict[str, list[Turn]]]:
    """All turns that perform an act and a share of the others, once: a few turns of a few SOPs at a time."""
    shown = {
        name: [turn for turn in lesson.turns if turn.acts or draw.random() < SHARE_OF_NONE]
        for name, lesson in taught.items()
    }
    waiting = {name: draw.sample(turns_shown, len(turns_shown)) for name, turns_shown in shown.items()}
    while waiting:
        names = draw.sample(sorted(waiting), min(sops, len(waiting)))
        yield {name: [waiting[name].pop() for _ in range(min(turns // sops, len(waiting[name])))] for name in names}
        waiting = {name: left for name, left in waiting.items() if left}


def batches(taught: Mapping[str, Lesson], spoil: Spoil, *, turns: int, sops: int, seed: int) -> Iterator[Batch]:
    """One pass over all turns with the acts of their SOPs."""
    draw = random.Random(seed)
    for part in plan(taught, draw, turns=turns, sops=sops):
        spoilt = {
            name: [replace(turn, text=spoil(turn.text, draw)) for turn in chosen] for name, chosen in part.items()
        }
        yield make_batch([(taught[name].acts, chosen) for name, chosen in spoilt.items()], draw)


def make_batch(
    parts: Sequence[tuple[Sequence[Act], Sequence[Turn]]],
    draw: random.Random | None,
) -> Batch:
    """Turns and acts of a few SOPs as one batch; `draw` hides parts of the acts' wording, None shows all."""
    texts, columns = Texts(), _Columns()
    for acts, chosen in parts:
        first_act = len(columns.descriptions)
        for act in acts:
            description, shown = _shown(act, draw)
            columns.owner += [len(columns.descriptions)] * len(shown)
            columns.descriptions.append(texts.add(description))
            columns.examples += [texts.add(example) for example in shown]
        for turn in chosen:
            hidden = draw is not None and draw.random() < HIDE_AROUND
            columns.pairs += [(len(columns.turns), first_act + number) for number in turn.asks(acts)]
            columns.holds += [float(acts[number].label in turn.acts) for number in turn.asks(acts)]
            columns.turns.append(texts.add(turn.text))
            columns.before.append(MISSING if hidden else texts.add(turn.before))
            columns.after.append(MISSING if hidden else texts.add(turn.after))
    indices = {field.name: torch.tensor(getattr(columns, field.name), dtype=torch.long) for field in fields(columns)}
    return Batch(texts.all(), **indices | {"holds": torch.tensor(columns.holds)})


@dataclass
class _Columns:
    """A batch while it is being put together; see `Batch`."""

    turns: list[int] = field(default_factory=list)
    before: list[int] = field(default_factory=list)
    after: list[int] = field(default_factory=list)
    descriptions: list[int] = field(default_factory=list)
    examples: list[int] = field(default_factory=list)
    owner: list[int] = field(default_factory=list)
    pairs: list[tuple[int, int]] = field(default_factory=list)
    holds: list[float] = field(default_factory=list)


def _shown(act: Act, draw: random.Random | None) -> tuple[str, list[str]]:
    description = described(act.text)
    examples = list(act.text.examples)
    if draw is None:
        return description, examples
    if len(act.performed) > EXAMPLES_SHOWN and draw.random() < BORROW:
        examples = act.performed
    examples = draw.sample(examples, min(len(examples), EXAMPLES_SHOWN))
    if examples and draw.random() < HIDE_DESCRIPTION:
        description = examples[-1]
    elif draw.random() < HIDE_EXAMPLES:
        examples = []
    return description, examples
