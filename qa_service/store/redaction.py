"""What remains of a conversation and its analyses when the customer is deleted: counts, scores and places, no text."""

from dataclasses import replace

from qa_service.domain.analysis import Analysis
from qa_service.domain.conversation import Conversation, Customer, Turn
from qa_service.domain.evidence import EvidenceSpan
from qa_service.domain.finding import Quoted


def redact_conversation(conversation: Conversation, new_id: str) -> Conversation:
    """Who sold what, when, with which outcome; every turn keeps its speaker and loses the rest."""
    return Conversation(
        id=new_id,
        turns=tuple(Turn(turn.speaker, "") for turn in conversation.turns),
        channel=conversation.channel,
        product=conversation.product,
        scenario=conversation.scenario,
        stage=conversation.stage,
        direction=conversation.direction,
        sop=conversation.sop,
        agent=replace(conversation.agent, extra={}),
        customer=Customer(),
        started_at=conversation.started_at,
        duration_s=conversation.duration_s,
        outcome=replace(conversation.outcome, extra={}),
    )


def redact_analysis(analysis: Analysis, new_id: str) -> Analysis:
    """The findings and the score without a single quote."""
    return replace(
        analysis,
        conversation_id=new_id,
        red_lines=tuple(replace(one, span=_blank(one.span), quote="") for one in analysis.red_lines),
        needs=tuple(replace(one, span=_blank(one.span), text="") for one in analysis.needs),
        promises=tuple(replace(one, span=_blank(one.span), quote="") for one in analysis.promises),
        competitors=tuple(replace(one, span=_blank(one.span), quote="") for one in analysis.competitors),
        checks=tuple(replace(one, places=tuple(map(_blank_words, one.places))) for one in analysis.checks),
        facts=tuple(replace(one, span=_blank(one.span), quote="") for one in analysis.facts),
        context={},
        versions={name: value for name, value in analysis.versions.items() if name != "context"},
    )


def _blank_words(words: Quoted) -> Quoted:
    return Quoted(_blank(words.span), "")


def _blank(span: EvidenceSpan) -> EvidenceSpan:
    return EvidenceSpan(span.turn, 0, 0)
