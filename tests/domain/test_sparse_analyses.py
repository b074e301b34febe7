from typing import Any

import pytest

from qa_service.domain.analysis_json import analysis_from_json
from qa_service.errors import InvalidInput

SPARSE: dict[str, Any] = {"conversation_id": "c-1", "sop": "trial"}


def test_an_analysis_of_others_may_leave_out_what_it_did_not_look_for() -> None:
    analysis = analysis_from_json(SPARSE)
    assert analysis.steps == analysis.obligations == analysis.red_lines == analysis.needs == ()
    assert analysis.score is None and not analysis.complaint.detected and not analysis.refund.detected


@pytest.mark.parametrize(
    ("told", "chance"),
    [({"p_done": 0.7}, 0.7), ({"confidence": 0.8}, 0.8), ({"confidence": None, "p_done": None}, 1.0), ({}, 1.0)],
)
def test_how_likely_a_step_was_done_follows_from_what_is_told(told: dict[str, Any], chance: float) -> None:
    done = analysis_from_json(SPARSE | {"steps": [{"id": "a", "status": "done", **told}]})
    assert done.steps[0].p_done == pytest.approx(chance)
    missed = analysis_from_json(SPARSE | {"steps": [{"id": "a", "status": "missed", "confidence": 0.8}]})
    assert missed.steps[0].p_done == pytest.approx(0.2)


def test_an_analysis_of_no_conversation_is_refused() -> None:
    with pytest.raises(InvalidInput, match="conversation_id"):
        analysis_from_json({"sop": "trial"})
