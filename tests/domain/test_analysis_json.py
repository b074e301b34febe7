"""Analyses as lines of a file."""

import json
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from qa_service.domain.analysis import Analysis
from qa_service.domain.analysis_json import analysis_from_json, analysis_to_json, analysis_to_line
from qa_service.domain.doubt import NamedSop
from qa_service.domain.evidence import EvidenceSpan
from qa_service.domain.finding import CheckFinding, CheckVerdict, FactFinding, FactVerdict, Quoted

PLACES = st.lists(st.builds(lambda text: Quoted(EvidenceSpan(1, 0, len(text)), text), st.text(max_size=4)), max_size=2)
CHECKS = st.lists(
    st.builds(
        CheckFinding,
        st.text("ab\"'，", min_size=1, max_size=3),
        st.sampled_from(CheckVerdict),
        # One and 1.0 are equal, yet written differently.
        st.sampled_from([0.5, 1.0, 1]),
        PLACES.map(tuple),
        st.sampled_from([None, (0, 4)]),
        st.sampled_from([None, "times"]),
        st.booleans(),
    ),
    max_size=5,
)
FACTS = ((), (FactFinding("价", FactVerdict.RIGHT, EvidenceSpan(0, 0, 1), "九", "九", 1.0),))


@given(checks=CHECKS, facts=st.sampled_from(FACTS), doubts=st.sampled_from([(), ("one_sided",)]))
def test_a_line_is_the_object_written_out_however_often_a_check_was_written_before(
    checks: list[CheckFinding], facts: tuple[FactFinding, ...], doubts: tuple[str, ...]
) -> None:
    one = Analysis("c-1", "s", 1, {"code": "1"}, checks=tuple(checks * 2), facts=facts, doubts=doubts)
    twice = replace(one, checks=tuple(map(replace, one.checks)))
    for analysis in (one, one, twice):
        line = analysis_to_line(analysis)
        assert line == json.dumps(analysis_to_json(analysis), ensure_ascii=False)
        assert analysis_from_json(json.loads(line)) == analysis


def test_the_sop_named_in_vain_stands_in_the_line() -> None:
    one = Analysis("c-1", "s", 1, {}, doubts=("sop_unknown",), named_sop=NamedSop("slel", ("sell", "care")))
    body = json.loads(analysis_to_line(one))
    assert body["named_sop"] == {"id": "slel", "nearest": ["sell", "care"]}
    assert analysis_from_json(body) == one
