"""Try a stored draft: on pasted conversations at once, on stored ones by the worker, part by part.

What the worker has counted so far lies in its job, as numbers and places, never as words: the quotes of a report are
read from the conversations when somebody asks, so that a deleted customer is in none. Jobs are forgotten after a
while, and trials with them. Nothing is stored as an analysis.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from typing import Any

from qa_service.aggregate.trial import TrialBench, Tried, quoted
from qa_service.aggregate.trial_tallies import Tallies, tallies_from_json, tallies_to_json
from qa_service.domain.conversation import Conversation
from qa_service.domain.customer_past import with_past
from qa_service.domain.evidence import EvidenceSpan
from qa_service.domain.role import Action, Caller, Scope
from qa_service.domain.sop import Sop
from qa_service.domain.trial import TrialRange, TrialState, Truth, truth_of
from qa_service.errors import AmbiguousSop, Conflict, InvalidInput, InvalidSop, NotFound
from qa_service.jobs import Lease
from qa_service.logs import logger
from qa_service.review.final import overridden
from qa_service.review.gold import gold
from qa_service.rulebook import parse_sop
from qa_service.rulebook.trial_bounds import trial_bounds
from qa_service.store import ConversationFilter, Job, JobState, Numbered, Store, UnitOfWork
from qa_service.workflows.customer_past import past_of
from qa_service.workflows.review_conversation import note
from qa_service.workflows.sops_in_force import sops_in_force
from qa_service.workflows.standing import settlement_of, standing
from qa_service.workflows.try_sop import Draft, NotTried, Trier, judge_both, try_pasted, whole_report

TRIAL = "trial"
# Conversations that one turn of the job judges, twice each: the others that wait get theirs in between.
AT_ONCE = 50
STATES = {JobState.DONE: TrialState.DONE, JobState.DEAD: TrialState.FAILED}

log = logger(__name__)


@dataclass(frozen=True, slots=True)
class StoredTrial:
    """A trial on stored conversations; `report` is None until it is done, `reason` tells why it failed.

    `counts`: `others` are judged by other SOPs, `joined` only by the draft, `left` only by the version in force;
    `ambiguous` would fit the draft and another SOP equally well; `failed` could not be judged.
    """

    id: int
    sop: str
    version: int
    wanted: TrialRange
    by: str
    begun_at: datetime
    state: TrialState
    done: int
    total: int
    counts: Mapping[str, int]
    ended_at: datetime | None = None
    reason: str | None = None
    report: Mapping[str, Any] | None = None


def try_on_pasted(
    store: Store,
    caller: Caller,
    analyzer: Trier | None,
    draft: tuple[str, int],
    pasted: Sequence[Conversation | NotTried],
) -> dict[str, Any]:
    """Try a stored version on conversations that nobody stores, beside the version in force for each of them."""
    caller.reach(Action.EDIT_SOP)
    with store.reading() as work:
        read = _draft(work, *draft)
        good = {place: one for place, one in enumerate(pasted) if isinstance(one, Conversation)}
        found = sops_in_force(work, list(good.values()))
    if analyzer is None:
        raise Conflict("no models are loaded in this process; try the draft on stored conversations instead")
    before = {place: _of_slug(sops, read.sop.id) for place, sops in zip(good, found, strict=True)}
    return try_pasted(analyzer, read, pasted, before)


def begin_trial(store: Store, caller: Caller, slug: str, version: int, wanted: TrialRange) -> StoredTrial:
    """Begin a trial on stored conversations within the caller's reach; a worker does it."""
    caller.reach(Action.EDIT_SOP)
    if wanted.day_from and wanted.day_to and wanted.day_from > wanted.day_to:
        raise InvalidInput(
            f"the period begins on {wanted.day_from}, after its end on {wanted.day_to}; swap the two days"
        )
    with store.unit_of_work() as work:
        draft = _draft(work, slug, version)
        scope = caller.reach(Action.READ)
        payload = {
            "sop": slug,
            "version": version,
            "digest": draft.sop.digest,
            "wanted": _range_to_json(wanted),
            "scope": asdict(scope),
            "by": caller.id,
            "after": 0,
            "done": 0,
            "total": work.conversations.count(_filter(wanted, scope)),
            "counts": {},
            "against": [],
            "tallies": tallies_to_json(Tallies()),
        }
        number = work.jobs.enqueue(TRIAL, payload, subject=TRIAL)
        note(work, caller, "try_sop", f"sop/{slug}/{version}")
        return _trial(work.jobs.get(number))


def read_trial(store: Store, caller: Caller, trial_id: int) -> StoredTrial:
    """A trial with its report, for who began it and for who may read every conversation; raises NotFound."""
    caller.reach(Action.EDIT_SOP)
    absent = NotFound(f"there is no trial {trial_id}; one is forgotten a month after it ended")
    reach = caller.reach(Action.READ)
    with store.reading() as work:
        try:
            job = work.jobs.get(trial_id)
        except NotFound:
            raise absent from None
        if job.kind != TRIAL or not (reach.whole or job.payload["by"] == caller.id):
            raise absent
        found = _trial(job)
        return replace(found, report=_worded(work, found.report, reach)) if found.report else found


def try_batch(lease: Lease, *, store: Store, analyzer: Trier) -> None:
    """Judge the next conversations of a trial; after the last one, make its report."""
    payload = lease.job.payload
    with store.reading() as work:
        draft = _draft(work, payload["sop"], payload["version"])
        if draft.sop.digest != payload["digest"]:
            raise InvalidInput("the draft was changed while it was tried; try it again")
        wanted = _filter(_range_from_json(payload["wanted"]), _scope(payload["scope"]))
        numbers = work.conversations.next_numbers(wanted, after=payload["after"], limit=AT_ONCE)
        cases = list(_cases(work, work.conversations.by_numbers(numbers), draft.sop, analyzer))
        before = _versions(work, payload["against"])
    bench = TrialBench(draft.sop, trial_bounds(), tallies=tallies_from_json(payload["tallies"]), with_words=False)
    counts = Counter(payload["counts"]) + Counter(_try(bench, analyzer, case) for case in cases)
    before |= {(one.before.id, one.before.version): one.before for one in cases if one.before}
    progress = {
        "after": numbers[-1] if numbers else payload["after"],
        "done": payload["done"] + len(numbers),
        "counts": dict(sorted(counts.items())),
        "against": [list(pair) for pair in sorted(before)],
    }
    with store.unit_of_work() as work:
        if len(numbers) == AT_ONCE:
            lease.go_on(work, {**payload, **progress, "tallies": tallies_to_json(bench.tallies)})
        else:
            report = whole_report(analyzer, draft, bench, against=list(before.values()))
            lease.complete(work, payload={**payload, **progress, "tallies": None, "report": report})


@dataclass(frozen=True, slots=True)
class _Case:
    """One stored conversation and what it is judged by; `fate` names why it is not tried."""

    one: Numbered
    before: Sop | None = None
    after: Sop | None = None
    truth: Truth | None = None
    fate: str | None = None


def _cases(work: UnitOfWork, numbered: Sequence[Numbered], draft: Sop, analyzer: Trier) -> Iterator[_Case]:
    in_force = sops_in_force(work, [one.conversation for one in numbered])
    for one, sops in zip(numbered, in_force, strict=True):
        if isinstance(sops, InvalidSop):
            yield _Case(one, fate="failed")
            continue
        case = _routed(one, sops, draft, analyzer)
        yield case if case.fate else _prepared(work, case, draft)


def _prepared(work: UnitOfWork, case: _Case, draft: Sop) -> _Case:
    """The case with what is known of its customer's past, as a worker would judge it, and with what people decided."""
    conversation = case.one.conversation
    sops = [sop for sop in (case.before, case.after) if sop]
    read = with_past(conversation, past_of(work, conversation, sops))
    return replace(case, one=replace(case.one, conversation=read), truth=_truth(work, conversation, draft))


def _routed(one: Numbered, sops: Sequence[Sop], draft: Sop, analyzer: Trier) -> _Case:
    """What would judge it with the draft in force, and what judges it now."""
    others = [sop for sop in sops if sop.id != draft.id]
    try:
        after = analyzer.route(one.conversation, [*others, draft]).sop
    except AmbiguousSop:
        return _Case(one, fate="ambiguous")
    try:
        before = analyzer.route(one.conversation, sops).sop
    except AmbiguousSop:
        before = None
    old, new = (sop if sop and sop.id == draft.id else None for sop in (before, after))
    return _Case(one, old, new) if old or new else _Case(one, fate="others")


def _try(bench: TrialBench, analyzer: Trier, case: _Case) -> str:
    """Judge one conversation; returns what it counts as."""
    if case.fate:
        return case.fate
    conversation = case.one.conversation
    try:
        tried = judge_both(analyzer, conversation, case.after, case.before, at=case.one.number, truth=case.truth)
    except Exception as error:
        log.error("trial_failed", conversation_id=conversation.id, error=error)
        return "failed"
    bench.add(tried)
    return _counted_as(tried)


def _counted_as(tried: Tried) -> str:
    if tried.before and tried.after:
        return "compared"
    return "joined" if tried.after else "left"


def _truth(work: UnitOfWork, conversation: Conversation, draft: Sop) -> Truth | None:
    """The verdict that a reviewer stood behind, None where nobody did, or under another SOP."""
    review, stored = work.reviews.find(conversation.id), work.analyses.find(conversation.id)
    if review is None or stored is None:
        return None
    overrides = work.reviews.overrides(conversation.id)
    stands = standing(work, stored, review=review, overrides=overrides)
    final, sop = stands.verdicts.final, stands.sop
    if not stands.settled:
        settlement = settlement_of(work, review)
        if settlement is None:
            return None
        final, sop = overridden(settlement.machine, overrides, sop=settlement.sop, settled=True), settlement.sop
    if sop is None or sop.id != draft.id:
        return None
    labelled = replace(conversation, extra={**conversation.extra, "gold": gold(final)})
    return truth_of(labelled, sop)


def _draft(work: UnitOfWork, slug: str, version: int) -> Draft:
    stored = work.sops.get(slug, version)
    return Draft(parse_sop(stored.yaml, f"{slug} v{version}"), stored.yaml)


def _versions(work: UnitOfWork, pairs: Iterable[Sequence[Any]]) -> dict[tuple[str, int], Sop]:
    """The versions that conversations so far were judged by."""
    return {(slug, version): _draft(work, slug, version).sop for slug, version in pairs}


def _of_slug(sops: Sequence[Sop] | InvalidSop, slug: str) -> Sop | None:
    found = [] if isinstance(sops, InvalidSop) else [sop for sop in sops if sop.id == slug]
    return found[0] if found else None


def _filter(wanted: TrialRange, scope: Scope) -> ConversationFilter:
    return ConversationFilter(scope=scope, day_from=wanted.day_from, day_to=wanted.day_to, team=wanted.team)


def _scope(body: Mapping[str, Any]) -> Scope:
    return Scope(org=tuple(body["org"]), agent_id=body["agent_id"], whole=body["whole"])


def _range_to_json(wanted: TrialRange) -> dict[str, Any]:
    days = {"from": wanted.day_from, "to": wanted.day_to}
    return {name: day and day.isoformat() for name, day in days.items()} | {"team": wanted.team}


def _range_from_json(body: Mapping[str, Any]) -> TrialRange:
    first, last = (date.fromisoformat(body[name]) if body[name] else None for name in ("from", "to"))
    return TrialRange(first, last, body["team"])


def _trial(job: Job) -> StoredTrial:
    payload = job.payload
    return StoredTrial(
        id=job.id,
        sop=payload["sop"],
        version=payload["version"],
        wanted=_range_from_json(payload["wanted"]),
        by=payload["by"],
        begun_at=job.created_at,
        state=STATES.get(job.state, TrialState.RUNNING),
        done=payload["done"],
        total=payload["total"],
        counts=payload["counts"],
        ended_at=job.ended_at,
        reason=job.reason if job.state is JobState.DEAD else None,
        report=payload.get("report"),
    )


def _worded(work: UnitOfWork, report: Mapping[str, Any], reach: Scope) -> dict[str, Any]:
    """The report with its quotes; an example of a conversation that is gone, or out of the reader's reach, is too."""
    conflicts = report["conflicts"]
    listed = [*report["findings"], *conflicts["step_and_forbidden"]]
    numbers = {example["conversation"] for row in listed for example in row["examples"]}
    found = {
        one.number: one.conversation
        for one in work.conversations.by_numbers(sorted(numbers))
        if reach.holds(one.conversation.agent.org, one.conversation.agent.id)
    }
    both = [_with_quotes(row, found) for row in conflicts["step_and_forbidden"]]
    findings = [_with_quotes(row, found) for row in report["findings"]]
    return {**report, "findings": findings, "conflicts": {**conflicts, "step_and_forbidden": both}}


def _with_quotes(row: Mapping[str, Any], found: Mapping[int, Conversation]) -> dict[str, Any]:
    shown = [one for one in row["examples"] if one["conversation"] in found]
    return {**row, "examples": [_with_quote(one, found[one["conversation"]]) for one in shown]}


def _with_quote(example: Mapping[str, Any], conversation: Conversation) -> dict[str, Any]:
    place = EvidenceSpan(**example["place"]) if example["place"] else None
    quote = quoted(conversation, place, trial_bounds().quote) if place else None
    return {**example, "conversation": conversation.id, "quote": quote}
