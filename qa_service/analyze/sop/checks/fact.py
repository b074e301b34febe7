"""A structured fact of the SOP is stated: right, wrong, unclear, or at all (`any`).

{fact: 24 课时, stated: wrong}, where 24 课时 costs 2880 元
holds: “24 节课是三千二百八” · does not: “二十四节两千八百八”, “24 课时每月 240”, “48 节四千九百八”
"""

from qa_service.analyze.sop.checks.found import Found, Match, Places, Reading, any_of
from qa_service.domain.condition import FactStated
from qa_service.domain.finding import FactFinding, FactVerdict

# What is unclear may be right or wrong: too little to take either, too much to be sure of the other.
MAY_BE = 0.4


def find_fact(condition: FactStated, reading: Reading, where: Places) -> Found:
    """The statements of that fact."""
    stated = [one for one in reading.facts if one.id == condition.fact and one.span.turn in where.inside]
    return any_of([Match(one.span, p) for one in stated if (p := _p(one, condition.stated))])


def _p(one: FactFinding, stated: str) -> float:
    if stated == "any" or (one.verdict is FactVerdict.UNCLEAR and stated == FactVerdict.UNCLEAR):
        return 1.0
    if one.verdict is FactVerdict.UNCLEAR:
        return MAY_BE
    return one.confidence if one.verdict == stated else 0.0
