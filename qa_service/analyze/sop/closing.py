"""Whether words of a customer close a conversation, or let it rest, so that nobody owes an answer to them.

The words stand in `rulebook/default/closings.yaml`.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from functools import cache

from qa_service.analyze.sop.values.words import either
from qa_service.analyze.word_lists import word_lists
from qa_service.domain.conversation import Turn

WORDED = ("text", "voice")
_ASKS = re.compile(r"[?？]")
# What stands around words: spaces, full stops, commas, waves, and what an emoji is made of.
_SYMBOLS = ("P", "Z", "S", "M", "Cf")


def closes(said: Sequence[Turn], before: str) -> bool:
    """Whether the turns of one move need no answer; `before` is what the agent said last before them."""
    text = "\n".join(turn.text for turn in said).lower()
    if any(turn.type not in WORDED for turn in said) or _ASKS.search(text) or _any_of("no_closing").search(text):
        return False
    pictures = _thanked().sub("谢谢", _stickers().sub("", text))
    if _without(pictures, "farewell", "thanks", "nothing_more", "assent", "beside"):
        return False
    certain = (
        pictures != text or any(map(_is_emoji, text)) or _any_of("farewell", "thanks", "nothing_more").search(text)
    )
    return bool(certain) or (bool(_any_of("assent").search(text)) and not _asks(before))


def _without(text: str, *names: str) -> str:
    """What is left of a text without the words of these lists, and without marks."""
    left = _any_of(*names).sub("", text)
    return "".join(sign for sign in left if not unicodedata.category(sign).startswith(_SYMBOLS) and not sign.isspace())


def _is_emoji(sign: str) -> bool:
    return unicodedata.category(sign) == "So"


def _asks(text: str) -> bool:
    words = text.rstrip()
    return bool(_ASKS.search(words[-2:])) or words.endswith(tuple(_lists()["asked_at_end"].split()))


@cache
def _any_of(*names: str) -> "re.Pattern[str]":
    return re.compile(either(word for name in names for word in _lists()[name].split()))


@cache
def _thanked() -> "re.Pattern[str]":
    return re.compile(rf"{either(_lists()['thanks'].split())}[你您侬啦了]?(?:{_lists()['thanked']})")


@cache
def _stickers() -> "re.Pattern[str]":
    name = either(_lists()["stickers"].split())
    return re.compile(rf"[\[【]{name}[\]】]|/{name}")


def _lists() -> Mapping[str, str]:
    return word_lists("closings.yaml")
