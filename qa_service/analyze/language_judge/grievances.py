"""Complaint and refund request before the judge, with their reasons."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from qa_service.analyze.language_judge.case import Case
from qa_service.analyze.language_judge.claims import UNMEASURED, claim, claim_of_addition
from qa_service.analyze.language_judge.items import Decisions, Item, Option
from qa_service.domain.finding import LANGUAGE_MODEL, GrievanceFinding, ReasonFinding, RemovedFinding
from qa_service.domain.reason import Reason

DETECTED, NOT_DETECTED, STATED, NOT_STATED = "detected", "not_detected", "stated", "not_stated"


def grievance_items(case: Case, finding: GrievanceFinding) -> Iterator[Item]:
    """Whether there is one, and why: all reasons of the codebook where the whole is asked, else those in doubt."""
    somewhere = Option(case.customer)
    asked = case.asks(finding)
    if asked:
        yield Item(finding.key, {}, {DETECTED: somewhere, NOT_DETECTED: somewhere})
    found = {reason.id: reason for reason in finding.reasons}
    for reason in _reasons(case, finding.kind).values():
        known = found.get(reason.id)
        if known and (asked or case.asks(known)):
            yield Item(_key(finding, reason.id), {"title": reason.title}, {STATED: somewhere, NOT_STATED: somewhere})
        elif asked:
            yield Item(_key(finding, reason.id), {"title": reason.title}, {STATED: somewhere})


def judged_grievance(
    case: Case, finding: GrievanceFinding, decisions: Decisions
) -> tuple[GrievanceFinding, list[RemovedFinding]]:
    """A grievance with what the judge decided in it, and the reasons it struck out."""
    decision = decisions.get(finding.key)
    after = finding
    if decision:
        detected = decision.verdict == DETECTED
        fields = claim(finding, agrees=detected is finding.detected)
        turns = tuple(sorted(decision.turns)) if detected else ()
        after = replace(finding, detected=detected, turns=turns, **fields)
    if not after.detected:
        return replace(after, reasons=()), []
    reasons, removed = _judged_reasons(case, finding, decisions)
    return replace(after, reasons=reasons), removed


def _judged_reasons(
    case: Case, finding: GrievanceFinding, decisions: Decisions
) -> tuple[tuple[ReasonFinding, ...], list[RemovedFinding]]:
    """In the order of the codebook, as the models give them."""
    found = {reason.id: reason for reason in finding.reasons}
    kept: list[ReasonFinding] = []
    removed: list[RemovedFinding] = []
    for reason_id in _reasons(case, finding.kind):
        known, decision = found.get(reason_id), decisions.get(_key(finding, reason_id))
        if decision is None:
            kept += [known] if known else []
            continue
        turns = tuple(sorted(decision.turns))
        if decision.verdict == NOT_STATED and known and known.unsure:
            removed.append(RemovedFinding(_key(finding, reason_id), turns, LANGUAGE_MODEL))
        elif decision.verdict == NOT_STATED and known:
            kept.append(replace(known, confidence=min(known.confidence, UNMEASURED), unsure=True))
        elif known:
            kept.append(replace(known, turns=turns, **claim(known, agrees=True)))
        else:
            # Where the models were unsure of the whole, they were not sure that this reason is absent.
            kept.append(ReasonFinding(reason_id, turns, **claim_of_addition(unsure=not finding.unsure)))
    return tuple(kept), removed


def _reasons(case: Case, kind: str) -> Mapping[str, Reason]:
    return case.codebook.complaint_reasons if kind == "complaint" else case.codebook.refund_reasons


def _key(finding: GrievanceFinding, reason_id: str) -> str:
    return f"{finding.key}/{reason_id}"
