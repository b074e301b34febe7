"""Many turns as one text, so that a pattern runs once over a conversation and may look across turns."""

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from qa_service.domain.conversation import Turn
from qa_service.normalize.width import fold, lowered


@dataclass(frozen=True, slots=True)
class Found:
    """Personal data of one kind at characters `start` to `end` (exclusive) of a passage."""

    start: int
    end: int
    kind: str


@dataclass(frozen=True, slots=True)
class Passage:
    """The folded texts of turns, one a line.

    `starts[i]` is where the line of turn `i` begins, `starts[-1]` where a next one would. `origins` has, for turns
    whose line lost spaces, the position in the turn of each character of the line.
    """

    turns: tuple[Turn, ...]
    text: str
    lowered: str
    starts: tuple[int, ...]
    origins: dict[int, tuple[int, ...]]

    def turn_at(self, position: int) -> int:
        """Index of the turn that holds this character."""
        return bisect_right(self.starts, position) - 1

    def end_of(self, turn: int) -> int:
        """Where this turn's line ends."""
        return self.starts[turn + 1] - 1

    def line(self, turn: int) -> str:
        """The folded text of one turn."""
        return self.text[self.starts[turn] : self.end_of(turn)]

    def left(self, position: int, characters: int) -> str:
        """Up to so many characters before a position, within its turn."""
        start = max(self.starts[self.turn_at(position)], position - characters)
        return self.text[start:position]

    def places(self, found: Found) -> Iterator[tuple[int, int, int]]:
        """A find as turn, start and end in that turn's text as received; one over a line end gives several."""
        turn, position = self.turn_at(found.start), found.start
        while position < found.end:
            end = min(found.end, self.end_of(turn))
            if position < end:
                yield turn, *self._received(turn, position - self.starts[turn], end - self.starts[turn])
            turn += 1
            position = self.starts[turn]

    def _received(self, turn: int, start: int, end: int) -> tuple[int, int]:
        origins = self.origins.get(turn)
        return (origins[start], origins[end - 1] + 1) if origins else (start, end)


def passage_of(turns: Sequence[Turn]) -> Passage:
    """Join turns; line ends inside a turn become spaces, and characters set apart by spaces are moved together."""
    lines, starts, origins = [], [0], {}
    for index, turn in enumerate(turns):
        line = _LINE_END.sub(" ", turn.text)
        if _SPACED_OUT.search(line):
            kept = [place for place in range(len(line)) if not _SPACE_BETWEEN.match(line, place)]
            line, origins[index] = "".join(line[place] for place in kept), tuple(kept)
        lines.append(line)
        starts.append(starts[-1] + len(line) + 1)
    text = fold("\n".join(lines))
    return Passage(tuple(turns), text, lowered(text), tuple(starts), origins)


_LINE_END = re.compile(r"[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]")
# Some recognisers put a space after every character; six in a row are not an accident.
_SPACED_OUT = re.compile(r"(?:[\u3400-\u9fff][ ]){6}")
_SPACE_BETWEEN = re.compile(r"(?<=[\u3400-\u9fff])[ ](?=[\u3400-\u9fff])")
