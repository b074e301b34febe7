"""Coaching cases and sets: made from conversations, searched, shared, handed out; each change stands in the log."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from uuid import uuid4

from qa_service.aggregate.found_cases import CaseSearch, case_of, find_cases
from qa_service.domain.coaching_case import CaseKind, CaseQuery, CaseSet, Difficulty, KeptCase, without_agents
from qa_service.domain.conversation import Conversation
from qa_service.domain.judged import JudgedConversation
from qa_service.domain.role import Action, Caller
from qa_service.domain.sop import Sop
from qa_service.errors import Conflict, Forbidden, InvalidInput
from qa_service.normalize.masking import mask
from qa_service.report import Names, cases_document
from qa_service.store import Store, UnitOfWork
from qa_service.store.coaching_cases import Sight
from qa_service.workflows.load_codebook import load_codebook
from qa_service.workflows.review_conversation import note, within_reach
from qa_service.workflows.sops_in_force import published_sops
from qa_service.workflows.write_voice_of_customer import write_report

MOST_AROUND = 6


@dataclass(frozen=True, slots=True)
class CaseRequest:
    """Which moment to keep, and what it is about."""

    conversation_id: str
    turn: int
    kind: CaseKind
    step: str | None = None
    objection: str | None = None
    difficulty: Difficulty | None = None
    note: str | None = None
    around: int = 2
    shared_with: tuple[str, ...] = ()


def keep_case(store: Store, caller: Caller, wanted: CaseRequest) -> KeptCase:
    """Keep a moment of an analysed conversation within the caller's reach; the words are those stored, masked."""
    with store.unit_of_work() as work:
        within_reach(work, caller, Action.WRITE_COACHING, wanted.conversation_id)
        pair = _analysed(work, wanted.conversation_id)
        if not 0 <= wanted.turn < len(pair.conversation.turns):
            raise InvalidInput(f"conversation {wanted.conversation_id} has no turn {wanted.turn}; turns count from 0")
        around = min(max(0, wanted.around), MOST_AROUND)
        found = case_of(pair, wanted.kind, wanted.turn, around=around)
        case = replace(
            found,
            id=uuid4().hex,
            step=wanted.step,
            objection=wanted.objection,
            difficulty=wanted.difficulty or found.difficulty,
            note=wanted.note,
            shared_with=wanted.shared_with,
            created_by=caller.id,
        )
        kept = work.coaching_cases.add_case(case)
        note(work, caller, "keep_coaching_case", f"conversation/{wanted.conversation_id}/case/{kept.id}")
        return kept


def _analysed(work: UnitOfWork, conversation_id: str) -> JudgedConversation:
    conversation = work.conversations.get(conversation_id)
    stored = work.analyses.find(conversation_id)
    if stored is None:
        raise Conflict(f"conversation {conversation_id} is not analysed yet; try again when it is")
    return JudgedConversation(conversation, stored.analysis)


def read_cases(store: Store, caller: Caller, query: CaseQuery, *, limit: int = 200) -> list[KeptCase]:
    """The cases that are meant and within the caller's reach."""
    with store.reading() as work:
        return work.coaching_cases.cases(query, _sight(caller), limit=limit)


def read_case(store: Store, caller: Caller, case_id: str) -> KeptCase:
    """One case; raises NotFound outside the caller's reach."""
    with store.reading() as work:
        return work.coaching_cases.case(case_id, _sight(caller))


def share_case(store: Store, caller: Caller, case_id: str, agents: Sequence[str]) -> KeptCase:
    """Share a case with exactly these agents."""
    with store.unit_of_work() as work:
        _writable(work, caller, case_id)
        shared = work.coaching_cases.share(case_id, agents)
        note(work, caller, "share_coaching_case", f"case/{case_id}")
        return shared


def remove_case(store: Store, caller: Caller, case_id: str) -> None:
    """Forget a case."""
    with store.unit_of_work() as work:
        _writable(work, caller, case_id)
        work.coaching_cases.remove_case(case_id)
        note(work, caller, "remove_coaching_case", f"case/{case_id}")


def make_set(store: Store, caller: Caller, title: str, cases: Sequence[str]) -> CaseSet:
    """Collect cases that the caller may see under a title."""
    if not title.strip():
        raise InvalidInput("give the set a title (`title`)")
    caller.reach(Action.WRITE_COACHING)
    with store.unit_of_work() as work:
        _all_seen(work, caller, cases)
        wanted = CaseSet(uuid4().hex, title.strip(), caller.id, store.clock(), tuple(cases))
        made = work.coaching_cases.add_set(wanted)
        note(work, caller, "make_coaching_set", f"coaching_set/{made.id}")
        return made


def change_set(store: Store, caller: Caller, set_id: str, cases: Sequence[str]) -> CaseSet:
    """Let a set hold exactly these cases; who made it may, and whoever may write everywhere."""
    reach = caller.reach(Action.WRITE_COACHING)
    with store.unit_of_work() as work:
        known = work.coaching_cases.set(set_id)
        if known.created_by != caller.id and not reach.whole:
            raise Forbidden(f"the set was made by {known.created_by}; make one of your own")
        _all_seen(work, caller, cases)
        changed = work.coaching_cases.collect(set_id, cases)
        note(work, caller, "change_coaching_set", f"coaching_set/{set_id}")
        return changed


def read_sets(store: Store, caller: Caller) -> list[CaseSet]:
    """Every set, with the cases that the caller may see; sets of which nothing may be seen are left out."""
    sight = _sight(caller)
    with store.reading() as work:
        found = [_seen_part(work, one, sight) for one in work.coaching_cases.sets()]
    return [one for one in found if one.cases or one.created_by == caller.id]


def read_set(store: Store, caller: Caller, set_id: str) -> CaseSet:
    """One set, with the cases that the caller may see."""
    with store.reading() as work:
        return _seen_part(work, work.coaching_cases.set(set_id), _sight(caller))


def document_of(
    store: Store, cases: Sequence[KeptCase], *, title: str | None = None, mask_agents: bool = False
) -> dict[str, Any]:
    """Cases as a document to be handed out; with `mask_agents` nobody can tell who spoke."""
    with store.reading() as work:
        sops = published_sops(work)
    return write_out(cases, sops, title=title, mask_agents=mask_agents)


def write_out(
    cases: Sequence[KeptCase], sops: Sequence[Sop], *, title: str | None = None, mask_agents: bool = False
) -> dict[str, Any]:
    """The same with the SOPs that are at hand."""
    shown = without_agents(cases) if mask_agents else list(cases)
    return cases_document(shown, Names(load_codebook(), {sop.id: sop for sop in sops}), title=title)


def found_cases(pairs: Callable[[], Iterable[JudgedConversation]], search: CaseSearch) -> list[KeptCase]:
    """Cases found in analyses, masked as whatever is stored is: files may hold what identifies customers.

    `pairs` gives the conversations, twice: only those with a case are masked.
    """
    found = find_cases(pairs(), search)
    wanted = {case.moment.conversation_id for case in found}
    clear = {pair.id: pair.conversation for pair in pairs() if pair.id in wanted} if wanted else {}
    hidden = {one_id: mask(conversation) for one_id, conversation in clear.items()}
    return [_masked(case, clear[case.moment.conversation_id], hidden[case.moment.conversation_id]) for case in found]


def _masked(case: KeptCase, clear: Conversation, hidden: Conversation) -> KeptCase:
    """The same case in the words of the masked conversation."""
    moment = case.moment
    context = tuple(replace(one, text=hidden.turns[one.turn].text) for one in moment.context)
    said = replace(moment, quote=hidden.turns[moment.turn].text, context=context)
    return replace(case, moment=said, objection=_covered(case.objection, clear, hidden))


def _covered(words: str | None, clear: Conversation, hidden: Conversation) -> str | None:
    """Words of a customer as they stand in the masked conversation; masking keeps every place."""
    for plain, masked in zip(clear.turns, hidden.turns, strict=True):
        start = plain.text.find(words) if words else -1
        if start >= 0:
            return masked.text[start : start + len(words or "")]
    return None


def write_cases(document: Mapping[str, Any], folder: Path, *, base_url: str | None = None) -> list[Path]:
    """Write a handout as JSON, HTML, XLSX and PDF into a folder; returns the files."""
    return write_report(document, folder / "coaching-cases", base_url=base_url)


def _seen_part(work: UnitOfWork, one: CaseSet, sight: Sight) -> CaseSet:
    seen = {case.id for case in work.coaching_cases.cases(CaseQuery(set_id=one.id), sight, limit=len(one.cases) or 1)}
    return replace(one, cases=tuple(case for case in one.cases if case in seen))


def _all_seen(work: UnitOfWork, caller: Caller, cases: Sequence[str]) -> None:
    sight = _sight(caller)
    for case_id in cases:
        work.coaching_cases.case(case_id, sight)


def _writable(work: UnitOfWork, caller: Caller, case_id: str) -> None:
    """Only within the reach of writing; raises NotFound outside it."""
    work.coaching_cases.case(case_id, Sight(caller.reach(Action.WRITE_COACHING)))


def _sight(caller: Caller) -> Sight:
    return Sight(caller.reach(Action.READ_COACHING), caller.agent_id)
