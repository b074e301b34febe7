"""Noise as recognisers and hurried thumbs make it, for training and for measuring how much judgements suffer.

At a rate of r, each Chinese character is changed with probability r, each mark of punctuation or pause dropped, each
clause given a filler, each turn cut in two and each pair of neighbouring turns of one speaker merged. Digits, letters
and what stands for masked personal data stay as they are. The same seed gives the same noise.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from models.clauses import clauses
from training.homophones import Homophones, is_han, sounds
from training.turn_cuts import cut_turns, marked_quotes, merge_turns, with_quotes

Json = dict[str, Any]

KINDS = frozenset({"homophones", "typos", "fillers", "punctuation", "turns"})
# Of the characters changed: mistaken sounds are the common error of recognisers and of input by pinyin alike.
TYPO_SHARE = 0.3
FILLERS = ("嗯", "那个", "就是", "呃", "然后", "就是说")
PAUSES = frozenset(" ，。！？；、：,!?;:~…")


@dataclass(frozen=True)
class Noise:
    """How much noise, of which kinds, and what sounds alike."""

    rate: float
    homophones: Homophones
    kinds: frozenset[str] = KINDS


@dataclass(frozen=True)
class NoisyText:
    """A text with noise: for each character received what was put before it, and what stands for it now."""

    received: str
    pieces: Sequence[tuple[str, str]]

    @property
    def text(self) -> str:
        """The text as it reads now."""
        return _joined(self.pieces)

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Where a span of the text received stands now."""
        first = len(_joined(self.pieces[:start])) + len(self.pieces[start][0])
        return first, len(_joined(self.pieces[:end]))

    def cut(self, quote: str) -> str:
        """What has become of a quote; one that does not stand in the text received stays as it is."""
        at = self.received.find(quote)
        if at < 0 or not quote:
            return quote
        start, end = self.span(at, at + len(quote))
        return self.text[start:end].strip()


def noisy_text(text: str, noise: Noise, random: Random) -> NoisyText:
    """A text with noise; one that would lose every word is left as it was received."""
    now, before = list(text), [""] * len(text)
    _change_characters(now, noise, random)
    if "punctuation" in noise.kinds:
        _drop_pauses(now, noise.rate, random)
    if "fillers" in noise.kinds:
        for start, _ in clauses(text):
            if random.random() < noise.rate:
                before[start] = random.choice(FILLERS) + random.choice(("", " "))
    changed = NoisyText(text, tuple(zip(before, now, strict=True)))
    return changed if _says_something("".join(now)) else unchanged(text)


def unchanged(text: str) -> NoisyText:
    """A text without noise."""
    return NoisyText(text, tuple(("", char) for char in text))


def noisy_conversation(body: Json, noise: Noise, *, seed: int) -> Json:
    """A labelled conversation with noise: labels move along with their turns, quotes are cut anew from the new text."""
    random = Random(f"{seed}/{body['id']}")
    if "turns" in noise.kinds:
        body = merge_turns(cut_turns(body, noise.rate, random), noise.rate, random)
    quotes = marked_quotes(body["gold"])
    changed = [_keeping(quotes.get(n, ()), turn["text"], noise, random) for n, turn in enumerate(body["turns"])]
    turns = [_with_text(turn, text) for turn, text in zip(body["turns"], changed, strict=True)]
    return body | {"turns": turns, "gold": with_quotes(body["gold"], lambda n, quote: changed[n].cut(quote))}


def noisy_turn(row: Json, noise: Noise, *, seed: int) -> Json:
    """A single turn with noise: in its text, in the quotes of its labels if it has any, in the turns before it."""
    random = Random(f"{seed}/{row['id']}")
    labels = row.get("labels", {})
    changed = _keeping(marked_quotes(labels).get(0, ()), row["text"], noise, random)
    before = [line[:2] + noisy_text(line[2:], noise, random).text for line in row.get("before", ())]
    mended = {"labels": with_quotes(labels, lambda _, quote: changed.cut(quote))} if labels else {}
    return row | {"text": changed.text, "before": before} | mended


def _change_characters(now: list[str], noise: Noise, random: Random) -> None:
    if not noise.kinds & {"homophones", "typos"}:
        return
    spoken = sounds("".join(now))
    at = 0
    while at < len(now):
        changed = 1
        if is_han(now[at]) and random.random() < noise.rate:
            changed = _changed(now, at, spoken[at], noise, random)
        at += changed


def _changed(now: list[str], at: int, sound: str, noise: Noise, random: Random) -> int:
    """Change one character (or swap it with the next); how many were dealt with."""
    share = TYPO_SHARE if "typos" in noise.kinds else 0.0
    if "homophones" in noise.kinds and random.random() >= share:
        other = noise.homophones.instead_of(now[at], sound, random)
        if other is not None:
            now[at] = other
            return 1
    return random.choice(TYPOS)(now, at) if "typos" in noise.kinds else 1


def _swap(now: list[str], at: int) -> int:
    if at + 1 == len(now) or not is_han(now[at + 1]):
        return _double(now, at)
    now[at], now[at + 1] = now[at + 1], now[at]
    return 2


def _drop(now: list[str], at: int) -> int:
    now[at] = ""
    return 1


def _double(now: list[str], at: int) -> int:
    now[at] *= 2
    return 1


TYPOS: tuple[Callable[[list[str], int], int], ...] = (_swap, _drop, _double)


def _drop_pauses(now: list[str], rate: float, random: Random) -> None:
    """A mark is gone, or a recogniser writes a space for it."""
    for at, char in enumerate(now):
        if char in PAUSES and random.random() < rate:
            now[at] = "" if char == " " else random.choice(("", " "))


def _keeping(quotes: Iterable[str], text: str, noise: Noise, random: Random) -> NoisyText:
    """A text with noise in which something of every quote is left."""
    changed = noisy_text(text, noise, random)
    return changed if all(_says_something(changed.cut(quote)) for quote in quotes) else unchanged(text)


def _with_text(turn: Json, changed: NoisyText) -> Json:
    spans = [
        span | dict(zip(("start", "end"), changed.span(span["start"], span["end"]), strict=True))
        for span in turn.get("personal", ())
    ]
    return turn | {"text": changed.text} | ({"personal": spans} if spans else {})


def _says_something(text: str) -> bool:
    return any(char not in PAUSES for char in text)


def _joined(pieces: Iterable[tuple[str, str]]) -> str:
    return "".join(before + now for before, now in pieces)
