"""Each kind of check on the cases of its file: where it holds, where it does not, and which words show it."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from qa_service.analyze.sop import checks
from qa_service.analyze.sop.checks.find import FINDERS
from qa_service.analyze.sop.checks.order import ORDER_FINDERS
from qa_service.domain.conversation_json import conversation_from_json, conversation_to_json
from qa_service.rulebook.condition_file import KINDS
from tests.analyze.sop.checks.looked_for import look_for
from tests.written import marked, written

FILES = sorted((Path(__file__).parents[3] / "cases" / "checks").glob("*.yaml"))
CASES = [
    pytest.param(case, id=f"{file.stem}: {case['name']}") for file in FILES for case in yaml.safe_load(file.read_text())
]


@pytest.mark.parametrize("case", CASES)
def test_it_holds_and_shows_its_words(case: dict[str, Any]) -> None:
    if "holds" not in case:
        return
    found = look_for(case["check"], _conversation(case["holds"], case.get("conversation", {})), **_options(case))
    assert found.p >= 0.5
    assert found.lacking is None
    assert [match.span for match in found.likely] == marked(case["holds"])


@pytest.mark.parametrize("case", CASES)
def test_it_does_not_hold(case: dict[str, Any]) -> None:
    text = case.get("fails", case.get("holds"))
    fields = case["but"] if "but" in case else case.get("conversation", {})
    found = look_for(case["check"], _conversation(text, fields), **_options(case))
    assert found.lacking == case.get("lacking")
    if not found.lacking:
        assert found.p < 0.5
    assert [match.span for match in found.likely] == marked(text)


def test_every_operator_has_a_finder() -> None:
    logic = {"AllOf", "AnyOf", "Not"}
    found = {kind.__name__ for kind, _ in FINDERS} | {kind.__name__ for kind in ORDER_FINDERS} | logic
    assert {kind.__name__ for kind in KINDS} == found


def test_every_file_of_the_catalogue_has_cases_and_examples() -> None:
    frame = {"__init__", "expression", "compiled", "find", "found", "judge", "words"}
    files = {
        path.stem: path.read_text() for path in Path(checks.__file__).parent.glob("*.py") if path.stem not in frame
    }
    assert set(files) <= {file.stem for file in FILES}
    for name, text in files.items():
        assert name == "scope" or ("holds" in text and "does not" in text) or name == "order", name


def _options(case: dict[str, Any]) -> dict[str, Any]:
    return {key: case[key] for key in ("facts",) if key in case}


def _conversation(text: str, fields: dict[str, Any]) -> Any:
    return conversation_from_json(conversation_to_json(written(text)) | fields)
