"""A condition from YAML, looked for in a conversation written as text."""

from typing import Any

import yaml

from qa_service.analyze.sop.acts import match_acts
from qa_service.analyze.sop.checks.find import find
from qa_service.analyze.sop.checks.found import Found, Reading
from qa_service.analyze.sop.checks.judge import reading_of
from qa_service.analyze.sop.facts import stated_facts
from qa_service.analyze.sop.steps import find_steps
from qa_service.analyze.transcript import transcript
from qa_service.domain.conversation import Conversation
from qa_service.domain.sop import Sop
from qa_service.normalize.text import clean
from qa_service.rulebook import codebook, parse_sop
from tests.analyze.fixed_judge import JUDGE

STEPS = [{"id": "greeting", "weight": 1}, {"id": "needs", "weight": 1}]


def sop_with(condition: Any, **options: Any) -> Sop:
    """An SOP with one check that expects the condition."""
    document = {"sop": "s", "steps": STEPS, "checks": [{"id": "c", "expect": condition}]} | options
    return parse_sop(yaml.safe_dump(document, allow_unicode=True), "s.yaml")


def reading(conversation: Conversation, sop: Sop) -> Reading:
    """The conversation as the conditions of that SOP see it."""
    read = transcript(conversation, clean)
    acts = match_acts(read, sop, JUDGE.acts)
    judgement = codebook().judgement
    facts = stated_facts(read, sop.fact_values, judgement)
    steps = find_steps(read, sop, acts, matcher=JUDGE.acts, judgement=judgement)
    return reading_of(read, sop, acts, steps, facts=facts)


def look_for(condition: Any, conversation: Conversation, **options: Any) -> Found:
    """What looking for the condition finds."""
    sop = sop_with(condition, **options)
    return find(sop.checks[0].condition, reading(conversation, sop))
