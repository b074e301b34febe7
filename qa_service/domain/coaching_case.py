"""Coaching cases that are kept: real moments of conversations, to be searched, collected and shown to others."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from qa_service.domain.bigrams import searched


class CaseKind(StrEnum):
    """What a case shows: a step given well or missed, an objection answered well or not, a red line."""

    GOOD = "good"
    MISSED = "missed"
    ANSWER = "answer"
    UNANSWERED = "unanswered"
    RED_LINE = "red_line"


class Difficulty(StrEnum):
    """How hard the moment was."""

    EASY = "easy"
    MEDIUM = "medium"
    HARD = "hard"


@dataclass(frozen=True, slots=True)
class ContextTurn:
    """A turn beside the quote."""

    turn: int
    speaker: str
    text: str


@dataclass(frozen=True, slots=True)
class Moment:
    """The words of a case and what was said before and after."""

    conversation_id: str
    turn: int
    quote: str
    context: tuple[ContextTurn, ...] = ()


@dataclass(frozen=True, slots=True)
class KeptCase:
    """A coaching case; `step` is an id of the SOP's (a step, obligation or red line), `shared_with` are agents."""

    id: str
    kind: CaseKind
    moment: Moment
    difficulty: Difficulty
    sop: str | None = None
    step: str | None = None
    objection: str | None = None
    product: str | None = None
    agent_id: str | None = None
    agent_name: str | None = None
    team: str | None = None
    org: tuple[str, ...] = ()
    note: str | None = None
    shared_with: tuple[str, ...] = ()
    created_by: str = ""
    created_at: datetime | None = None

    @property
    def words(self) -> str:
        """What a search looks at: all that was said, what it is about, what was noted."""
        said = (turn.text for turn in self.moment.context)
        parts = (self.moment.quote, *said, self.objection, self.product, self.note)
        return " ".join(searched(part) for part in parts if part)


@dataclass(frozen=True, slots=True)
class CaseQuery:
    """Which cases; what is None does not narrow. `text` is looked for in the words."""

    kind: CaseKind | None = None
    sop: str | None = None
    step: str | None = None
    objection: str | None = None
    product: str | None = None
    difficulty: Difficulty | None = None
    agent_id: str | None = None
    set_id: str | None = None
    text: str | None = None

    def fits(self, case: KeptCase) -> bool:
        """Whether a case is meant, but for the set."""
        same = ("kind", "sop", "step", "product", "difficulty", "agent_id")
        if any(getattr(self, name) not in (None, getattr(case, name)) for name in same):
            return False
        return _holds(case.objection or "", self.objection) and _holds(case.words, self.text)


@dataclass(frozen=True, slots=True)
class CaseSet:
    """Cases collected under a title, in their order."""

    id: str
    title: str
    created_by: str
    created_at: datetime
    cases: tuple[str, ...] = field(default=())


def _holds(words: str, wanted: str | None) -> bool:
    """Whether every word wanted (parted by spaces) stands in the text, as it is searched."""
    plain = searched(words) if wanted else ""
    return all(searched(word) in plain for word in (wanted or "").split())


def without_agents(cases: Sequence[KeptCase]) -> list[KeptCase]:
    """The same cases with agents unknown: an alias in their order, their names covered in what was said."""
    known = sorted({case.agent_id for case in cases if case.agent_id})
    alias = {agent: f"坐席{place}" for place, agent in enumerate(known, 1)}
    return [_unnamed(case, alias) for case in cases]


def _unnamed(case: KeptCase, alias: dict[str, str]) -> KeptCase:
    moment, name = case.moment, case.agent_name
    context = tuple(replace(turn, text=_covered(turn.text, name)) for turn in moment.context)
    hidden = replace(moment, quote=_covered(moment.quote, name), context=context)
    objection, remark = (_covered(words, name) if words else words for words in (case.objection, case.note))
    unknown = replace(case, agent_id=alias.get(case.agent_id or ""), agent_name=None, team=None, org=())
    return replace(unknown, moment=hidden, objection=objection, note=remark)


def _covered(text: str, name: str | None) -> str:
    """The name, and of three characters and more also without the family name, character for character."""
    for part in (name, name[1:] if name and len(name) >= 3 else None):
        text = text.replace(part, "●" * len(part)) if part else text
    return text


def case_to_json(case: KeptCase) -> dict[str, Any]:
    """A case as a plain object."""
    moment = case.moment
    return {
        "id": case.id,
        "kind": case.kind.value,
        "difficulty": case.difficulty.value,
        "sop": case.sop,
        "step": case.step,
        "objection": case.objection,
        "product": case.product,
        "conversation_id": moment.conversation_id,
        "turn": moment.turn,
        "quote": moment.quote,
        "context": [{"turn": one.turn, "speaker": one.speaker, "text": one.text} for one in moment.context],
        "agent_id": case.agent_id,
        "team": case.team,
        "note": case.note,
        "shared_with": list(case.shared_with),
        "created_by": case.created_by,
        "created_at": case.created_at.isoformat() if case.created_at else None,
    }
