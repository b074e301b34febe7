"""The guide to SOPs, in both languages: every block is read, and judged where it is whole."""

import re
from pathlib import Path

import pytest
import yaml

from qa_service.errors import InvalidSop
from qa_service.rulebook import parse_sop
from qa_service.rulebook.condition_file import IN_YAML, OPERATORS
from tests.analyze.sop.checks.looked_for import STEPS

DOCS = Path(__file__).parents[2] / "docs"
GUIDES = {"en": DOCS / "sop-guide.md", "zh": DOCS / "sop-guide.zh-CN.md"}
BLOCK = re.compile(r"^```yaml ?(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
BLOCKS = [
    pytest.param(kind, text, id=f"{language}-{number}")
    for language, path in GUIDES.items()
    for number, (kind, text) in enumerate(BLOCK.findall(path.read_text("utf-8")))
]


@pytest.mark.parametrize(("kind", "text"), BLOCKS)
def test_every_block_is_read(kind: str, text: str) -> None:
    if kind == "wrong":
        with pytest.raises(InvalidSop, match=r"guide:29: unknown key 'in_last'; known are any, of"):
            parse_sop(text, "guide")
    elif kind == "check":
        document = {"sop": "s", "steps": STEPS, "checks": [yaml.safe_load(text)]}
        assert parse_sop(yaml.safe_dump(document, allow_unicode=True), "guide").checks
    else:
        assert parse_sop(text, "guide").steps


@pytest.mark.parametrize("path", GUIDES.values(), ids=GUIDES)
def test_every_operator_is_in_the_guide(path: Path) -> None:
    text = path.read_text("utf-8")
    assert [operator for operator in OPERATORS if f"{{{operator}: " not in text] == []
    assert IN_YAML["scope"] == "in"


def test_both_guides_show_the_same_blocks() -> None:
    english, chinese = (BLOCK.findall(path.read_text("utf-8")) for path in GUIDES.values())
    assert [yaml.safe_load(text) for _, text in english] == [yaml.safe_load(text) for _, text in chinese]
