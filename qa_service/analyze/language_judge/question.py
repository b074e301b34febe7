"""The question as the judge reads it: versioned instructions, the masked turns, the items."""

import hashlib
import json
from collections.abc import Sequence
from functools import cache
from importlib import resources
from typing import Any

from qa_service.analyze.language_judge.case import Case
from qa_service.analyze.language_judge.items import Item, Option
from qa_service.domain.conversation import Conversation, Turn
from qa_service.domain.inquiry import Inquiry

# A new wording is a new file; the file of a version that analyses name stays as it is.
PROMPT = "1"


@cache
def instructions() -> str:
    """The instructions of the current version."""
    return (resources.files(__package__) / "prompts" / f"{PROMPT}.txt").read_text("utf-8")


@cache
def prompt_version() -> str:
    """Number and digest of the instructions, so that an edit cannot go unseen."""
    return f"{PROMPT}-{hashlib.sha256(instructions().encode()).hexdigest()[:8]}"


def inquiry_about(case: Case, items: Sequence[Item], masked: Conversation) -> Inquiry:
    """Ask about items of a case; what was said comes from the masked conversation alone."""
    question = {
        "turns": [_turn(number, turn) for number, turn in enumerate(masked.turns)],
        "items": [_item(case, item) for item in items],
    }
    return Inquiry(
        conversation_id=case.read.conversation.id,
        items=tuple(item.id for item in items),
        instructions=instructions(),
        question=json.dumps(question, ensure_ascii=False, separators=(",", ":")),
    )


def _turn(number: int, turn: Turn) -> dict[str, Any]:
    body: dict[str, Any] = {"turn": number, "speaker": turn.speaker.value, "text": turn.text}
    return body | ({"masked": sorted({span.kind for span in turn.personal})} if turn.personal else {})


def _item(case: Case, item: Item) -> dict[str, Any]:
    offered = {name: _where(case, option) for name, option in item.options.items() if option.turns}
    return {"item": item.id, **item.texts, "verdicts": offered}


def _where(case: Case, option: Option) -> str | list[int]:
    """Where the evidence of a verdict may lie: all turns of a side by its name, else their numbers."""
    sides = {"agent": case.agent, "customer": case.customer, "both": case.agent | case.customer}
    return next((name for name, turns in sides.items() if turns == option.turns), sorted(option.turns))
