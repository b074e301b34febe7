"""What the pages say, in Chinese or English."""

from collections.abc import Callable
from functools import cache
from importlib import resources
from typing import Any

import yaml

LANGUAGES = ("zh", "en")

Translate = Callable[..., str]


@cache
def _texts() -> dict[str, list[str]]:
    file = resources.files("qa_service.web") / "texts.yaml"
    loaded: dict[str, list[str]] = yaml.safe_load(file.read_text("utf-8"))
    return loaded


def has_text(key: str) -> bool:
    """Whether there is a text of that key."""
    return key in _texts()


def translator(language: str) -> Translate:
    """A function from text key to text in that language; Chinese for an unknown one."""
    column = LANGUAGES.index(language) if language in LANGUAGES else 0

    def translate(key: str, **values: Any) -> str:
        return _texts()[key][column].format(**values)

    return translate
