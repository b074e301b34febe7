"""Telephone, identity card and bank card numbers, typed or spoken, whole or given in pieces."""

import re
from collections.abc import Iterator, Sequence

from qa_service.normalize.checksums import (
    is_bank_card,
    is_identity_number,
    is_landline,
    is_mobile,
    is_subscriber,
    looks_like_bank_card,
    looks_like_identity_number,
)
from qa_service.normalize.digit_runs import Piece, Run, acknowledges, chains, digit_runs
from qa_service.normalize.lexicon import any_of
from qa_service.normalize.passage import Found, Passage


def find_numbers(passage: Passage) -> Iterator[Found]:
    """Every phone, id_card and bank_card, one find for each turn that a number touches."""
    runs = digit_runs(passage)
    known: list[tuple[int, str, str]] = []
    for chain in chains(passage, runs):
        for kind, pieces in _numbers(passage, chain):
            yield from _finds(passage, pieces, kind)
            known.append((passage.turn_at(pieces[0].start), "".join(piece.digits for piece in pieces), kind))
    yield from _echoes(passage, runs, known)


_LONGEST = 23
_CUE_WINDOW = 16
_SHORTEST_ECHO = 7
_LONGEST_CORRECTION = 16
_ECHO_DISTANCE = 6
_CUES = re.compile(
    rf"(?P<thing>{any_of('thing_cues')})|(?P<landline>{any_of('landline_cues')})|(?P<phone>{any_of('phone_cues')})"
    rf"|(?P<identity>{any_of('identity_cues')})|(?P<card>{any_of('card_cues')})",
    re.IGNORECASE,
)
_CORRECTION = re.compile(any_of("corrections"))
_ADJOINING = re.compile(r"[A-Za-z0-9_]\Z")
_ANNOUNCING_LETTERS = re.compile(r"(?:tel|phone|mobile|vx|wx|qq|v)\Z", re.IGNORECASE)


def _numbers(passage: Passage, chain: Sequence[Run]) -> Iterator[tuple[str, list[Piece]]]:
    pieces = [piece for run in chain for piece in run.pieces]
    if sum(len(piece.digits) for piece in pieces) < 7:
        return
    first = 0
    while first < len(pieces):
        kind, last = _longest(passage, pieces, first)
        if kind:
            yield kind, pieces[first : last + 1]
        first = last + 1 if kind else first + 1


def _longest(passage: Passage, pieces: Sequence[Piece], first: int) -> tuple[str, int]:
    """The kind of the longest number that begins with this piece, and its last piece."""
    best, digits = ("", first), ""
    cue = _cue(passage, pieces[first].start)
    for last in range(first, len(pieces)):
        digits += pieces[last].digits
        if len(digits) > _LONGEST or (last > first and not _joined(passage, pieces[last - 1], pieces[last])):
            break
        if _stands_alone(passage.text, pieces[first].start, pieces[last].end):
            kind = _kind(digits, cue, whole=first == 0 and last == len(pieces) - 1)
            best = (kind, last) if kind else best
    return best


def _kind(digits: str, cue: str, *, whole: bool) -> str:
    if is_identity_number(digits) and (cue != "thing" or len(digits) == 18):
        return "id_card"
    if cue == "identity" and looks_like_identity_number(digits):
        return "id_card"
    if (is_bank_card(digits) and cue != "thing") or (cue == "card" and looks_like_bank_card(digits)):
        return "bank_card"
    return "phone" if _is_phone(digits, cue, whole=whole) else ""


def _is_phone(digits: str, cue: str, *, whole: bool) -> bool:
    if cue == "thing":
        return False
    if is_mobile(digits) or is_landline(digits):
        return True
    # A recogniser loses or doubles a digit; after "my phone is" it is still a phone number.
    nearly = cue in ("phone", "landline") and whole and re.fullmatch(r"1[3-9]\d{8,11}", digits) is not None
    return nearly or (cue == "landline" and whole and is_subscriber(digits))


def _cue(passage: Passage, position: int) -> str:
    """What the words before a number announce; without any, what the turn before asked for."""
    cues = list(_CUES.finditer(passage.left(position, _CUE_WINDOW)))
    if cues:
        return str(cues[-1].lastgroup)
    turn = passage.turn_at(position)
    asked = list(_CUES.finditer(passage.line(turn - 1)[-2 * _CUE_WINDOW :])) if turn else []
    return str(asked[-1].lastgroup) if asked and asked[-1].lastgroup != "thing" else ""


def _joined(passage: Passage, before: Piece, after: Piece) -> bool:
    """Short typed numbers after commas are a list, not the parts of one number."""
    gap = passage.text[before.end : after.start]
    typed = before.digits == passage.text[before.start : before.end]
    return not ("," in gap and typed and min(len(before.digits), len(after.digits)) < 3)


def _stands_alone(text: str, start: int, end: int) -> bool:
    if text[end : end + 1].isascii() and (text[end : end + 1].isalnum() or text[end : end + 1] == "_"):
        return False
    head = text[max(0, start - 8) : start]
    return _ADJOINING.search(head) is None or _ANNOUNCING_LETTERS.search(head) is not None


def _finds(passage: Passage, pieces: Sequence[Piece], kind: str) -> Iterator[Found]:
    spans: dict[int, tuple[int, int]] = {}
    for piece in pieces:
        turn = passage.turn_at(piece.start)
        spans[turn] = (spans.get(turn, (piece.start, 0))[0], piece.end)
    for turn, (start, end) in spans.items():
        if start > passage.starts[turn] and passage.text[start - 1] in "+(":
            start -= 1
        yield Found(start, end, kind)


def _echoes(passage: Passage, runs: Sequence[Run], known: Sequence[tuple[int, str, str]]) -> Iterator[Found]:
    """Parts of a number said again nearby: read back, corrected, or asked about."""
    of_turn: dict[int, list[Run]] = {}
    for run in runs if known else ():
        of_turn.setdefault(run.turn, []).append(run)
    for turn, number, kind in known:
        for near in range(turn - _ECHO_DISTANCE, turn + _ECHO_DISTANCE + 1):
            for run in of_turn.get(near, ()):
                if _is_echo(passage, run, number) or (0 < near - turn <= 2 and _corrects(passage, run)):
                    yield Found(run.start, run.end, kind)


def _corrects(passage: Passage, run: Run) -> bool:
    """A short turn that says what was wrong with a number."""
    line = passage.line(run.turn)
    return len(run.digits) >= 3 and len(line) <= _LONGEST_CORRECTION and _CORRECTION.search(line) is not None


def _is_echo(passage: Passage, run: Run, number: str) -> bool:
    digits = run.digits
    if len(digits) < 2 or digits not in number:
        return False
    return len(digits) >= _SHORTEST_ECHO or acknowledges(passage.line(run.turn))
