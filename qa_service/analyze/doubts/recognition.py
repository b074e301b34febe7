"""How well a recording was written down: what the recogniser says of it, else what nobody can read."""

import re
from collections.abc import Callable, Sequence

from qa_service.analyze.doubts.bounds import DoubtBounds
from qa_service.domain.conversation import Speaker, Turn

# What recognisers and people write for what they did not hear, and what text broken by a wrong encoding looks like.
UNHEARD = re.compile(
    r"[（(\[【<]\s*(?:听不清|听不清楚|无法识别|不清|杂音|噪音|inaudible|unintelligible|unk|noise)[^）)\]】>]{0,8}[）)\]】>]"
    r"|听不清楚?|锟斤拷|烫烫烫|屯屯屯|<unk>|\*{3,}|[?？]{4,}",
    re.IGNORECASE,
)
BROKEN = re.compile("[\ufffd\u25a1\ue000-\uf8ff\u0080-\u009f\u00a1-\u00b6\u00b8-\u00d6\u00d8-\u00f6\u00f8-\u00ff]")


def poorly_recognised(turns: Sequence[Turn], bounds: DoubtBounds) -> bool:
    """Whether too much of what was said is not what was written."""
    told = weighted_mean(turns, lambda turn: turn.asr_confidence)
    if told is not None and told < bounds.asr_confidence:
        return True
    return unreadable_share(turns) > bounds.unreadable


def roles_uncertain(turns: Sequence[Turn], bounds: DoubtBounds) -> bool:
    """Whether whoever parted the speakers was not sure of it."""
    told = weighted_mean(turns, lambda turn: turn.role_confidence)
    return told is not None and told < bounds.role_confidence


def weighted_mean(turns: Sequence[Turn], confidence: Callable[[Turn], float | None]) -> float | None:
    """The mean of what is told of turns, long turns counting for more; None where nothing is told."""
    told = [(len(turn.text), c) for turn in _spoken(turns) if (c := confidence(turn)) is not None]
    characters = sum(length for length, _ in told)
    return sum(length * c for length, c in told) / characters if characters else None


def unreadable_share(turns: Sequence[Turn]) -> float:
    """The share of characters that stand for nothing."""
    texts = [re.sub(r"\s", "", turn.text) for turn in _spoken(turns)]
    characters = sum(map(len, texts))
    lost = sum(_lost(text) for text in texts)
    return lost / characters if characters else 0.0


def _lost(text: str) -> int:
    unheard = sum(len(found.group()) for found in UNHEARD.finditer(text))
    return unheard + len(BROKEN.findall(UNHEARD.sub("", text)))


def _spoken(turns: Sequence[Turn]) -> list[Turn]:
    return [turn for turn in turns if turn.speaker is not Speaker.SYSTEM and turn.text]
