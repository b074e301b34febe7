"""What stands for one conversation: the analysis that counts, with people's decisions carried over to it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from qa_service.domain.analysis import Analysis
from qa_service.domain.closed_period import Correction, FrozenScore
from qa_service.domain.review import Override, Review, ReviewState
from qa_service.domain.sop import Sop, with_red_lines
from qa_service.errors import NotFound, QaError
from qa_service.review.carry import Contradiction, Settlement, stood_behind
from qa_service.review.final import Verdicts, verdicts
from qa_service.rulebook import default_sops, parse_sop
from qa_service.store import Numbered, StoredAnalysis, UnitOfWork
from qa_service.workflows.load_codebook import load_codebook


@dataclass(frozen=True, slots=True)
class Standing:
    """The three verdicts under the SOP of the analysis; `settled`: a person stands behind this very analysis."""

    verdicts: Verdicts
    sop: Sop | None
    settled: bool


def standing(
    work: UnitOfWork, stored: StoredAnalysis, *, review: Review | None, overrides: Sequence[Override]
) -> Standing:
    """The verdicts on an analysis after all that was decided, be it about this analysis or an earlier one."""
    machine = stored.analysis
    sop = sop_of(work, machine.sop, machine.sop_version)
    settled = review is not None and review.state is ReviewState.SETTLED and review.settled_on in (None, stored.id)
    settlement = None if settled else settlement_of(work, review)
    if settlement is not None:
        overrides = stood_behind(settlement, overrides, now=machine, sop=sop)
    seen = settlement.machine.doubts if settlement else ()
    return Standing(verdicts(machine, overrides, sop=sop, settled=settled, seen=seen), sop, settled)


def stands(work: UnitOfWork, stored: StoredAnalysis) -> Standing:
    """The same, with what people decided read from the store."""
    conversation_id = stored.analysis.conversation_id
    review, overrides = work.reviews.find(conversation_id), work.reviews.overrides(conversation_id)
    return standing(work, stored, review=review, overrides=overrides)


def settlement_of(work: UnitOfWork, review: Review | None) -> Settlement | None:
    """What a reviewer stood behind last, None where none ever did."""
    if review is None or review.settled_on is None or review.settled_at is None:
        return None
    machine = work.analyses.by_id(review.settled_on).analysis
    return Settlement(machine, sop_of(work, machine.sop, machine.sop_version), review.reviewer, review.settled_at)


def sop_of(work: UnitOfWork, slug: str | None, version: int | None) -> Sop | None:
    """The SOP version that an analysis was made under, as stored, else as shipped; with the taxonomy's red lines."""
    if slug is None or version is None:
        return None
    everywhere = load_codebook().taxonomy.red_lines
    try:
        return with_red_lines(_parsed(work.sops.get(slug, version).yaml, f"{slug} v{version}"), everywhere)
    except NotFound:
        shipped = [sop for sop in default_sops() if (sop.id, sop.version) == (slug, version)]
        return with_red_lines(shipped[0], everywhere) if shipped else None


@lru_cache(maxsize=64)
def _parsed(yaml: str, name: str) -> Sop:
    return parse_sop(yaml, name)


def keep_analysis(work: UnitOfWork, one: Numbered, outcome: Analysis | QaError, sop_digest: str | None) -> int | None:
    """Store what became of an analysis; one that contradicts people's decisions goes back to the queue.

    Returns its id; None when it failed, or when the conversation was deleted or changed meanwhile.
    """
    if isinstance(outcome, QaError):
        work.analyses.add_problem(one.number, outcome.code, outcome.detail)
        return None
    analysis_id = work.analyses.add(outcome, number=one.number, turns_digest=one.digest, sop_digest=sop_digest)
    if analysis_id is not None:
        look_again(work, one.conversation.id)
    return analysis_id


def look_again(work: UnitOfWork, conversation_id: str) -> None:
    """Put the conversation into the queue where its analysis contradicts decisions, or take it out."""
    review, overrides = work.reviews.find(conversation_id), work.reviews.overrides(conversation_id)
    # Most conversations: nobody has decided anything that could be contradicted.
    stored = work.analyses.find(conversation_id) if review or overrides else None
    if stored is None:
        return
    found = standing(work, stored, review=review, overrides=overrides).verdicts.contradictions
    work.reviews.ask_again(conversation_id, stored.id, [_to_json(one) for one in found])


def _to_json(one: Contradiction) -> dict[str, Any]:
    told = {name: getattr(one, name) for name in ("key", "person", "machine", "by")}
    return told | {"at": one.at.isoformat()}


def at_closing(overrides: Sequence[Override], corrections: Sequence[Correction]) -> list[Override]:
    """The decisions that a frozen score holds: all but those of appeals won since."""
    later = {correction.appeal_id for correction in corrections}
    return [override for override in overrides if override.appeal_id not in later]


def frozen_final(work: UnitOfWork, stored: StoredAnalysis, frozen: FrozenScore) -> Analysis:
    """The final verdict as it was when the period was closed."""
    conversation_id = stored.analysis.conversation_id
    corrections = work.periods.corrections(conversation_id=conversation_id)
    overrides = at_closing(work.reviews.overrides(conversation_id), corrections)
    review = work.reviews.find(conversation_id)
    final = standing(work, stored, review=review, overrides=overrides).verdicts.final
    return replace(final, score=frozen.as_score())
