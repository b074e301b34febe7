"""Checks over the contacts of a part: what must hold once, what must hold in each, what must not be in any."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from qa_service.analyze.journey.joined import Joined, every, span_apart, surest
from qa_service.domain.check import Check
from qa_service.domain.codebook import Judgement
from qa_service.domain.finding import CheckFinding, CheckVerdict
from qa_service.domain.journey import Contact, JourneyCheck, Seen
from qa_service.domain.part_scope import PartScope
from qa_service.domain.sop import Sop


def join_checks(sop: Sop, part: Sequence[Contact], judgement: Judgement) -> tuple[JourneyCheck, ...]:
    """One for each check of the SOP that was judged in any contact, in its order."""
    found = []
    for check in sop.checks:
        seen = [Seen(one.id, c) for one in part if one.analysis for c in one.analysis.checks if c.id == check.id]
        found += [_check(check, seen, judgement)] if seen else []
    return tuple(found)


def scored_check(check: JourneyCheck, numbered: Mapping[str, int]) -> CheckFinding:
    """The check as one finding, for the score; each place counts, whatever contact it is in (numbered by id)."""
    shown = next(one.finding for one in check.contacts)
    return replace(
        shown,
        verdict=check.verdict,
        confidence=check.confidence,
        unsure=check.unsure,
        places=tuple(
            replace(one.finding, span=span_apart(one.finding.span, numbered[one.conversation_id]))
            for one in check.places
        ),
    )


def _check(check: Check, seen: Sequence[Seen[CheckFinding]], judgement: Judgement) -> JourneyCheck:
    owed = [one for one in seen if one.finding.verdict is not CheckVerdict.NOT_APPLICABLE]
    settles = CheckVerdict.PASSED if check.scope is PartScope.JOURNEY else CheckVerdict.FAILED
    settling = [one for one in owed if one.finding.verdict is settles]
    joined: Joined[CheckFinding]
    if settling:
        joined, verdict = surest(settling), settles
    else:
        joined = every(owed or seen, kind="check", judgement=judgement)
        verdict = joined.shown.finding.verdict
    showing = [one for one in settling if one.finding.unsure is joined.unsure] or [joined.shown]
    places = [Seen(one.conversation_id, place) for one in showing for place in one.finding.places]
    return JourneyCheck(check.id, check.scope, verdict, joined.confidence, joined.unsure, tuple(places), tuple(seen))
