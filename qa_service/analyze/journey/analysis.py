"""The journeys of one customer from the analyses of his conversations; those never change."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from qa_service.analyze.journey.checks import join_checks, scored_check
from qa_service.analyze.journey.course import split_journeys, split_parts, stage_of
from qa_service.analyze.journey.joined import span_apart
from qa_service.analyze.journey.obligations import join_obligations, scored_episode
from qa_service.analyze.journey.order import join_orders
from qa_service.analyze.journey.steps import join_steps, scored_step
from qa_service.domain.analysis import Analysis
from qa_service.domain.codebook import Judgement
from qa_service.domain.finding import OrderFinding, RedLineFinding
from qa_service.domain.journey import Contact, Journey, JourneyAnalysis, JourneyPart, Seen
from qa_service.domain.score import Score, ScoredFindings, ScoreState, Veto, score
from qa_service.domain.sop import Sop

SopOf = Callable[[str, int], Sop | None]


@dataclass(frozen=True, slots=True)
class JourneyYardstick:
    """What journeys are measured with: SOPs by slug and version (None: unknown), bounds, versions of the service."""

    sop_of: SopOf
    judgement: Judgement
    most_days_apart: float
    versions: Mapping[str, str]


def analyze_journeys(
    customer_id: str,
    contacts: Sequence[Contact],
    yardstick: JourneyYardstick,
    *,
    paid_at: Sequence[datetime],
    as_of: datetime,
) -> tuple[JourneyAnalysis, ...]:
    """The journeys of a customer, oldest first, as of a time; `paid_at` are the times of his orders."""
    journeys = split_journeys(customer_id, contacts, as_of=as_of, most_days_apart=yardstick.most_days_apart)
    paid = [at for at in paid_at if at <= as_of]
    return tuple(_analysis(journey, yardstick, paid) for journey in journeys)


def _analysis(journey: Journey, yardstick: JourneyYardstick, paid_at: Sequence[datetime]) -> JourneyAnalysis:
    analyses = [one.analysis for one in journey.contacts if one.analysis]
    parts = [_part(part, yardstick) for part in split_parts(journey, paid_at)]
    return JourneyAnalysis(
        journey=journey,
        versions=dict(yardstick.versions),
        most_days_apart=yardstick.most_days_apart,
        parts=tuple(part for part in parts if part is not None),
        promises=tuple(Seen(one.conversation_id, promise) for one in analyses for promise in one.promises),
        red_lines=tuple(_red_lines(analyses)),
        complaints=tuple(Seen(one.conversation_id, one.complaint) for one in analyses if one.complaint.detected),
        refunds=tuple(Seen(one.conversation_id, one.refund) for one in analyses if one.refund.detected),
    )


def _part(part: Sequence[Contact], yardstick: JourneyYardstick) -> JourneyPart | None:
    """None where no SOP version is known any more by which a contact was judged."""
    known = [(one, sop) for one in part if (sop := _sop_of(one, yardstick))]
    if not known:
        return None
    contacts, sop = [one for one, _ in known], _with_all_red_lines([sop for _, sop in known])
    analyses = [one.analysis for one in contacts if one.analysis]
    judgement = yardstick.judgement
    whole = JourneyPart(
        sop=sop.id,
        sop_version=sop.version,
        stage=stage_of(contacts),
        contacts=tuple(one.id for one in contacts),
        score=Score(0.0, 0.0, 0.0, ScoreState.PROVISIONAL, False, None),
        steps=join_steps(sop, contacts, judgement),
        orders=join_orders(sop, contacts, judgement),
        obligations=join_obligations(sop, contacts),
        red_lines=tuple(_red_lines(analyses)),
        checks=join_checks(sop, contacts, judgement),
        doubts=tuple(Seen(one.conversation_id, doubt) for one in analyses for doubt in one.doubts),
    )
    return replace(whole, score=_score(sop, whole, contacts))


def _sop_of(contact: Contact, yardstick: JourneyYardstick) -> Sop | None:
    judged = contact.analysis
    if judged is None or judged.sop is None or judged.sop_version is None:
        return None
    return yardstick.sop_of(judged.sop, judged.sop_version)


def _with_all_red_lines(sops: Sequence[Sop]) -> Sop:
    """The version of the last contact; a red line that only an earlier version had costs what it did there."""
    lines = {line.id: line for sop in sops for line in sop.red_lines}
    return replace(sops[-1], red_lines=tuple(lines.values()))


def _red_lines(analyses: Sequence[Analysis]) -> Iterator[Seen[RedLineFinding]]:
    return (Seen(one.conversation_id, line) for one in analyses for line in one.red_lines)


def _score(sop: Sop, part: JourneyPart, contacts: Sequence[Contact]) -> Score:
    """By the formula of a single conversation; provisional while a transcript is doubtful that no person settled."""
    numbered = {one.id: number for number, one in enumerate(contacts)}
    lines = [_apart(seen, numbered[seen.conversation_id]) for seen in part.red_lines]
    findings = ScoredFindings(
        steps=[scored_step(step) for step in part.steps],
        orders=[OrderFinding(o.before, o.after, (0, 0), o.confidence, o.unsure) for o in part.orders],
        obligations=[scored_episode(episode) for episode in part.obligations],
        red_lines=lines,
        checks=[scored_check(check, numbered) for check in part.checks],
    )
    made = score(sop, findings, confirmed=_confirmed(part, contacts, lines))
    return replace(made, state=ScoreState.PROVISIONAL) if any(map(_doubtful, contacts)) else made


def _doubtful(contact: Contact) -> bool:
    judged = contact.analysis
    return bool(judged and judged.doubts and judged.score and judged.score.state is ScoreState.PROVISIONAL)


def _apart(seen: Seen[RedLineFinding], number: int) -> RedLineFinding:
    return replace(seen.finding, span=span_apart(seen.finding.span, number))


def _confirmed(part: JourneyPart, contacts: Sequence[Contact], lines: Sequence[RedLineFinding]) -> frozenset[str]:
    """What a person confirmed, as far as it makes a veto: certain findings of contacts whose veto is confirmed."""
    vetoed = {one.id for one in contacts if one.analysis and _vetoed(one.analysis)}
    pairs = zip(part.red_lines, lines, strict=True)
    keys = {line.key for seen, line in pairs if seen.conversation_id in vetoed and line.confidence == 1.0}
    for check in part.checks:
        if any(one.conversation_id in vetoed and one.finding.confidence == 1.0 for one in check.contacts):
            keys.add(f"check/{check.id}")
    return frozenset(keys)


def _vetoed(analysis: Analysis) -> bool:
    return analysis.score is not None and analysis.score.veto is Veto.CONFIRMED
