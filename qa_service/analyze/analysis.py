"""One conversation, one SOP, one release of the models: the analysis."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from models.protocols import Judge
from qa_service.analyze.doubts import DoubtBounds, find_doubts, guess_stage
from qa_service.analyze.language_judge import Case, Derive, LanguageJudge
from qa_service.analyze.needs.competitors import CompetitorWords, find_competitors
from qa_service.analyze.needs.find import find_needs
from qa_service.analyze.needs.promises import find_promises
from qa_service.analyze.reasons.grievances import find_grievance
from qa_service.analyze.red_lines.facts import with_wrong_facts
from qa_service.analyze.red_lines.find import find_red_lines
from qa_service.analyze.sop.acts import ActProbabilities, match_acts
from qa_service.analyze.sop.checks.judge import find_checks, inapplicable, reading_of
from qa_service.analyze.sop.facts import stated_facts
from qa_service.analyze.sop.follows import Follows
from qa_service.analyze.sop.obligations import find_obligations
from qa_service.analyze.sop.order import asking_turns, find_order_breaches
from qa_service.analyze.sop.steps import find_steps
from qa_service.analyze.transcript import Transcript
from qa_service.domain.analysis import Analysis
from qa_service.domain.charged import telling_charges
from qa_service.domain.codebook import Codebook, Judgement
from qa_service.domain.doubt import StageGuess, TranscriptDoubt
from qa_service.domain.finding import (
    FactFinding,
    GrievanceFinding,
    RedLineFinding,
    StepFinding,
    StepStatus,
)
from qa_service.domain.score import ScoredFindings, score
from qa_service.domain.sop import Sop

ABOUT_STAGE = frozenset(
    {TranscriptDoubt.STAGE_GUESSED, TranscriptDoubt.STAGE_UNKNOWN, TranscriptDoubt.STAGE_CONTRADICTS_SOP}
)


@dataclass(frozen=True, slots=True)
class Yardstick:
    """All that a conversation is measured with, besides its SOP; without `doubts` only one-sidedness is doubted."""

    judge: Judge
    codebook: Codebook
    competitors: CompetitorWords
    doubts: DoubtBounds | None = None


def analyze(
    read: Transcript,
    sop: Sop | None,
    yardstick: Yardstick,
    *,
    versions: Mapping[str, str],
    second: LanguageJudge | None = None,
    doubts: Sequence[str] = (),
) -> Analysis:
    """Judge a conversation; without an SOP there are no steps and no score. `second` decides what stays unsure,
    `doubts` are those about the choice of the SOP.
    """
    judge, judgement = yardstick.judge, yardstick.codebook.judgement
    acts = match_acts(read, sop, judge.acts) if sop else None
    needs, facts = find_needs(read, judge=judge, judgement=judgement), _facts(read, sop, judgement)
    derive = _derive(read, sop, acts, facts=facts, questions=asking_turns(needs), judgement=judgement)
    steps = find_steps(read, sop, acts, matcher=judge.acts, judgement=judgement) if sop and acts else ()
    follows = derive(steps)
    red_lines = _red_lines(read, sop, acts, yardstick, facts=facts, follows=follows)
    doubts = (*find_doubts(read, sop, yardstick.doubts), *doubts)
    found = ScoredFindings(follows.steps, follows.orders, follows.obligations, red_lines, follows.checks)
    analysis = Analysis(
        conversation_id=read.conversation.id,
        sop=sop.id if sop else None,
        sop_version=sop.version if sop else None,
        versions=dict(versions),
        score=score(sop, found, doubtful=bool(doubts)) if sop else None,
        steps=follows.steps,
        orders=follows.orders,
        obligations=follows.obligations,
        red_lines=red_lines,
        complaint=_grievance(read, "complaint", yardstick),
        refund=_grievance(read, "refund", yardstick),
        needs=needs,
        promises=find_promises(read, judge=judge, judgement=judgement),
        competitors=find_competitors(read, rules=yardstick.competitors, judgement=judgement),
        doubts=doubts,
        checks=follows.checks,
        facts=facts,
        stage=_stage(read, doubts, yardstick.doubts),
    )
    made = second.decide(Case(read, sop, yardstick.codebook, analysis, derive)) if second else analysis
    return telling_charges(made, sop) if sop else made


def _red_lines(
    read: Transcript,
    sop: Sop | None,
    acts: ActProbabilities | None,
    yardstick: Yardstick,
    *,
    facts: tuple[FactFinding, ...],
    follows: Follows,
) -> tuple[RedLineFinding, ...]:
    """Those that were crossed and apply here, wrong statements of facts among them."""
    found = find_red_lines(read, sop, acts, judge=yardstick.judge, codebook=yardstick.codebook)
    found = with_wrong_facts(found, sop, facts, yardstick.codebook.judgement)
    return tuple(line for line in found if line.id not in follows.inapplicable.red_lines)


def _facts(read: Transcript, sop: Sop | None, judgement: Judgement) -> tuple[FactFinding, ...]:
    return stated_facts(read, sop.fact_values, judgement) if sop else ()


def _grievance(read: Transcript, kind: str, yardstick: Yardstick) -> GrievanceFinding:
    codebook = yardstick.codebook
    own = codebook.taxonomy.reasons(kind)
    return find_grievance(read, kind, judge=yardstick.judge, judgement=codebook.judgement, own=own)


def _derive(
    read: Transcript,
    sop: Sop | None,
    acts: ActProbabilities | None,
    *,
    facts: tuple[FactFinding, ...],
    questions: frozenset[int],
    judgement: Judgement,
) -> Derive:
    """What turns the steps of this conversation into all that follows from them."""

    def derive(steps: Sequence[StepFinding]) -> Follows:
        if not sop or not acts:
            return Follows()
        reading = reading_of(read, sop, acts, steps, facts=facts)
        out = inapplicable(sop, reading)
        if out.steps:
            steps = tuple(_closed(step) if step.id in out.steps else step for step in steps)
            reading = reading.with_steps(steps)
        obligations = find_obligations(read, sop, acts, steps=steps, judgement=judgement)
        return Follows(
            steps=tuple(steps),
            orders=find_order_breaches(read, sop, steps, questions=questions, judgement=judgement),
            obligations=tuple(episode for episode in obligations if episode.id not in out.obligations),
            checks=find_checks(sop, reading, judgement, out),
            inapplicable=out,
        )

    return derive


def _closed(step: StepFinding) -> StepFinding:
    """A step of a branch that does not apply here."""
    return StepFinding(step.id, StepStatus.NOT_APPLICABLE, (), confidence=1.0, p_done=0.0)


def _stage(read: Transcript, doubts: Sequence[str], bounds: DoubtBounds | None) -> StageGuess | None:
    """The guess behind a doubt about the stage; where the stage is given, there is none."""
    if bounds is None or read.conversation.stage is not None or not ABOUT_STAGE & set(doubts):
        return None
    return guess_stage(read.conversation, bounds)
