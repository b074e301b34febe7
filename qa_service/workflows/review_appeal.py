"""Appeals against a verdict: filed, decided, taken to the second level; every step stands in the access log."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import uuid4

from qa_service.domain.appeal import (
    Appeal,
    AppealDecision,
    AppealPolicy,
    decide_appeal,
    escalate,
    file_appeal,
)
from qa_service.domain.closed_period import Correction
from qa_service.domain.review import Decision, Override
from qa_service.domain.role import Action, Caller
from qa_service.errors import Forbidden, InvalidInput, NotFound
from qa_service.review.appeals import contestable, in_favour
from qa_service.review.overrides import Frame, checked_value, kind_of
from qa_service.store import ConversationFilter, Store, UnitOfWork
from qa_service.workflows.review_conversation import Dossier, basis_of, dossier, known_ids, note, within_reach
from qa_service.workflows.standing import look_again, stands


@dataclass(frozen=True, slots=True)
class DecisionRequest:
    """What the decider says; `turns` or a whole `value` tell what the finding becomes when it is accepted."""

    accepted: bool
    reason: str
    turns: tuple[int, ...] = ()
    value: Mapping[str, Any] = field(default_factory=dict)


def file(
    store: Store, caller: Caller, conversation_id: str, *, finding_key: str, reason: str, policy: AppealPolicy
) -> Appeal:
    """Contest a finding that speaks against the agent."""
    if not reason.strip():
        raise InvalidInput("say why the finding is wrong (`reason`)")
    kind_of(finding_key)
    with store.unit_of_work() as work:
        desk = dossier(work, caller, conversation_id, Action.APPEAL)
        _, three = desk.judged()
        if not contestable(finding_key, three.final):
            raise InvalidInput(f"{finding_key} does not speak against the agent here; there is nothing to appeal")
        appeal = Appeal(uuid4().hex, conversation_id, finding_key, reason.strip(), caller.id, store.clock())
        filed = file_appeal(appeal, earlier=desk.appeals, verdict_at=_verdict_at(desk, finding_key), policy=policy)
        work.appeals.save(filed)
        note(work, caller, "file_appeal", f"conversation/{conversation_id}/appeal/{appeal.id}")
        return filed


def decide(store: Store, caller: Caller, appeal_id: str, wanted: DecisionRequest) -> Appeal:
    """Decide the level that waits; an accepted appeal changes the final verdict, and only that."""
    if not wanted.reason.strip():
        raise InvalidInput("say why (`reason`); the agent reads it")
    with store.unit_of_work() as work:
        appeal = _sighted(work, caller, appeal_id)
        work.conversations.lock(appeal.conversation_id)
        action = Action.DECIDE_FIRST if appeal.level == 1 else Action.DECIDE_SECOND
        desk = dossier(work, caller, appeal.conversation_id, action)
        said = AppealDecision(appeal.level, wanted.accepted, wanted.reason.strip(), caller.id, store.clock())
        decided = decide_appeal(appeal, said, reviewers=_reviewers(desk, appeal.finding_key))
        work.appeals.save(decided)
        if wanted.accepted:
            _grant(work, desk, _granted(desk, decided, wanted, said))
        note(work, caller, "decide_appeal", f"conversation/{appeal.conversation_id}/appeal/{appeal_id}")
        return decided


def take_further(store: Store, caller: Caller, appeal_id: str, *, policy: AppealPolicy) -> Appeal:
    """Take a rejected appeal to the second level."""
    with store.unit_of_work() as work:
        appeal = _sighted(work, caller, appeal_id)
        within_reach(work, caller, Action.APPEAL, appeal.conversation_id)
        further = escalate(appeal, at=store.clock(), policy=policy)
        work.appeals.save(further)
        note(work, caller, "escalate_appeal", f"conversation/{appeal.conversation_id}/appeal/{appeal_id}")
        return further


def read_appeal(store: Store, caller: Caller, appeal_id: str) -> Appeal:
    """One appeal within the caller's reach; raises NotFound outside it."""
    with store.reading() as work:
        return _sighted(work, caller, appeal_id)


def waiting_appeals(store: Store, caller: Caller) -> list[Appeal]:
    """Appeals within the caller's reach that somebody owes a decision, oldest first."""
    scope = caller.reach(Action.READ)
    with store.reading() as work:
        return work.appeals.waiting(ConversationFilter(scope=scope))


def _grant(work: UnitOfWork, desk: Dossier, granted: Override) -> None:
    """Let an accepted appeal change the final verdict; in a closed period it is booked as a correction."""
    work.reviews.add_override(granted)
    look_again(work, granted.conversation_id)
    frozen, (stored, _) = desk.frozen, desk.judged()
    if frozen is None or granted.appeal_id is None:
        return
    score = stands(work, stored).verdicts.final.score
    before = desk.corrections[-1] if desk.corrections else None
    work.periods.book(
        Correction(
            conversation_id=granted.conversation_id,
            period=frozen.period,
            appeal_id=granted.appeal_id,
            old_score=before.new_score if before else frozen.score,
            new_score=score.value if score else None,
            old_passed=before.new_passed if before else frozen.passed,
            new_passed=score.passed if score else None,
            by=granted.by,
            at=granted.at,
        )
    )


def _sighted(work: UnitOfWork, caller: Caller, appeal_id: str) -> Appeal:
    absent = NotFound(f"there is no appeal {appeal_id} within your reach")
    try:
        appeal = work.appeals.get(appeal_id)
        within_reach(work, caller, Action.READ, appeal.conversation_id)
    except (NotFound, Forbidden):
        raise absent from None
    return appeal


def _verdict_at(desk: Dossier, finding_key: str) -> datetime:
    """When the contested verdict was made: by the machine, or last by a reviewer."""
    stored, _ = desk.judged()
    moments = [stored.analysed_at, *(one.at for one in desk.overrides if one.finding_key == finding_key)]
    if desk.review and desk.review.settled_at:
        moments.append(desk.review.settled_at)
    return max(moments)


def _reviewers(desk: Dossier, finding_key: str) -> frozenset[str]:
    """Those whose verdict is contested."""
    named = {one.by for one in desk.overrides if one.finding_key == finding_key and one.appeal_id is None}
    return frozenset(named | ({desk.review.reviewer} if desk.review else set()))


def _granted(desk: Dossier, appeal: Appeal, wanted: DecisionRequest, said: AppealDecision) -> Override:
    """The override that an accepted appeal brings."""
    kind = kind_of(appeal.finding_key)
    if wanted.value:
        decision, value = Decision.CHANGE, dict(wanted.value)
    else:
        decision, value = in_favour(appeal.finding_key, list(wanted.turns))
    if kind != "need":
        value = checked_value(kind, decision, value, Frame(desk.conversation, desk.sop, known_ids()))
    return Override(
        id=uuid4().hex,
        conversation_id=appeal.conversation_id,
        finding_key=appeal.finding_key,
        decision=decision,
        reason=said.reason,
        by=said.by,
        at=said.at,
        value=value,
        appeal_id=appeal.id,
        basis=basis_of(desk, appeal.finding_key),
    )
