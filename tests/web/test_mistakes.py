"""Every refusal that a reader of the pages can meet has its Chinese."""

import ast
from collections.abc import Iterator
from importlib import resources
from pathlib import Path

import pytest
import yaml

from qa_service import errors
from qa_service.domain.role import Action
from qa_service.errors import QaError
from qa_service.web.mistakes import told

SERVICE = Path(__file__).parents[2] / "qa_service"
REFUSING = (
    *("domain/appeal.py", "domain/role.py", "review/appeals.py", "review/overrides.py"),
    *("store/appeals.py", "store/reviews.py", "workflows/review_appeal.py", "workflows/review_conversation.py"),
    *("store/periods.py", "store/rescores.py", "workflows/close_period.py", "workflows/rescore_conversations.py"),
    "workflows/try_stored_sop.py",
    *("web/actions.py", "web/pages.py", "web/signing_in.py"),
)
KINDS = {name for name, kind in vars(errors).items() if isinstance(kind, type) and issubclass(kind, QaError)}


def refusals(module: str) -> Iterator[str]:
    """What the errors raised in a module say, with 7 in every hole."""
    for node in ast.walk(ast.parse((SERVICE / module).read_text("utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in KINDS:
            yield said(node.args[0])


def said(text: ast.expr) -> str:
    if isinstance(text, ast.JoinedStr):
        return "".join(part.value if isinstance(part, ast.Constant) else "7" for part in text.values)
    assert isinstance(text, ast.Constant), ast.dump(text)
    return text.value


@pytest.mark.parametrize("module", REFUSING)
def test_every_refusal_has_its_chinese(module: str) -> None:
    found = list(refusals(module))
    assert found
    for detail in found:
        assert detail not in told(detail, "error", "zh"), detail
        assert told(detail, "error", "en") == detail


def test_the_words_in_a_sentence_are_chinese_too() -> None:
    for action in Action:
        text = told(f"the role team_lead may not {action.value} here", "forbidden", "zh")
        assert text.startswith("您的角色（组长）") and action.value not in text
    assert told("turn 3 is not a turn of the agent", "invalid_input", "zh") == "第 3 句不是坐席说的"
    late = told("an appeal can be filed within 7 days; that ended on 2026-10-01", "conflict", "zh")
    assert late == "申诉的期限是 7 天，已于 2026-10-01 截止"


def test_a_sentence_that_is_not_known_keeps_its_english() -> None:
    assert told("the moon is full", "conflict", "zh") == "与已有的记录冲突（the moon is full）"
    assert told("the moon is full", "a code of later", "zh").endswith("（the moon is full）")


def test_every_code_has_its_chinese() -> None:
    table = yaml.safe_load((resources.files("qa_service.web") / "mistakes.yaml").read_text("utf-8"))
    assert {vars(errors)[kind].code for kind in KINDS} == set(table["codes"])
