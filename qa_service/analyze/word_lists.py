"""The words of the shipped rulebook that the analysis looks for, as its files list them."""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

import yaml


@cache
def word_lists(file_name: str) -> Mapping[str, Any]:
    """The lists of a file in `rulebook/default`, by their names; read once."""
    text = files("qa_service").joinpath("rulebook/default", file_name).read_text(encoding="utf-8")
    return dict(yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)))
