"""The life of a suggestion: proposed, accepted or rejected with a reason, published, measured, kept or rolled back."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from qa_service.errors import Conflict


class SuggestionState(StrEnum):
    """Where a suggestion stands; `lapsed`: the latest look does not bear it out. `published` is told by its version."""

    PROPOSED = "proposed"
    LAPSED = "lapsed"
    REJECTED = "rejected"
    ACCEPTED = "accepted"
    PUBLISHED = "published"
    KEPT = "kept"
    ROLLED_BACK = "rolled_back"


class SuggestionChoice(StrEnum):
    """What a person decides about one."""

    ACCEPT = "accept"
    REJECT = "reject"
    KEEP = "keep"
    ROLL_BACK = "roll_back"


_LEADS_TO = {
    SuggestionChoice.ACCEPT: SuggestionState.ACCEPTED,
    SuggestionChoice.REJECT: SuggestionState.REJECTED,
    SuggestionChoice.KEEP: SuggestionState.KEPT,
    SuggestionChoice.ROLL_BACK: SuggestionState.ROLLED_BACK,
}
_FROM = {
    SuggestionChoice.ACCEPT: frozenset({SuggestionState.PROPOSED}),
    SuggestionChoice.REJECT: frozenset({SuggestionState.PROPOSED, SuggestionState.ACCEPTED}),
    SuggestionChoice.KEEP: frozenset({SuggestionState.PUBLISHED}),
    SuggestionChoice.ROLL_BACK: frozenset({SuggestionState.PUBLISHED}),
}
# Decided for good, unless there is new evidence.
CLOSED = frozenset({SuggestionState.REJECTED, SuggestionState.KEPT, SuggestionState.ROLLED_BACK})


@dataclass(frozen=True, slots=True)
class SuggestionDecision:
    """One decision, and the evidence that lay before it."""

    choice: SuggestionChoice
    reason: str
    by: str
    at: datetime
    evidence: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class KeptSuggestion:
    """A suggestion as stored: `body` is its contract object, `version` the draft made when it was accepted.

    `base_version` is the version of the SOP that its patch changes.
    """

    id: str
    sop: str
    base_version: int
    state: SuggestionState
    body: Mapping[str, Any]
    first_at: datetime
    seen_at: datetime
    version: int | None = None
    decisions: tuple[SuggestionDecision, ...] = ()

    def after(self, choice: SuggestionChoice) -> SuggestionState:
        """The state that a decision leads to; raises Conflict where it cannot be taken now."""
        if self.state not in _FROM[choice]:
            wanted = ", ".join(sorted(state.value for state in _FROM[choice]))
            raise Conflict(f"suggestion {self.id} is {self.state.value}; `{choice.value}` needs one that is {wanted}")
        return _LEADS_TO[choice]


def new_evidence(before: Mapping[str, Any], now: Mapping[str, Any], *, times: float) -> bool:
    """Whether evidence has changed enough to ask again.

    It rests on `times` as many conversations, on a better grade, or one estimate lies outside the interval of the
    other.
    """
    if now["n"] >= times * max(1, before["n"]):
        return True
    if before["effect"] is None or now["effect"] is None:
        return before["effect"] is not now["effect"]
    if (now["grade"] or "Z") < (before["grade"] or "Z"):
        return True
    return not (_holds(now, before["effect"]) and _holds(before, now["effect"]))


def _holds(evidence: Mapping[str, Any], value: float) -> bool:
    low, high = evidence["ci_low"], evidence["ci_high"]
    return low is None or high is None or low <= value <= high


def without_conversation(body: Mapping[str, Any], conversation_id: str, said: frozenset[str]) -> dict[str, Any] | None:
    """The body without the words of a deleted customer, None where it holds none.

    Examples of the conversation go; where what the customer said stands in the statement or the patch, those go too.
    """
    evidence = body["evidence"]
    examples = [one for one in evidence["examples"] if one["conversation_id"] != conversation_id]
    mine = {one["quote"] for one in evidence["examples"] if one["conversation_id"] == conversation_id} | said
    told = any(words in body["statement"] or words in body["patch"] for words in mine if words)
    if not told and len(examples) == len(evidence["examples"]):
        return None
    emptied = {"statement": "", "patch": ""} if told else {}
    return {**body, **emptied, "evidence": {**evidence, "examples": examples}}
