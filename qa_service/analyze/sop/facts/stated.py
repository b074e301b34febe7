"""Every value that an agent states about a fact of the SOP: right, wrong, or unclear.

A statement is wrong only where it is sure which fact is meant. Discounts, instalments, old prices, other companies'
prices and what the customer named himself are no statements of a fact; rough figures, special prices and whatever
fits several facts are unclear, and a person may look.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from qa_service.analyze.doubt import doubt
from qa_service.analyze.sop.facts.compare import Match, comparable, compare, explained, part_of
from qa_service.analyze.sop.facts.meant import Candidate, asked_about, candidates
from qa_service.analyze.sop.facts.surroundings import corrects, in_one_clause, speaks_of_parts, surroundings, weakened
from qa_service.analyze.sop.values import values_in
from qa_service.analyze.transcript import Transcript
from qa_service.domain.codebook import Judgement
from qa_service.domain.conversation import Speaker
from qa_service.domain.evidence import EvidenceSpan
from qa_service.domain.fact import Fact, names_sold
from qa_service.domain.finding import FactFinding, FactVerdict
from qa_service.domain.value import IN_DAYS, LENGTHS, Value

# How sure each verdict is. A rule has no probability of its own: these are shares of right verdicts, roughly, on
# written conversations; what is unclear is about as likely wrong as right.
SURENESS = {FactVerdict.RIGHT: 0.95, FactVerdict.WRONG: 0.9, FactVerdict.UNCLEAR: 0.5}
ROUGHLY_RIGHT = 0.85
# A price so far from the fact's is rather one of something else.
MOST_TIMES = 2.5
# An answer to a question names the value and little else.
LONGEST_ANSWER, LONGEST_QUESTION = 24, 80
# What a recogniser heard with less certainty is no proof that the agent said another number.
HEARD_SURELY = 0.6
CORRECTED_WITHIN = 8


@dataclass(frozen=True, slots=True)
class _Turn:
    """A turn of the agent as values are compared in it."""

    index: int
    text: str
    values: tuple[Value, ...]
    question: str
    product: str
    surely_heard: bool


def stated_facts(read: Transcript, facts: Sequence[Fact], judgement: Judgement) -> tuple[FactFinding, ...]:
    """What the agent states about the facts, in order; nothing where there are none."""
    if not facts:
        return ()
    sold = names_sold(facts)
    turns = [_turn(read, index, sold) for index in read.turns_of(Speaker.AGENT) if not _withdrawn(read, index)]
    named = [value.low for turn in turns for value in turn.values if value.kind == "price" and value.exact]
    found = [_finding(one, turn, judgement) for turn in turns for one in _statements(turn, facts, named)]
    return tuple(_uncorrected(found, read, judgement))


def _withdrawn(read: Transcript, index: int) -> bool:
    return read.conversation.turns[index].recalled


def _turn(read: Transcript, index: int, sold: Sequence[str]) -> _Turn:
    turn = read.conversation.turns[index]
    started = read.conversation.started_at
    heard = turn.asr_confidence is None or turn.asr_confidence >= HEARD_SURELY
    return _Turn(
        index=index,
        text=turn.text,
        values=values_in(turn.text, started.date() if started else None, sold),
        question=_question(read, index),
        product=read.conversation.product or "",
        surely_heard=heard,
    )


def _question(read: Transcript, index: int) -> str:
    """What the customer said just before the agent's move, where that is short enough to be one question."""
    turns = read.conversation.turns
    said: list[str] = []
    for earlier in range(index - 1, -1, -1):
        if turns[earlier].speaker is Speaker.CUSTOMER:
            said.append(turns[earlier].text)
        elif said or turns[earlier].speaker is Speaker.AGENT:
            break
    text = "\n".join(reversed(said))
    return text if len(text) <= LONGEST_QUESTION else ""


@dataclass(frozen=True, slots=True)
class _Statement:
    value: Value
    fact: Fact
    verdict: FactVerdict
    near: float
    roughly: bool = False


def _statements(turn: _Turn, facts: Sequence[Fact], named: Sequence[float]) -> list[_Statement]:
    """All statements of a turn; what is unclear beside a right one is of something else."""
    found = [one for value in turn.values for one in _stated(turn, value, facts, named)]
    right = [one for one in found if one.verdict is FactVerdict.RIGHT]
    return [left for one in found if (left := _beside(one, right, turn.text)) is not None]


def _beside(statement: _Statement, right: Sequence[_Statement], text: str) -> _Statement | None:
    """What is left of a statement beside right ones of the same fact.

    A wrong one stands where it is in a clause of its own that names the fact as fully; but terms come in steps
    (14天前可退；7天前扣800), so that of another term a person decides.
    """
    beside = [one for one in right if one.fact.id == statement.fact.id]
    if not beside or statement.verdict is FactVerdict.RIGHT:
        return statement
    less = any(one.near > statement.near or in_one_clause(text, one.value, statement.value) for one in beside)
    if less or statement.verdict is FactVerdict.UNCLEAR:
        return None
    return statement if statement.fact.kind == "price" else replace(statement, verdict=FactVerdict.UNCLEAR)


def _stated(turn: _Turn, value: Value, facts: Sequence[Fact], named: Sequence[float]) -> Iterator[_Statement]:
    alike = [one for one in turn.values if one is not value and _alike(one, value)]
    around = surroundings(turn.text, value, alike)
    may_be = candidates(facts, value, around, named=turn.values, product=turn.product)
    if not may_be and not alike and turn.question and len(turn.text) <= LONGEST_ANSWER:
        may_be = asked_about(facts, value, turn.question, turn.product)
    if not may_be and alike:
        # “24 课时原价 3600，现在 2880”: far from its words, it is at most the right one.
        far = surroundings(turn.text, value, ())
        wide = candidates(facts, value, far, named=turn.values, product=turn.product)
        may_be = [one for one in wide if compare(one.fact, value) is Match.SAME]
    if not may_be:
        return
    weak = weakened(around, value, [word for one in may_be for word in (*one.fact.about, one.fact.title)])
    if weak.other:
        return
    statement = _judged(may_be, value, doubtful=weak.doubtful or not turn.surely_heard)
    if statement.verdict is FactVerdict.RIGHT or not _of_something_else(statement, turn, facts, named):
        yield statement


def _alike(one: Value, other: Value) -> bool:
    return one.kind == other.kind or {one.kind, other.kind} <= set(LENGTHS)


def _judged(may_be: Sequence[Candidate], value: Value, *, doubtful: bool) -> _Statement:
    matches = [(one, compare(one.fact, value)) for one in may_be]
    for wanted, roughly in ((Match.SAME, False), (Match.ROUGHLY, True)):
        same = [one for one, match in matches if match is wanted]
        if same:
            return _Statement(value, same[0].fact, FactVerdict.RIGHT, same[0].near, roughly=roughly)
    best, match = matches[0]
    only = len(matches) == 1 or matches[1][0].near < best.near
    wrong = match is Match.OTHER and only and best.sure and not doubtful and _plausible(best.fact, value)
    return _Statement(value, best.fact, FactVerdict.WRONG if wrong else FactVerdict.UNCLEAR, best.near)


def _plausible(fact: Fact, value: Value) -> bool:
    if fact.kind != "price" or not fact.number or not value.low:
        return fact.kind != "price"
    return max(fact.number / value.low, value.low / fact.number) <= MOST_TIMES


def _of_something_else(statement: _Statement, turn: _Turn, facts: Sequence[Fact], named: Sequence[float]) -> bool:
    """A value that is another fact's, a single day or month, a price that a sum, a part or a discount leads to."""
    value = statement.value
    if any(compare(fact, value) is Match.SAME for fact in facts if comparable(fact, value)):
        return True
    if value.kind in LENGTHS and value.number == IN_DAYS.get(value.unit, 1):
        return True
    if value.kind != "price" or not value.exact:
        return False
    prices = [fact.number for fact in facts if fact.kind == "price" and not fact.per]
    others = {one for one in named if one != value.low}
    shares = [one.low for one in turn.values if one.kind == "percentage"]
    parts = speaks_of_parts(turn.text) and part_of(value.low, prices)
    return parts or explained(value.low, prices, sorted(others), shares)


def _finding(statement: _Statement, turn: _Turn, judgement: Judgement) -> FactFinding:
    span = EvidenceSpan(turn.index, statement.value.start, statement.value.end)
    sure = ROUGHLY_RIGHT if statement.roughly else SURENESS[statement.verdict]
    return FactFinding(
        id=statement.fact.id,
        verdict=statement.verdict,
        span=span,
        quote=span.quote(turn.text),
        offered=statement.fact.offered,
        **doubt(judgement, "fact", sure),
    )


def _uncorrected(found: Sequence[FactFinding], read: Transcript, judgement: Judgement) -> Iterator[FactFinding]:
    """A slip that the agent mends himself soon after is left to a person."""
    right = [one for one in found if one.verdict is FactVerdict.RIGHT]
    for one in found:
        mended = one.verdict is FactVerdict.WRONG and any(
            later.id == one.id
            and 0 <= later.span.turn - one.span.turn <= CORRECTED_WITHIN
            and later.span > one.span
            and corrects(read.conversation.turns[later.span.turn].text)
            for later in right
        )
        unclear = doubt(judgement, "fact", SURENESS[FactVerdict.UNCLEAR])
        yield replace(one, verdict=FactVerdict.UNCLEAR, **unclear) if mended else one
