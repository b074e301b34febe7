"""What agents said in the conversations of one SOP, gathered in one pass as small numbers and distinct texts.

Of very many conversations an even sample is kept, by a hash of their ids, so that memory stays bounded and the same
conversations are the same sample whatever their order.
"""

from array import array
from dataclasses import dataclass, field
from hashlib import blake2b

from qa_service.aggregate.habits.units import units
from qa_service.domain.conversation import Speaker
from qa_service.domain.finding import StepStatus
from qa_service.domain.judged import JudgedConversation

OFF_SCRIPT = -1
# What is kept of a unit: text, turn, step that its turn performs, and flags.
FIELDS = 4
CLAUSE, CROSSED = 1, 2


@dataclass(frozen=True, slots=True)
class Spoken:
    """One conversation: the row of its contact, and its units, `FIELDS` numbers each."""

    row: int
    key: int
    id: str
    agent: str
    length: int
    units: "array[int]"


@dataclass
class Speech:
    """Takes the conversations of one SOP; at most `most` are kept, and about half of that after each thinning."""

    most: int
    texts: dict[str, int] = field(default_factory=dict)
    steps: dict[str, int] = field(default_factory=dict)
    spoken: list[Spoken] = field(default_factory=list)
    _below: int = 2**64

    def add(self, row: int, pair: JudgedConversation) -> None:
        """Take one conversation; `row` is its place among the contacts."""
        key = int.from_bytes(blake2b(pair.id.encode(), digest_size=8).digest(), "big")
        if key >= self._below:
            return
        turns = pair.conversation.turns
        self.spoken.append(Spoken(row, key, pair.id, pair.agent_id, len(turns), self._units(pair)))
        if len(self.spoken) > self.most:
            self._thin()

    def names(self) -> list[str]:
        """The distinct texts, each at its number."""
        return list(self.texts)

    def _units(self, pair: JudgedConversation) -> "array[int]":
        step_of = self._step_turns(pair)
        crossed = {line.span.turn: line.quote for line in pair.analysis.red_lines}
        found = array("i")
        for index, turn in enumerate(pair.conversation.turns):
            if turn.speaker is not Speaker.AGENT or turn.type != "text" or turn.recalled:
                continue
            for unit in units(turn.text):
                text = self.texts.setdefault(unit.text, len(self.texts))
                over = index in crossed and (crossed[index] in unit.text or unit.text in crossed[index])
                found.extend((text, index, step_of.get(index, OFF_SCRIPT), CLAUSE * unit.clause + CROSSED * over))
        return found

    def _step_turns(self, pair: JudgedConversation) -> dict[int, int]:
        places: dict[int, int] = {}
        for step in pair.analysis.steps:
            if step.status is StepStatus.DONE:
                number = self.steps.setdefault(step.id, len(self.steps))
                places |= dict.fromkeys(step.turns, number)
        return places

    def _thin(self) -> None:
        """Keep the conversations with the lower half of all keys, and the texts that are still said."""
        while len(self.spoken) > self.most:
            # Halves of all keys there could be, not of those seen so far: the order of arrival changes nothing.
            self._below //= 2
            self.spoken = [one for one in self.spoken if one.key < self._below]
        names = self.names()
        self.texts = {}
        for one in self.spoken:
            for at in range(0, len(one.units), FIELDS):
                one.units[at] = self.texts.setdefault(names[one.units[at]], len(self.texts))
