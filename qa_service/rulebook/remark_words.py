"""Remarks in words, Chinese or English; the words stand in remarks.yaml."""

from functools import cache
from typing import Any

from qa_service.domain.remark import Remark
from qa_service.rulebook.codebook import default_file


def remark_in_words(remark: Remark, language: str) -> str:
    """What one remark says to a person."""
    return str(_table()[remark.code][language]).format(**remark.values)


@cache
def _table() -> Any:
    return default_file("remarks.yaml")
