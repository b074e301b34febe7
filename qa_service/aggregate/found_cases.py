"""Moments worth showing to others, found in analyses: what was done surely, missed nearly, answered or left open."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from hashlib import blake2b

from qa_service.aggregate.tally import Foremost
from qa_service.domain.coaching_case import CaseKind, CaseQuery, ContextTurn, Difficulty, KeptCase, Moment
from qa_service.domain.finding import NeedFinding, StepStatus
from qa_service.domain.judged import JudgedConversation
from qa_service.domain.topic import ASKING, OPEN

# A conversation with so many objections was a hard one.
MANY_OBJECTIONS = 3
AROUND = 2
EVERY_CASE = CaseQuery()
# What is found: how surely (0 is surest), the case.
Found = tuple[float, KeptCase]


@dataclass(frozen=True)
class CaseSearch:
    """Which cases, how many of each kind and matter, and how many turns around the words."""

    query: CaseQuery = EVERY_CASE
    each: int = 5
    around: int = AROUND


def find_cases(judged: Iterable[JudgedConversation], search: CaseSearch) -> list[KeptCase]:
    """The surest cases of each kind and matter, in one pass; the order of the input changes nothing."""
    seen = _Search(search)
    for pair in judged:
        if not pair.analysis.doubtful:
            seen.add(pair)
    return [case for key in sorted(seen.held) for case in seen.held[key].things()]


@dataclass
class _Search:
    search: CaseSearch
    held: dict[tuple[str, str, str], Foremost[KeptCase]] = field(default_factory=dict)

    def add(self, pair: JudgedConversation) -> None:
        for doubt, case in _found(pair, self.search.around):
            if self.search.query.fits(case):
                key = (case.kind.value, case.sop or "", case.step or "")
                place = (round(doubt, 6), case.moment.conversation_id, case.moment.turn)
                self.held.setdefault(key, Foremost(self.search.each)).add(place, case)


def moment_of(pair: JudgedConversation, turn: int, around: int = AROUND) -> Moment:
    """The words of a turn, with the turns around it."""
    turns = pair.conversation.turns
    near = [at for at in range(max(0, turn - around), min(len(turns), turn + around + 1)) if at != turn]
    context = tuple(ContextTurn(at, turns[at].speaker.value, turns[at].text) for at in near)
    return Moment(pair.id, turn, pair.text_of(turn), context)


def difficulty_of(pair: JudgedConversation) -> Difficulty:
    """Hard with a grievance or many objections, medium with any objection."""
    objections = sum(need.kind == "objection" for need in pair.analysis.needs)
    if pair.analysis.complaint.detected or pair.analysis.refund.detected or objections >= MANY_OBJECTIONS:
        return Difficulty.HARD
    return Difficulty.MEDIUM if objections else Difficulty.EASY


def case_of(pair: JudgedConversation, kind: CaseKind, turn: int, *, around: int = AROUND) -> KeptCase:
    """A case at a turn; what it is about is left to whoever made it."""
    agent = pair.conversation.agent
    digest = blake2b(f"{kind}/{pair.id}/{turn}".encode("utf-8", "surrogatepass"), digest_size=12).hexdigest()
    return KeptCase(
        id=digest,
        kind=kind,
        moment=moment_of(pair, turn, around),
        difficulty=difficulty_of(pair),
        sop=pair.analysis.sop,
        product=pair.conversation.product,
        agent_id=agent.id,
        agent_name=agent.name,
        team=agent.team,
        org=agent.org,
    )


def _found(pair: JudgedConversation, around: int) -> Iterator[Found]:
    yield from _steps(pair, around)
    for need in pair.analysis.needs:
        yield from _need(pair, need, around)
    for line in pair.analysis.red_lines:
        yield 1 - line.confidence, _about(case_of(pair, CaseKind.RED_LINE, line.span.turn, around=around), line.id)


def _steps(pair: JudgedConversation, around: int) -> Iterator[Found]:
    for step in pair.analysis.steps:
        if step.status is StepStatus.DONE and step.turns:
            yield 1 - step.confidence, _about(case_of(pair, CaseKind.GOOD, step.turns[0], around=around), step.id)
        elif step.status is StepStatus.MISSED and step.near_miss:
            case = case_of(pair, CaseKind.MISSED, step.near_miss.turn, around=around)
            yield step.p_done, _about(case, step.id)
    for episode in pair.analysis.obligations:
        asked = pair.text_of(episode.trigger_turn)
        if episode.met and episode.response_turn is not None:
            case = case_of(pair, CaseKind.ANSWER, episode.response_turn, around=around)
        else:
            case = case_of(pair, CaseKind.UNANSWERED, episode.trigger_turn, around=around)
        yield 1 - episode.confidence, _about(case, episode.id, objection=asked)


def _need(pair: JudgedConversation, need: NeedFinding, around: int) -> Iterator[Found]:
    if need.kind not in ASKING:
        return
    if need.handled == "answered" and need.response_turn is not None:
        case = case_of(pair, CaseKind.ANSWER, need.response_turn, around=around)
    elif need.handled in OPEN:
        case = case_of(pair, CaseKind.UNANSWERED, need.span.turn, around=around)
    else:
        return
    yield 1 - need.confidence, _about(case, None, objection=need.text)


def _about(case: KeptCase, step: str | None, *, objection: str | None = None) -> KeptCase:
    return replace(case, step=step, objection=objection)
