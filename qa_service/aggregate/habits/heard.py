"""A group of wordings as a habit: where it is heard, whether it is off script, and words that show it."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from qa_service.aggregate.habits.speech import CROSSED, OFF_SCRIPT, Spoken
from qa_service.aggregate.habits.units import plain
from qa_service.domain.habit import Habit
from qa_service.domain.insight import HabitBounds
from qa_service.domain.quote import Quote

Ints = NDArray[np.int64]
NEVER = -1
HIDDEN = "●"


@dataclass(frozen=True)
class Heard:
    """One habit and where it is heard: for each conversation of the speech its first turn, `NEVER` where it is not.

    `within` is the same within turns of the habit's own step; None where it is off script.
    """

    habit: Habit
    first_turns: Ints
    within: Ints | None


@dataclass(frozen=True)
class Table:
    """One line a unit: number of the conversation, text, turn, step, flags."""

    conversation: Ints
    text: Ints
    turn: Ints
    step: Ints
    flags: Ints

    def of(self, lines: Ints) -> "Table":
        """Some of the lines."""
        return Table(self.conversation[lines], self.text[lines], self.turn[lines], self.step[lines], self.flags[lines])


@dataclass(frozen=True)
class Describer:
    """Describes groups of units; `names` are the texts, `steps` the ids of the steps, by number.

    `level` tells how like the wordings of these groups are; it keeps a wide habit apart from a close one.
    """

    spoken: Sequence[Spoken]
    names: Sequence[str]
    steps: Sequence[str]
    level: str
    bounds: HabitBounds

    def heard(self, lines: Table, standard: frozenset[str]) -> Heard | None:
        """The habit of these lines, None where too few conversations or agents have it.

        `standard` are the steps of which the SOP gives one of these wordings as an example.
        """
        conversations = np.unique(lines.conversation)
        agents = {self.spoken[place].agent for place in conversations.tolist()}
        several = len(agents) >= self.bounds.fewest_agents or agents == {""}
        if len(conversations) < self.bounds.fewest_conversations or not several:
            return None
        step = self._step(lines)
        mine = lines if step is None else lines.of(np.flatnonzero(lines.step == step))
        label = self._label(mine)
        name = None if step is None else self.steps[step]
        first_turns = self._first_turns(lines)
        habit = Habit(
            id=blake2b(f"{self.level}/{plain(label)}".encode(), digest_size=5).hexdigest(),
            label=label,
            quotes=self._quotes(mine),
            n_conversations=len(conversations),
            n_agents=len(agents - {""}),
            step=name,
            standard=bool(standard) if name is None else name in standard,
            crossed=float(np.mean(lines.flags & CROSSED > 0)),
            place=self._place(first_turns),
        )
        return Heard(habit, first_turns, None if step is None else self._first_turns(mine))

    def _step(self, lines: Table) -> int | None:
        """The step that many of these units perform; None when they are off script."""
        on_script = lines.step[lines.step != OFF_SCRIPT]
        if len(on_script) <= self.bounds.on_script_share * len(lines.step):
            return None
        return int(np.bincount(on_script).argmax())

    def _first_turns(self, lines: Table) -> Ints:
        first = np.full(len(self.spoken), np.iinfo(np.int64).max)
        np.minimum.at(first, lines.conversation, lines.turn)
        return np.where(first == np.iinfo(np.int64).max, NEVER, first)

    def _label(self, lines: Table) -> str:
        """The wording heard in most conversations; whole words before hidden ones, then short ones."""
        pairs = np.unique(np.stack([lines.conversation, lines.text], axis=1), axis=0)
        counts = Counter(pairs[:, 1].tolist())
        return min(((HIDDEN in self.names[t], -n, len(self.names[t]), self.names[t]) for t, n in counts.items()))[3]

    def _quotes(self, lines: Table) -> tuple[Quote, ...]:
        """Places with distinct words, those said most first; hidden words last."""
        said = Counter(lines.text.tolist())
        first: dict[int, Quote] = {}
        for place in np.lexsort((lines.turn, lines.conversation)).tolist():
            text = int(lines.text[place])
            if text not in first:
                where = self.spoken[int(lines.conversation[place])].id
                first[text] = Quote(where, int(lines.turn[place]), self.names[text])
        distinct: dict[str, Quote] = {}
        for text in sorted(
            first, key=lambda t: (HIDDEN in self.names[t], -said[t], -len(self.names[t]), self.names[t])
        ):
            distinct.setdefault(plain(self.names[text]), first[text])
        # A clause says nothing beside the sentence it is part of.
        parts = {part for part in distinct if any(part != whole and part in whole for whole in distinct)}
        distinct = {words: quote for words, quote in distinct.items() if words not in parts}
        return tuple(distinct.values())[: self.bounds.quotes] + self._again(lines, distinct)

    def _again(self, lines: Table, distinct: dict[str, Quote]) -> tuple[Quote, ...]:
        """The same words from another conversation, where there is but one wording."""
        if len(distinct) != 1:
            return ()
        (only,) = distinct.values()
        for place in np.lexsort((lines.turn, lines.conversation)).tolist():
            where = self.spoken[int(lines.conversation[place])].id
            if where != only.conversation_id:
                return (Quote(where, int(lines.turn[place]), self.names[int(lines.text[place])]),)
        return ()

    def _place(self, first_turns: Ints) -> float:
        heard = np.flatnonzero(first_turns != NEVER)
        lengths = np.array([max(1, self.spoken[place].length - 1) for place in heard.tolist()])
        return float(np.median(first_turns[heard] / lengths))
