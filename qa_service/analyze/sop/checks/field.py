"""A field of the conversation compares so; no words are read.

{field: tags.lead_source, equals: [抖音, 快手]}
holds: tags {"lead_source": "抖音"} · does not: tags {"lead_source": "转介绍"}, or no such tag
"""

from collections.abc import Mapping
from datetime import date
from enum import Enum
from typing import Any

from qa_service.analyze.sop.checks.found import Found, Places, Reading, cannot_tell, certainly
from qa_service.domain.condition import ANY_NUMBER, FieldIs
from qa_service.domain.conversation import Conversation


def find_field(condition: FieldIs, reading: Reading, _where: Places) -> Found:
    """Whether the field keeps all that is asked of it; one that is not there keeps nothing."""
    value = field_of(reading.read.conversation, condition.field)
    if condition.missing is not None:
        return certainly((value is None) == condition.missing)
    if value is None:
        return certainly(False)
    return _compared(condition, value)


def _compared(condition: FieldIs, value: Any) -> Found:
    text = written(value)
    kept = [
        not condition.equals or text in condition.equals,
        text not in condition.differs,
        condition.contains is None or condition.contains in text,
    ]
    if condition.bounds != ANY_NUMBER:
        number = _number(value)
        if number is None:
            return cannot_tell(f"number in {condition.field}")
        kept.append(condition.bounds.hold(number))
    return certainly(all(kept))


def field_of(conversation: Conversation, path: str) -> Any:
    """The value at a dotted path, from the contract's fields, tags, or whatever else came with it; None if absent."""
    value: Any = conversation
    for name in path.split("."):
        if isinstance(value, Mapping):
            value = value.get(name)
        else:
            extra: Mapping[str, Any] = getattr(value, "extra", {})
            value = getattr(value, name, extra.get(name))
        if value is None:
            return None
    return value


def written(value: Any) -> str:
    """A value as it stands in a file."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Enum):
        return str(value.value)
    return value.isoformat() if isinstance(value, date) else str(value)


def _number(value: Any) -> float | None:
    try:
        return float(value)
    except (TypeError, ValueError):
        return None
