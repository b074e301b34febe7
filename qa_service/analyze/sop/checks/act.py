"""Somebody does something, in whatever words: the models judge by description and examples.

{act: 邀约试听, examples: [给孩子约一节体验课吧]}
holds: “先给娃排周六上午那节成不” · does not: “试听回头再说”
"""

from qa_service.analyze.sop.checks.found import Found, Match, Places, Reading, any_of
from qa_service.domain.condition import Act


def find_act(condition: Act, reading: Reading, where: Places) -> Found:
    """The turns that may perform the act."""
    column = reading.acts[condition]
    likely = [(where.wholes[turn], float(column[turn])) for turn in where.turns]
    return any_of([Match(span, p) for span, p in likely if span is not None and p > 0.0])
