"""Digits as people type and say them (幺三八 呃 六六四二), also over turns that the other side only acknowledges."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from qa_service.normalize.lexicon import any_of, character_class, spoken_digits
from qa_service.normalize.passage import Passage
from qa_service.normalize.segments import is_word


@dataclass(frozen=True, slots=True)
class Piece:
    """Digits of one way of writing that stand together, with nothing between them."""

    start: int
    end: int
    digits: str


@dataclass(frozen=True, slots=True)
class Run:
    """Pieces of one turn with only pauses between them."""

    turn: int
    pieces: tuple[Piece, ...]

    @property
    def start(self) -> int:
        """Where its first digit stands."""
        return self.pieces[0].start

    @property
    def end(self) -> int:
        """Behind its last digit."""
        return self.pieces[-1].end

    @property
    def digits(self) -> str:
        """All its digits."""
        return "".join(piece.digits for piece in self.pieces)


def digit_runs(passage: Passage) -> tuple[Run, ...]:
    """Every run of at least two digits, and digits that are a whole turn."""
    return tuple(Run(passage.turn_at(match.start()), tuple(_pieces(match))) for match in _RUN.finditer(passage.text))


def chains(passage: Passage, runs: tuple[Run, ...]) -> Iterator[tuple[Run, ...]]:
    """Runs that belong together: each one alone, or the parts that one speaker gives in neighbouring turns."""
    first_of = {run.turn: run for run in reversed(runs)}
    continued: set[int] = set()
    for run in runs:
        if run.start in continued:
            continue
        chain = [run]
        while (following := _continuation(passage, chain[-1], first_of)) is not None:
            chain.append(following)
            continued.add(following.start)
        yield tuple(chain)


def acknowledges(text: str) -> bool:
    """Nothing but "mm, go on" and digits said back."""
    return len(text) <= _LONGEST_ACKNOWLEDGEMENT and _ECHO.fullmatch(text) is not None


_LONGEST_ACKNOWLEDGEMENT = 40
_FARTHEST_CONTINUATION = 4
_VALUES: Mapping[str, str] = (
    {str(digit): str(digit) for digit in range(10)}
    | dict(spoken_digits())
    | dict.fromkeys(character_class("misheard_one"), "1")
    | {"x": "X", "X": "X", "×": "X"}
)
_PLAIN = "0-9" + "".join(spoken_digits())
_MISHEARD = character_class("misheard_one")
_DIGIT = (
    rf"(?:[{_PLAIN}]|(?<=[{_PLAIN}])[{_MISHEARD}](?=[{_PLAIN}])"
    rf"|(?<![{_PLAIN}{character_class('not_before_misheard')}])[{_MISHEARD}](?=[{_PLAIN}]{{2}}))"
)
_GAP = rf"(?:[ \t\-\u2013\u2014_.\u00b7()\ufe0f\u20e3]|[,\u3001]|{any_of('digit_gaps')}){{1,6}}"
_LAST_X = rf"(?:{_GAP})?(?:[Xx×](?![A-Za-z0-9])|{any_of('spoken_x')})"
_RUN = re.compile(rf"{_DIGIT}(?:(?:{_GAP})?{_DIGIT})+(?:{_LAST_X})?|^{_DIGIT}$", re.MULTILINE)
_PIECE = re.compile(rf"[0-9]+|(?:(?![0-9]){_DIGIT})+|[Xx×]|{any_of('spoken_x')}")
_ACKNOWLEDGEMENT = rf"(?:{any_of('acknowledgements')}|[\s,.?!~\u3001\u3002\u2026-])"
_PAUSES = re.compile(rf"{_ACKNOWLEDGEMENT}*+")
_ECHO = re.compile(rf"(?:{_ACKNOWLEDGEMENT}|[{_PLAIN}])*+")


def _pieces(match: re.Match[str]) -> Iterator[Piece]:
    text = match.string
    for piece in _PIECE.finditer(text, match.start(), match.end()):
        start, end = piece.span()
        if end - start > 1 and end < len(text) and is_word(text[end - 1 : end + 1]):
            # The last "one" belongs to the next word (yi zhi, "all the time"), unless the number needs it.
            yield _piece(text, start, end - 1)
            start = end - 1
        yield _piece(text, start, end)


def _piece(text: str, start: int, end: int) -> Piece:
    return Piece(start, end, "".join(_VALUES.get(character, "") for character in text[start:end]) or "X")


def _continuation(passage: Passage, run: Run, first_of: Mapping[int, Run]) -> Run | None:
    if not _only_pauses(passage.text[run.end : passage.end_of(run.turn)]):
        return None
    speaker = passage.turns[run.turn].speaker
    for turn in range(run.turn + 1, min(run.turn + 1 + _FARTHEST_CONTINUATION, len(passage.turns))):
        following = first_of.get(turn)
        if passage.turns[turn].speaker is speaker and following is not None:
            return following if _only_pauses(passage.text[passage.starts[turn] : following.start]) else None
        if not acknowledges(passage.line(turn)):
            return None
    return None


def _only_pauses(text: str) -> bool:
    return len(text) <= _LONGEST_ACKNOWLEDGEMENT and _PAUSES.fullmatch(text) is not None
