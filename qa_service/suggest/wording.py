"""Sentences and ids of suggestions; the sentences themselves stand in the rulebook's statements.yaml."""

from collections.abc import Mapping
from hashlib import blake2b
from typing import Any

from qa_service.domain.effect import Effect
from qa_service.domain.suggestion import SuggestionKind

Statements = Mapping[str, Any]
TITLE = 20
ALIKE = 0.5


def suggestion_id(sop_id: str, kind: SuggestionKind, target_id: str) -> str:
    """The same proposal has the same id in every run, so that a rejected one is known again."""
    return f"s-{blake2b(f'{sop_id}/{kind.value}/{target_id}'.encode(), digest_size=6).hexdigest()}"


def stated(statements: Statements, name: str, effect: Effect | None = None, **parts: Any) -> str:
    """A statement with its numbers filled in; effects are given in percentage points."""
    if effect is not None and effect.effect is not None:
        assert effect.ci_low is not None and effect.ci_high is not None
        parts |= {
            "outcome": statements["outcomes"][effect.outcome],
            "way": statements["higher"] if effect.effect > 0 else statements["lower"],
            "points": f"{abs(100 * effect.effect):.1f}",
            "low": f"{100 * effect.ci_low:+.1f}",
            "high": f"{100 * effect.ci_high:+.1f}",
            "n_exposed": effect.n_exposed,
            "n_unexposed": effect.n_unexposed,
        }
    return str(statements[name]).format(**parts)


def short(words: str) -> str:
    """Words as a title."""
    return words if len(words) <= TITLE else f"{words[: TITLE - 1]}…"


def alike(one: str, other: str) -> bool:
    """Whether two texts share most of their pairs of characters."""
    first, second = pairs_of(one), pairs_of(other)
    return bool(first & second) and len(first & second) >= ALIKE * min(len(first), len(second))


def pairs_of(text: str) -> set[str]:
    """The pairs of neighbouring characters of a text."""
    return {text[at : at + 2] for at in range(len(text) - 1)}
