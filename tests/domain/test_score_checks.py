"""Checks in the score, against the formula written out plainly and every way that doubts may fall."""

import json
from itertools import product
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from qa_service.domain.finding import CheckFinding, CheckVerdict, StepFinding, StepStatus
from qa_service.domain.score import ScoredFindings, ScoreState, Veto, score
from qa_service.rulebook import parse_sop

STEP = StepFinding("a", StepStatus.DONE, (0,), 1.0, 1.0)
VERDICTS = tuple(CheckVerdict)
EXPECTED = st.builds(lambda weight: {"expect": {"keywords": ["甲"]}, "weight": weight}, st.sampled_from([0, 5, 0.1]))
FORBIDDEN = st.builds(
    lambda points, severity: {"forbid": {"keywords": ["甲"]}, "points": points, "severity": severity},
    st.sampled_from([0, 7, 30]),
    st.sampled_from(["minor", "major", "fatal"]),
)
FOUND = st.tuples(st.one_of(EXPECTED, FORBIDDEN), st.sampled_from(VERDICTS), st.booleans())


def points(checks: list[dict[str, Any]], verdicts: list[CheckVerdict]) -> float:
    """Earned of owed, less what was crossed; nothing where that is fatal."""
    owed, earned, lost = 10.0, 10.0, 0.0
    for check, verdict in zip(checks, verdicts, strict=True):
        failed = verdict is CheckVerdict.FAILED
        if verdict is not CheckVerdict.NOT_APPLICABLE and "expect" in check:
            owed, earned = owed + check["weight"], earned + check["weight"] * (not failed)
        if failed and "forbid" in check:
            if check["severity"] == "fatal":
                return 0.0
            lost += check["points"]
    return round(max(0.0, 100.0 * earned / owed - lost), 2)


@settings(max_examples=300, deadline=None)
@given(found=st.lists(FOUND, max_size=7))
def test_the_score_is_the_formula_and_its_range_covers_every_way_doubts_may_fall(found: list[Any]) -> None:
    checks = [{"id": f"c{number}", **check} for number, (check, *_) in enumerate(found)]
    sop = parse_sop(json.dumps({"sop": "s", "steps": [{"id": "a", "weight": 10}], "checks": checks}), "s.yaml")
    findings = [CheckFinding(f"c{n}", verdict, 0.9, unsure=unsure) for n, (_, verdict, unsure) in enumerate(found)]
    made = score(sop, ScoredFindings((STEP,), (), (), (), findings))
    ways = [
        (CheckVerdict.PASSED, CheckVerdict.FAILED)
        if unsure and verdict is not CheckVerdict.NOT_APPLICABLE
        else (verdict,)
        for _, verdict, unsure in found
    ]
    reached = [points(checks, list(way)) for way in product(*ways)]
    assert made.value == points(checks, [verdict for _, verdict, _ in found])
    assert made.low == min(reached)
    fatal = [n for n, (c, v, _) in enumerate(found) if v is CheckVerdict.FAILED and c.get("severity") == "fatal"]
    assert (made.veto is Veto.PROPOSED) == bool(fatal)
    assert made.state is ScoreState.PROVISIONAL or not fatal
    spared = [(CheckVerdict.PASSED,) if n in fatal else way for n, way in enumerate(ways)]
    assert made.high == max(points(checks, list(way)) for way in product(*spared))
