"""Masking of what stands beside the turns: tags, unknown fields, what a deployment knows about the customer."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from qa_service.domain.conversation import Conversation
from qa_service.normalize.lexicon import either, word_set

_MASK = "●"
_NAME = re.compile(r"[\u3400-\u9fff\u00b7]{2,6}|[A-Za-z][A-Za-z ]{1,30}")


@dataclass(frozen=True, slots=True)
class FieldMask:
    """Masks values: whole under a personal key (name, 手机), else what `mask_text` finds and what is `known`."""

    mask_text: Callable[[str], str]
    known: frozenset[str]

    def mapping(self, fields: Mapping[str, Any]) -> dict[str, Any]:
        """The same fields with masked values; keys stay."""
        return {key: self.value(value, key) for key, value in fields.items()}

    def value(self, value: Any, key: str = "") -> Any:
        """A masked text, list or object; a number only changes if it is personal data, and is then a text."""
        if isinstance(value, Mapping):
            return {inner: self.value(item, _inherited(key, str(inner))) for inner, item in value.items()}
        if isinstance(value, list | tuple):
            return [self.value(item, key) for item in value]
        if isinstance(value, bool) or value is None:
            return value
        # A spreadsheet gives a phone number as 13866421703.0.
        text = str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
        masked = self._text(text, key)
        return value if masked == text else masked

    def _text(self, text: str, key: str) -> str:
        if is_personal_key(key):
            return _MASK * len(text)
        if self.known:
            # The longest first, so that a name inside a longer one leaves nothing over.
            known = either(sorted(self.known, key=lambda item: (-len(item), item)))
            text = re.sub(known, lambda match: _MASK * len(match[0]), text)
        return self.mask_text(text)


def is_personal_key(key: str) -> bool:
    """The field of this name holds personal data and nothing else."""
    return key.lower() in word_set("personal_keys")


def named_people(conversation: Conversation) -> frozenset[str]:
    """Names that the fields beside the turns give: the agent's, the customer's, the child's."""
    values = [conversation.agent.name or ""]
    values += _names_in(conversation.customer.extra)
    values += _names_in(conversation.extra)
    return frozenset(value for value in values if _NAME.fullmatch(value))


def _names_in(fields: Mapping[str, Any]) -> Iterator[str]:
    for key, value in fields.items():
        if isinstance(value, Mapping):
            yield from _names_in(value)
        elif isinstance(value, str) and key.lower() in word_set("name_keys"):
            yield value.strip()


def _inherited(outer: str, inner: str) -> str:
    """Everything under a personal key is personal, whatever it is called there."""
    return outer if is_personal_key(outer) else inner
