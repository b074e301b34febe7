"""What is counted of one conversation: the same things whether it comes from a file or goes into the store."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import tzinfo
from hashlib import blake2b

from qa_service.aggregate.renamed import counted_as
from qa_service.domain.analysis import Analysis
from qa_service.domain.finding import GrievanceFinding, NeedFinding
from qa_service.domain.judged import JudgedConversation
from qa_service.domain.period import iso_week, local_day
from qa_service.domain.quote import Quote
from qa_service.domain.reason import Reason
from qa_service.domain.score import ScoreState
from qa_service.domain.taxonomy import NO_TAXONOMY, Taxonomy
from qa_service.domain.topic import ASKING, OPEN
from qa_service.domain.weekly import ASKED, SETTLED, HeardConversation, Occurrence, Stratum, What


def heard(
    pair: JudgedConversation,
    zone: tzinfo,
    *,
    taxonomy: Taxonomy = NO_TAXONOMY,
    reasons: Mapping[str, Reason] | None = None,
) -> HeardConversation | None:
    """A conversation as it is counted, under the names of today; None where nobody knows when it was.

    `reasons` of complaints tell the departments that are responsible.
    """
    started = pair.conversation.started_at
    if started is None:
        return None
    best: dict[What, Occurrence] = {}
    for found in () if pair.analysis.misheard else _occurrences(pair.analysis, reasons or {}):
        for what in counted_as(found.what, taxonomy):
            before = best.get(what)
            if before is None or found.confidence > before.confidence:
                best[what] = Occurrence(what, found.confidence, found.turn)
    return HeardConversation(
        conversation_id=pair.id,
        week=iso_week(local_day(started, zone)),
        stratum=stratum_of(pair),
        customer_key=pair.customer_key,
        bases=frozenset(_bases(pair.analysis)),
        occurrences=tuple(best[what] for what in sorted(best)),
        misheard=pair.analysis.misheard,
        at=started,
        bought=pair.conversation.outcome.converted,
        refunded=pair.conversation.outcome.refunded,
        spread=spread(pair.id),
    )


def spread(conversation_id: str) -> int:
    """A place in an order that has nothing to do with the conversations."""
    digest = blake2b(conversation_id.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest) >> 1


def stratum_of(pair: JudgedConversation) -> Stratum:
    """Who sold what, how, by which version of which SOP."""
    conversation, analysis = pair.conversation, pair.analysis
    version = f"{analysis.sop}@{analysis.sop_version}" if analysis.sop else ""
    agent = conversation.agent
    return Stratum(
        agent.id or "", agent.team or "", conversation.product or "", str(conversation.channel or ""), version
    )


def quotes_of(pair: JudgedConversation) -> Iterator[tuple[What, float, Quote]]:
    """Words that show what happened: of reasons, red lines and competitors."""
    analysis = pair.analysis
    for finding in (analysis.complaint, analysis.refund):
        yield from _grievance_quotes(pair, finding)
    for line in () if analysis.doubtful else analysis.red_lines:
        yield ("red_line", line.id), line.confidence, Quote(pair.id, line.span.turn, line.quote)
    for competitor in analysis.competitors:
        turn = competitor.span.turn
        yield ("competitor", competitor.quote), competitor.confidence, Quote(pair.id, turn, pair.text_of(turn))


def _bases(analysis: Analysis) -> Iterator[str]:
    if analysis.misheard:
        return
    if analysis.score is not None and analysis.score.state is ScoreState.SETTLED:
        yield SETTLED
    if any(_asked(analysis)):
        yield ASKED


def _asked(analysis: Analysis) -> Sequence[NeedFinding]:
    return [need for need in analysis.needs if need.kind in ASKING and need.handled is not None]


def _occurrences(analysis: Analysis, reasons: Mapping[str, Reason]) -> Iterator[Occurrence]:
    yield from _grievances(analysis, reasons)
    for line in () if analysis.doubtful else analysis.red_lines:
        yield Occurrence(("red_line",), line.confidence, line.span.turn)
        yield Occurrence(("red_line", line.id), line.confidence, line.span.turn)
    for promise in analysis.promises:
        yield Occurrence(("promise", promise.kind), promise.confidence, promise.span.turn)
    for competitor in analysis.competitors:
        for what in (("competitor",), ("competitor", competitor.quote), ("stance", competitor.stance)):
            yield Occurrence(what, competitor.confidence, competitor.span.turn)
    left = [need for need in _asked(analysis) if need.handled in OPEN]
    if left:
        yield Occurrence(("unanswered",), 1.0, left[0].span.turn)
    if analysis.score is not None and analysis.score.state is ScoreState.SETTLED and analysis.score.passed:
        yield Occurrence(("passed",))


def _grievances(analysis: Analysis, reasons: Mapping[str, Reason]) -> Iterator[Occurrence]:
    for finding in (analysis.complaint, analysis.refund):
        if not finding.detected:
            continue
        yield Occurrence((finding.kind,), finding.confidence, min(finding.turns, default=None))
        for reason in finding.reasons:
            turn = min(reason.turns or finding.turns, default=None)
            yield Occurrence((f"{finding.kind}_reason", reason.id), reason.confidence, turn)
            known = reasons.get(reason.id) if finding.kind == "complaint" else None
            for department in known.departments if known else ():
                yield Occurrence(("department", department), reason.confidence, turn)


def _grievance_quotes(pair: JudgedConversation, finding: GrievanceFinding) -> Iterator[tuple[What, float, Quote]]:
    for reason in finding.reasons if finding.detected else ():
        turn = min(reason.turns or finding.turns, default=None)
        if turn is not None:
            yield (f"{finding.kind}_reason", reason.id), reason.confidence, Quote(pair.id, turn, pair.text_of(turn))
