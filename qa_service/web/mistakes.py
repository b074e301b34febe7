"""What went wrong, in the language of the reader: the service's English sentences and their Chinese."""

import re
from functools import cache
from importlib import resources
from typing import Any

import yaml

from qa_service.web.texts import has_text, translator

_HOLE = re.compile(r"\\\{(\w+)\\\}")


def told(detail: str, code: str, language: str) -> str:
    """The sentence for people; in Chinese one that is not known keeps its English in brackets."""
    if language == "en":
        return detail
    table = _table()
    for english, chinese in _sentences():
        if found := english.fullmatch(detail):
            return chinese.format(**{hole: _word(text) for hole, text in found.groupdict().items()})
    return f"{table['codes'].get(code, table['codes']['error'])}（{detail}）"


def _word(text: str) -> str:
    named = next((key for key in (f"role.{text}", f"speaker.{text}") if has_text(key)), None)
    word: str = translator("zh")(named) if named else _table()["words"].get(text, text)
    return word


@cache
def _table() -> dict[str, Any]:
    file = resources.files("qa_service.web") / "mistakes.yaml"
    loaded: dict[str, Any] = yaml.safe_load(file.read_text("utf-8"))
    return loaded


@cache
def _sentences() -> tuple[tuple[re.Pattern[str], str], ...]:
    return tuple((_pattern(english), chinese) for english, chinese in _table()["sentences"])


def _pattern(english: str) -> re.Pattern[str]:
    return re.compile(_HOLE.sub(r"(?P<\1>.+?)", re.escape(english)), re.DOTALL)
