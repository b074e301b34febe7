"""One wrong fact costs once, however many checks and red lines see the same words: what costs most counts."""

from dataclasses import replace

import pytest

from qa_service.domain.analysis import Analysis
from qa_service.domain.analysis_json import analysis_from_json, analysis_to_json
from qa_service.domain.finding import CheckVerdict
from qa_service.review.final import overridden
from qa_service.review.sheet import score_parts
from qa_service.rulebook import parse_sop
from tests.analyze.sop.facts.test_stated import FACTS, analysed

HEAD = f"sop: s\nsteps: [{{id: a, weight: 1, required: false}}]\nred_lines: [contract_mislead]\n{FACTS}"
DEAR = "{id: dear, title: d, forbid: {value: price, is: {over: 3000}}, points: %d}"
RIGHT = "{id: quoted, title: q, expect: {fact: 24 课时, stated: right}, weight: %d}"
TERM = "{id: term, title: t, forbid: {fact: 退费到账, stated: wrong}, points: %d}"
WRONG_PRICE, WRONG_TERM = "A 24课时是3280元", "A 退费的话三天就到账"


def sop(*checks: str) -> str:
    return HEAD + "checks: [" + ", ".join(checks) + "]\n"


def value(analysis: Analysis) -> float:
    assert analysis.score
    return analysis.score.value


def told(analysis: Analysis) -> dict[str, str]:
    return {one.key: one.same_as for one in (*analysis.checks, *analysis.red_lines) if one.same_as}


@pytest.mark.parametrize(
    ("checks", "talk", "points", "same"),
    [
        ([DEAR % 30], WRONG_PRICE, 70, {"check/fact_24课时": "check/dear"}),
        ([DEAR % 5], WRONG_PRICE, 80, {"check/dear": "check/fact_24课时"}),
        ([TERM % 30], WRONG_TERM, 70, {"red_line/contract_mislead/0": "check/term"}),
        ([TERM % 5], WRONG_TERM, 80, {"check/term": "red_line/contract_mislead/0"}),
        ([RIGHT % 10], WRONG_PRICE, 0, {"check/fact_24课时": "check/quoted"}),
        (
            ["{id: more, title: m, expect: {keywords: [元]}, weight: 90}", RIGHT % 10],
            WRONG_PRICE,
            80,
            {"check/quoted": "check/fact_24课时"},
        ),
        ([DEAR % 30, RIGHT % 10], WRONG_PRICE, 0, {"check/fact_24课时": "check/quoted"}),
        (["{id: said, title: s, forbid: {keywords: [绝对]}, points: 10}"], "A 24课时绝对是3280元", 70, {}),
        ([DEAR % 30], "A 24课时是3280元\nA 48课时是2680元", 50, {"check/fact_24课时": "check/dear"}),
    ],
    ids=[
        *("own_check_costs_more", "fact_check_costs_more", "own_check_of_a_term", "red_line_costs_more"),
        *("owed_whole", "owed_in_part", "chain", "other_words", "another_wrong_price"),
    ],
)
def test_the_same_words_cost_once(checks: list[str], talk: str, points: float, same: dict[str, str]) -> None:
    found = analysed(talk, sop(*checks))
    assert (value(found), told(found)) == (points, same)


def test_the_parts_of_the_score_add_up_and_the_line_tells_it() -> None:
    text = sop(DEAR % 30)
    found = analysed(WRONG_PRICE, text)
    assert sum(part.deducted for part in score_parts(parse_sop(text, "s.yaml"), found)) == 30
    assert analysis_from_json(analysis_to_json(found)) == found


def test_when_a_person_lifts_the_dearer_one_the_other_costs_again() -> None:
    text = sop(DEAR % 30)
    found = analysed(WRONG_PRICE, text)
    lifted = (replace(one, verdict=CheckVerdict.PASSED) if one.id == "dear" else one for one in found.checks)
    final = overridden(replace(found, checks=tuple(lifted)), [], sop=parse_sop(text, "s.yaml"), settled=True)
    assert (value(final), told(final)) == (80, {})
