"""Coaching from the store: reports of agents and teams, talks that were held, wordings that may be used."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

from qa_service.domain.coaching import ApprovedWording, CoachingTalk
from qa_service.domain.period import ALWAYS, Period, local_day
from qa_service.domain.role import Action, Caller, Role, Scope
from qa_service.errors import Forbidden, InvalidInput, NotFound
from qa_service.store import ConversationFilter, Store, UnitOfWork
from qa_service.workflows.coaching_effects import helping
from qa_service.workflows.compute_effects import EffectsQuestion
from qa_service.workflows.load_insight import load_insight
from qa_service.workflows.read_stored import StoredVerdicts
from qa_service.workflows.review_conversation import note
from qa_service.workflows.sops_in_force import published_sops
from qa_service.workflows.write_coaching import CoachingBackground, coach_agent, coach_team, coached_points

Body = dict[str, Any]


@dataclass(frozen=True, slots=True)
class TalkRequest:
    """With whom, on which day (default: today), over which period's report, with which note."""

    agent_id: str
    period: Period = ALWAYS
    on: date | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class WordingRequest:
    """What customers say, and what to answer; `product` None for all."""

    objection: str
    text: str
    product: str | None = None


def read_coaching(store: Store, caller: Caller, agent_id: str, period: Period) -> Body:
    """The coaching report of an agent; colleagues are compared with as far as the caller may see them."""
    scope = caller.reach(Action.COACHING_REPORT)
    with store.reading() as work:
        _refuse_unknown(work, scope, agent_id)
        sops, events = published_sops(work), list(work.outcomes.stream())
    judged = StoredVerdicts(store, _days(scope, period))
    # What helps is told by everybody's conversations; only numbers of it are shown.
    recent = StoredVerdicts(store, _recent(store, period))
    helpful = helping(recent, EffectsQuestion((), sops, events, zone=store.zone))
    known = replace(background_of(store, agent_id, period), helpful=helpful)
    return coach_agent(judged, agent_id, period=period, sops=sops, zone=store.zone, background=known)


def read_team(store: Store, caller: Caller, team: str, period: Period) -> Body:
    """The table of a team, as far as the caller may see it; for an agent, who reads the own report, there is none."""
    scope = caller.reach(Action.COACHING_REPORT)
    absent = NotFound(f"there is no team {team} with analysed conversations there within your reach")
    if scope.agent_id is not None:
        raise absent
    with store.reading() as work:
        sops = published_sops(work)
    judged = StoredVerdicts(store, _days(scope, period, team=team))
    try:
        return coach_team(judged, team, period=period, sops=sops, zone=store.zone)
    except NotFound:
        raise absent from None


def background_of(store: Store, agent_id: str, period: Period) -> CoachingBackground:
    """What was coached before the period's end, and the wordings that are approved."""
    last = period.last or local_day(store.clock(), store.zone)
    with store.reading() as work:
        talks = [talk for talk in work.coaching_talks.talks(agent_id) if talk.on < last]
        approved = work.coaching_talks.wordings(approved=True)
    return CoachingBackground(coached=talks[0].points if talks else (), approved=approved)


def hold_talk(store: Store, caller: Caller, wanted: TalkRequest) -> CoachingTalk:
    """Record that an agent was coached on what the report of a period says matters most."""
    scope = caller.reach(Action.WRITE_COACHING)
    with store.reading() as work:
        _refuse_unknown(work, scope, wanted.agent_id)
    document = read_coaching(store, caller, wanted.agent_id, wanted.period)
    day = wanted.on or local_day(store.clock(), store.zone)
    points = tuple(coached_points(document, on=day))
    talk = CoachingTalk(uuid4().hex, wanted.agent_id, day, points, wanted.note.strip(), caller.id)
    with store.unit_of_work() as work:
        held = work.coaching_talks.add_talk(talk)
        note(work, caller, "hold_coaching_talk", f"agent/{wanted.agent_id}/talk/{held.id}")
        return held


def read_talks(store: Store, caller: Caller, agent_id: str) -> list[CoachingTalk]:
    """The talks with an agent within the caller's reach, latest first."""
    scope = caller.reach(Action.READ_COACHING)
    with store.reading() as work:
        _refuse_unknown(work, scope, agent_id)
        return work.coaching_talks.talks(agent_id)


def propose_wording(store: Store, caller: Caller, wanted: WordingRequest) -> ApprovedWording:
    """Propose a wording; nobody is shown it before it is approved."""
    caller.reach(Action.WRITE_COACHING)
    if not wanted.objection.strip() or not wanted.text.strip():
        raise InvalidInput("say what customers ask (`objection`) and what to answer (`text`)")
    words = (wanted.objection.strip(), wanted.text.strip(), wanted.product)
    with store.unit_of_work() as work:
        made = work.coaching_talks.add_wording(ApprovedWording(uuid4().hex, *words, caller.id))
        note(work, caller, "propose_wording", f"wording/{made.id}")
        return made


def approve_wording(store: Store, caller: Caller, wording_id: str) -> ApprovedWording:
    """Approve a wording for everybody: by whoever coaches everywhere, and not by who proposed it, but for a QA lead."""
    whole = caller.reach(Action.WRITE_COACHING).whole
    with store.unit_of_work() as work:
        wording = work.coaching_talks.wording(wording_id)
        if not whole:
            raise Forbidden("wordings hold for everybody; a QA lead, QA or trainer approves them")
        if wording.proposed_by == caller.id and caller.role is not Role.QA_LEAD:
            raise Forbidden("somebody else approves a wording than who proposed it")
        approved = work.coaching_talks.approve_wording(wording_id, caller.id)
        note(work, caller, "approve_wording", f"wording/{wording_id}")
        return approved


def withdraw_wording(store: Store, caller: Caller, wording_id: str) -> None:
    """Take a wording back: who proposed it while it is not approved, else whoever may approve."""
    whole = caller.reach(Action.WRITE_COACHING).whole
    with store.unit_of_work() as work:
        wording = work.coaching_talks.wording(wording_id)
        if not whole and (wording.approved_by or wording.proposed_by != caller.id):
            raise Forbidden("a QA lead, QA or trainer withdraws wordings that are approved or not yours")
        work.coaching_talks.remove_wording(wording_id)
        note(work, caller, "withdraw_wording", f"wording/{wording_id}")


def read_wordings(store: Store, caller: Caller) -> Sequence[ApprovedWording]:
    """Wordings: all of them for whoever may propose, for others those that are approved."""
    caller.reach(Action.READ_COACHING)
    with store.reading() as work:
        return work.coaching_talks.wordings(approved=None if caller.may(Action.WRITE_COACHING) else True)


def _refuse_unknown(work: UnitOfWork, scope: Scope, agent_id: str) -> None:
    if not work.conversations.count(ConversationFilter(scope=scope, agent=agent_id)):
        raise NotFound(f"there is no agent {agent_id} with conversations within your reach")


def _days(scope: Scope, period: Period, *, team: str | None = None) -> ConversationFilter:
    return ConversationFilter(scope=scope, day_from=period.first, day_to=period.last, team=team)


def _recent(store: Store, period: Period) -> ConversationFilter:
    last = period.last or local_day(store.clock(), store.zone)
    first = last - timedelta(days=load_insight().coaching.effect_days)
    return ConversationFilter(day_from=first, day_to=last)
