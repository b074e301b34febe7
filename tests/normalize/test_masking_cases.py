from pathlib import Path

import pytest
import yaml

from qa_service.normalize.masking import KINDS, find_personal
from tests.normalize.marked import marked_turns

CASES = yaml.safe_load((Path(__file__).parent / "masking_cases.yaml").read_text("utf-8"))


@pytest.mark.parametrize("case", CASES)
def test_exactly_what_is_marked_is_found(case: str) -> None:
    turns, spans = marked_turns(CASES[case])
    assert find_personal(turns) == spans


def test_every_kind_has_a_case() -> None:
    assert {span.kind for text in CASES.values() for spans in marked_turns(text)[1] for span in spans} == set(KINDS)
