"""One conversation on a reviewer's desk: everything that was claimed and said about it, and what a reviewer does."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import uuid4

from qa_service.domain.analysis import Analysis
from qa_service.domain.appeal import Appeal
from qa_service.domain.closed_period import Correction, FrozenScore
from qa_service.domain.conversation import Conversation
from qa_service.domain.review import Basis, Comment, Decision, Override, Review, ReviewState
from qa_service.domain.role import AccessEntry, Action, Caller, Role
from qa_service.domain.sop import Sop
from qa_service.errors import Conflict, Forbidden, InvalidInput, NotFound
from qa_service.review.bodies import finding_bodies
from qa_service.review.final import Verdicts, finding_keys, key_of, overridden
from qa_service.review.gold import labelled
from qa_service.review.overrides import Frame, KnownIds, checked_value, kind_of
from qa_service.review.sampling import doubts
from qa_service.store import (
    AnalysisProblem,
    Change,
    ConversationFilter,
    ListedConversation,
    Page,
    Store,
    StoredAnalysis,
    UnitOfWork,
)
from qa_service.workflows.load_codebook import load_codebook
from qa_service.workflows.standing import Standing, look_again, settlement_of, standing


@dataclass(frozen=True, slots=True)
class Dossier:
    """Everything about one conversation; `verdicts` is None until it is analysed.

    `settled`: a reviewer stands behind the verdict. `frozen` is the score of its closed period, `corrections` those
    that appeals have booked since.
    """

    listed: ListedConversation
    conversation: Conversation
    stored: StoredAnalysis | None
    problem: AnalysisProblem | None
    sop: Sop | None
    review: Review | None
    overrides: tuple[Override, ...]
    comments: tuple[Comment, ...]
    appeals: tuple[Appeal, ...]
    verdicts: Verdicts | None
    settled: bool
    frozen: FrozenScore | None
    corrections: tuple[Correction, ...]

    def judged(self) -> tuple[StoredAnalysis, Verdicts]:
        """The machine's analysis and the three verdicts; raises Conflict while there are none."""
        if self.stored is None or self.verdicts is None:
            raise Conflict(f"conversation {self.listed.id} is not analysed yet; wait for its analysis")
        return self.stored, self.verdicts


@dataclass(frozen=True, slots=True)
class OverrideRequest:
    """What a reviewer wants: a key of a finding that is there, or the kind of one to add."""

    decision: Decision
    finding_key: str | None = None
    kind: str | None = None
    value: Mapping[str, Any] = field(default_factory=dict)
    reason: str = ""


def open_dossier(store: Store, caller: Caller, conversation_id: str) -> Dossier:
    """Everything about a conversation within the caller's reach; raises NotFound outside it."""
    with store.reading() as work:
        return dossier(work, caller, conversation_id)


def dossier(work: UnitOfWork, caller: Caller, conversation_id: str, action: Action = Action.READ) -> Dossier:
    """The same inside a transaction, for an action that the caller must be allowed there."""
    listed = within_reach(work, caller, action, conversation_id)
    stored = work.analyses.find(conversation_id)
    review = work.reviews.find(conversation_id)
    overrides = tuple(work.reviews.overrides(conversation_id))
    stands = standing(work, stored, review=review, overrides=overrides) if stored else None
    frozen = work.periods.find(conversation_id)
    return Dossier(
        listed=listed,
        conversation=work.conversations.get(conversation_id),
        stored=stored,
        problem=work.analyses.problem(conversation_id),
        sop=stands.sop if stands else None,
        review=review,
        overrides=overrides,
        comments=tuple(work.reviews.comments(conversation_id)),
        appeals=tuple(work.appeals.of_conversation(conversation_id)),
        verdicts=stands.verdicts if stands else None,
        settled=_settled(review, stands),
        frozen=frozen,
        corrections=tuple(work.periods.corrections(conversation_id=conversation_id)) if frozen else (),
    )


def _settled(review: Review | None, stands: Standing | None) -> bool:
    return stands.settled if stands else review is not None and review.state is ReviewState.SETTLED


def within_reach(work: UnitOfWork, caller: Caller, action: Action, conversation_id: str) -> ListedConversation:
    """The conversation, if the caller may do this with it: Forbidden by role, NotFound when out of sight."""
    allowed = caller.reach(action)
    absent = NotFound(f"there is no conversation {conversation_id} within your reach")
    try:
        listed = work.conversations.listed(conversation_id)
    except NotFound:
        raise absent from None
    if not caller.reach(Action.READ).holds(listed.org, listed.agent_id):
        raise absent
    if not allowed.holds(listed.org, listed.agent_id):
        raise Forbidden(f"the role {caller.role.value} may not {action.value} here")
    return listed


def override_finding(store: Store, caller: Caller, conversation_id: str, wanted: OverrideRequest) -> Override:
    """Confirm, change, strike out or add a finding; opens the review when nobody has."""
    with store.unit_of_work() as work:
        work.conversations.lock(conversation_id)
        desk = dossier(work, caller, conversation_id, Action.OVERRIDE)
        _, three = desk.judged()
        _take_desk(work, desk, caller, store)
        key, value = _checked(desk, wanted, finding_keys(three.final) | finding_keys(three.machine))
        override = Override(
            id=uuid4().hex,
            conversation_id=conversation_id,
            finding_key=key,
            decision=wanted.decision,
            reason=wanted.reason,
            by=caller.id,
            at=store.clock(),
            value=value,
            basis=basis_of(desk, key),
        )
        work.reviews.add_override(override)
        look_again(work, conversation_id)
        note(work, caller, "override", f"conversation/{conversation_id}/{key}")
        return override


def comment_on(
    store: Store, caller: Caller, conversation_id: str, text: str, *, finding_key: str | None = None
) -> Comment:
    """Say something about a conversation, or about one finding of it."""
    if not text.strip():
        raise InvalidInput("the comment is empty; write something")
    if finding_key is not None:
        kind_of(finding_key)
    with store.unit_of_work() as work:
        within_reach(work, caller, Action.COMMENT, conversation_id)
        comment = Comment(uuid4().hex, conversation_id, text.strip(), caller.id, store.clock(), finding_key)
        work.reviews.add_comment(comment)
        note(work, caller, "comment", f"conversation/{conversation_id}")
        return comment


def settle_review(store: Store, caller: Caller, conversation_id: str) -> Review:
    """Stand behind every finding of a conversation; each doubt and each veto must have been decided one by one."""
    with store.unit_of_work() as work:
        work.conversations.lock(conversation_id)
        desk = dossier(work, caller, conversation_id, Action.OVERRIDE)
        stored, three = desk.judged()
        review = _take_desk(work, desk, caller, store)
        waiting = doubts(three.final)
        if three.final.score and three.final.score.veto == "proposed":
            waiting += [line.key for line in three.final.red_lines if line.key not in waiting]
        if waiting:
            raise Conflict(f"{len(waiting)} findings wait for a person; decide them first: {', '.join(waiting)}")
        settled = replace(review, state=ReviewState.SETTLED, settled_at=store.clock(), settled_on=stored.id)
        work.reviews.save(settled)
        look_again(work, conversation_id)
        note(work, caller, "settle_review", f"conversation/{conversation_id}")
        return settled


def review_queue(
    store: Store, caller: Caller, wanted: ConversationFilter, *, limit: int = 50
) -> list[ListedConversation]:
    """Analysed conversations that nobody has reviewed, or whose review a new analysis contradicts, the most pressing
    first.
    """
    scope = caller.reach(Action.OVERRIDE)
    with store.reading() as work:
        ids = work.reviews.waiting(replace(wanted, scope=scope), limit=limit)
        return [work.conversations.listed(one) for one in ids]


def list_conversations(
    store: Store, caller: Caller, wanted: ConversationFilter, *, limit: int = 50, cursor: str | None = None
) -> Page[ListedConversation]:
    """Conversations within the caller's reach, newest first."""
    scope = caller.reach(Action.READ)
    with store.reading() as work:
        return work.conversations.page(replace(wanted, scope=scope), limit=limit, cursor=cursor)


def conversations_named(store: Store, caller: Caller, ids: Iterable[str]) -> list[ListedConversation]:
    """The list lines of some conversations; those out of the caller's sight are left out."""
    scope = caller.reach(Action.READ)
    with store.reading() as work:
        lines = [work.conversations.listed(one) for one in ids]
    return [line for line in lines if scope.holds(line.org, line.agent_id)]


@dataclass(frozen=True, slots=True)
class History:
    """What happened to a conversation: its updates, and every analysis of it, oldest first."""

    changes: tuple[Change, ...]
    analyses: tuple[StoredAnalysis, ...]


def read_history(store: Store, caller: Caller, conversation_id: str) -> History:
    """The past of a conversation within the caller's reach."""
    with store.reading() as work:
        within_reach(work, caller, Action.READ, conversation_id)
        changes, analyses = work.conversations.history(conversation_id), work.analyses.history(conversation_id)
        return History(tuple(changes), tuple(analyses))


def read_analysis(store: Store, caller: Caller, analysis_id: int) -> StoredAnalysis:
    """One analysis by its id, if its conversation is within the caller's reach."""
    absent = NotFound(f"there is no analysis {analysis_id} within your reach")
    with store.reading() as work:
        try:
            stored = work.analyses.by_id(analysis_id)
            within_reach(work, caller, Action.READ, stored.analysis.conversation_id)
        except NotFound:
            raise absent from None
        return stored


def read_original(store: Store, caller: Caller, conversation_id: str, *, reason: str) -> Conversation:
    """The unmasked conversation, if originals are kept; who looked and why is logged."""
    if not reason.strip():
        raise InvalidInput("say why you need the unmasked text (`reason`); it is written to the access log")
    with store.unit_of_work() as work:
        within_reach(work, caller, Action.SEE_UNMASKED, conversation_id)
        original = work.originals.get(conversation_id)
        note(work, caller, "see_unmasked", f"conversation/{conversation_id}", reason.strip())
        return original


def export_labels(store: Store, caller: Caller) -> Iterator[dict[str, Any]]:
    """Settled reviews within the caller's reach as labelled conversations of the contract."""
    scope = caller.reach(Action.REPORT)
    with store.reading() as work:
        for review in work.reviews.stream(state=ReviewState.SETTLED):
            desk = dossier(work, caller, review.conversation_id)
            if desk.verdicts and scope.holds(desk.listed.org, desk.listed.agent_id):
                yield labelled(desk.conversation, _stood_for(work, desk, desk.verdicts))


def _stood_for(work: UnitOfWork, desk: Dossier, three: Verdicts) -> Analysis:
    """The verdict that the reviewer stood behind: of a later analysis nobody has judged what is new in it."""
    settlement = None if desk.settled else settlement_of(work, desk.review)
    if settlement is None:
        return three.final
    return overridden(settlement.machine, desk.overrides, sop=settlement.sop, settled=True)


def basis_of(desk: Dossier, key: str) -> Basis:
    """What a decision about a finding is made upon: the machine's finding, where it has one."""
    stored, _ = desk.judged()
    machine = stored.analysis
    return Basis(machine.sop, machine.sop_version, finding_bodies(machine).get(key))


def known_ids() -> KnownIds:
    """The ids of the codebook that people choose from."""
    book = load_codebook()
    return KnownIds(
        complaint=tuple(book.complaint_reasons),
        refund=tuple(book.refund_reasons),
        need=tuple(book.need_kinds),
        promise=tuple(book.promise_kinds),
        competitor=tuple(book.stances),
    )


def note(work: UnitOfWork, caller: Caller, action: str, target: str, reason: str = "") -> None:
    """Write one line of the access log."""
    work.access_log.add(AccessEntry(work.access_log.clock(), caller.id, action, target, reason))


def _take_desk(work: UnitOfWork, desk: Dossier, caller: Caller, store: Store) -> Review:
    """The review that this caller may work on: their own, or for a QA lead anybody's; opened when there is none, and
    again when a later analysis is in force than the one it was settled on.
    """
    _refuse_frozen(work, desk)
    if desk.settled:
        raise Conflict("this review is settled; what is wrong with it is a matter for an appeal")
    if desk.review is not None and caller.role is Role.QA_LEAD:
        review = desk.review
    else:
        review = work.reviews.open(Review(desk.listed.id, caller.id, store.clock()))
    if review.state is ReviewState.SETTLED:
        review = replace(review, state=ReviewState.OPEN)
        work.reviews.save(review)
    return review


def _refuse_frozen(work: UnitOfWork, desk: Dossier) -> None:
    """Final scores of a closed period never move by a reviewer's hand."""
    if desk.frozen is None:
        return
    period = work.periods.get(desk.frozen.period)
    raise Conflict(
        f"conversation {desk.listed.id} lies in the period {period.first} to {period.last}, which is closed;"
        " what is wrong with it is a matter for an appeal"
    )


def _checked(desk: Dossier, wanted: OverrideRequest, known: set[str]) -> tuple[str, dict[str, Any]]:
    """Key and value of the override; raises InvalidInput or NotFound."""
    frame = Frame(desk.conversation, desk.sop, known_ids())
    if wanted.decision is Decision.ADD:
        kind = kind_of(wanted.kind or "")
        value = checked_value(kind, wanted.decision, wanted.value, frame)
        key = key_of(kind, value)
        if key in known:
            raise Conflict(f"the finding {key} is already there; change it instead")
        return key, value
    key = wanted.finding_key or ""
    kind = kind_of(key)
    if key not in known:
        raise NotFound(f"conversation {desk.listed.id} has no finding {key}")
    return key, checked_value(kind, wanted.decision, wanted.value, frame)
