"""When two deliveries of one conversation are the same, and what an update changes.

Turns are compared as they are stored, masked: a better masker hides more characters of the same words, and that is
no change of the conversation. So a masked character equals every character.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields, replace
from typing import Any, TypeVar

from qa_service.domain.conversation import Conversation, Turn
from qa_service.domain.conversation_json import conversation_to_json, turn_to_json
from qa_service.store.database import dump_json

MASK = "●"
PARTS = ("agent", "customer", "outcome")
# Fields that decide which SOP fits and which version of it: when one changes, the conversation is analysed again.
CHOOSES_SOP = ("sop", "product", "channel", "scenario", "stage", "tags", "started_at")

Part = TypeVar("Part")


def turns_digest(turns: Sequence[Turn]) -> str:
    """Digest of what was said, by whom and when; where personal data stood is not part of it."""
    return hashlib.sha256(dump_json([_bare(turn) for turn in turns]).encode()).hexdigest()


def same_turns(old: Sequence[Turn], new: Sequence[Turn]) -> bool:
    """Whether both are the same turns, masked or not."""
    return len(old) == len(new) and all(map(_same_turn, old, new))


def updated(old: Conversation, new: Conversation) -> Conversation:
    """The stored conversation with what the new delivery knows; what it leaves out stays as it was."""
    given = {field.name: _newer(getattr(old, field.name), getattr(new, field.name)) for field in fields(Conversation)}
    parts: dict[str, Any] = {name: _merged(getattr(old, name), getattr(new, name)) for name in PARTS}
    if new.agent.path:
        # A new team without a path leaves no part of the old path standing.
        parts["agent"] = replace(parts["agent"], team=new.agent.team, org=new.agent.org)
    return Conversation(**given | parts | {"id": old.id, "turns": old.turns})


def changes(old: Conversation, new: Conversation) -> dict[str, Any]:
    """What an update changes, as `{field: [before, after]}` of the contract's JSON."""
    before, after = (conversation_to_json(replace(one, turns=())) for one in (old, new))
    keys = sorted(before.keys() | after.keys())
    return {key: [before.get(key), after.get(key)] for key in keys if before.get(key) != after.get(key)}


def needs_analysis(old: Conversation, new: Conversation, changed: Iterable[str]) -> bool:
    """Whether an update may put the conversation under another SOP, or another version of it."""
    return old.agent.path != new.agent.path or any(key in CHOOSES_SOP for key in changed)


def _bare(turn: Turn) -> dict[str, Any]:
    return {key: value for key, value in turn_to_json(turn).items() if key != "personal"}


def _same_turn(old: Turn, new: Turn) -> bool:
    blank_old, blank_new = _bare(old) | {"text": ""}, _bare(new) | {"text": ""}
    return blank_old == blank_new and _same_text(old.text, new.text)


def _same_text(old: str, new: str) -> bool:
    return len(old) == len(new) and all(a == b or MASK in (a, b) for a, b in zip(old, new, strict=True))


def _newer(old: Any, new: Any) -> Any:
    return old if new is None or (isinstance(new, Mapping) and not new) else new


def _merged(old: Part, new: Part) -> Part:
    values = {field.name: getattr(new, field.name) for field in fields(new)}  # type: ignore[arg-type]
    known = {name: value for name, value in values.items() if value not in (None, (), {})}
    return replace(old, **known)  # type: ignore[type-var]
