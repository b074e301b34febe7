"""What two hands say about one conversation, for each kind of label: the counts that agreement is made of.

Spans and turns are matched as the evaluation matches them: needs by turn and overlap, obligations within two turns, red
lines within one.
"""

from collections import Counter
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from typing import Any

from models.tasks import COMPLAINT_REASONS, NEED_KINDS, RED_LINES, REFUND_REASONS

Json = dict[str, Any]
Marks = Sequence[Json]

NOTHING = "none"
# Spans of a need are one need when they share at least half of their characters (Dice).
SAME_SPAN = 0.5
SAME_TRIGGER = 2
SAME_RED_LINE = 1
REASONS = {"complaint": COMPLAINT_REASONS, "refund": REFUND_REASONS}


@dataclass(frozen=True)
class Twice:
    """A conversation with the labels of the first and of the second hand."""

    turns: Sequence[Json]
    sop: Json
    first: Json
    second: Json


@dataclass(frozen=True)
class Compared:
    """Two hands on one kind of label in one conversation.

    `cells` counts the items that both judged by what each said of them (for κ); `first`, `second` and `shared` count
    the labels given (for F1). Either part may be empty.
    """

    cells: Counter[tuple[str, str]] = field(default_factory=Counter)
    first: int = 0
    second: int = 0
    shared: int = 0


Compare = Callable[[Twice], Compared]


@dataclass(frozen=True)
class Measure:
    """A row of the agreement table: the label, what is compared, and how."""

    name: str
    unit: str
    compare: Compare


def span_overlap(text: str, one: str, other: str) -> float:
    """Dice overlap of two quotes by their place in the turn; 0 when one does not stand there."""
    i, j = text.find(one), text.find(other)
    if not one or not other or i < 0 or j < 0:
        return 0.0
    return 2 * max(0, min(i + len(one), j + len(other)) - max(i, j)) / (len(one) + len(other))


def matched(first: Marks, second: Marks, same: Callable[[Json, Json], bool]) -> list[tuple[Json, Json]]:
    """Pairs of marks that are the same, each used once; a mark takes the first partner left."""
    left = list(second)
    pairs = []
    for mark in first:
        partner = next((other for other in left if same(mark, other)), None)
        if partner is not None:
            left.remove(partner)
            pairs.append((mark, partner))
    return pairs


def _sets(universe: Sequence[Hashable], first: set[Any], second: set[Any]) -> Compared:
    """Two sets over the same items, each a yes or a no."""
    cells = Counter((str(item in first), str(item in second)) for item in universe)
    return Compared(cells, len(first), len(second), len(first & second))


def _pairs(first: Marks, second: Marks, pairs: Sequence[tuple[Json, Json]]) -> Compared:
    return Compared(Counter(), len(first), len(second), len(pairs))


def _turns(twice: Twice, *speakers: str) -> list[int]:
    return [index for index, turn in enumerate(twice.turns) if turn["speaker"] in speakers]


def _step_ids(twice: Twice) -> list[str]:
    return [step["id"] for step in twice.sop["steps"]]


def _missed_steps(twice: Twice) -> Compared:
    steps = _step_ids(twice)
    missed = [set(steps) - {step["id"] for step in gold["steps"]} for gold in (twice.first, twice.second)]
    return _sets(steps, *missed)


def _step_turns(twice: Twice) -> Compared:
    marked = [{(s["id"], turn) for s in gold["steps"] for turn in s["turns"]} for gold in (twice.first, twice.second)]
    return _sets([(step, turn) for step in _step_ids(twice) for turn in _turns(twice, "agent")], *marked)


def _same_episode(one: Json, other: Json) -> bool:
    return bool(one["id"] == other["id"] and abs(one["trigger_turn"] - other["trigger_turn"]) <= SAME_TRIGGER)


def _triggered(twice: Twice) -> Compared:
    ids = [obligation["id"] for obligation in twice.sop.get("obligations", [])]
    return _sets(ids, *({e["id"] for e in gold["obligations"]} for gold in (twice.first, twice.second)))


def _triggers(twice: Twice) -> Compared:
    first, second = twice.first["obligations"], twice.second["obligations"]
    return _pairs(first, second, matched(first, second, _same_episode))


def _met(twice: Twice) -> Compared:
    pairs = matched(twice.first["obligations"], twice.second["obligations"], _same_episode)
    return Compared(Counter((str(one["met"]), str(other["met"])) for one, other in pairs))


def _order(twice: Twice) -> Compared:
    """Wrong orders among the pairs that the SOP fixes."""
    fixed = [(p["before"], p["after"]) if isinstance(p, dict) else (p[0], p[1]) for p in twice.sop.get("order", [])]
    wrong = [{(o["before"], o["after"]) for o in gold["order_violations"]} for gold in (twice.first, twice.second)]
    return _sets(fixed, *wrong)


def _red_lines_of_conversation(twice: Twice) -> Compared:
    listed = [line["id"] if isinstance(line, dict) else line for line in twice.sop["red_lines"]]
    return _sets(listed, *({mark["id"] for mark in gold["red_lines"]} for gold in (twice.first, twice.second)))


def _which_red_lines(twice: Twice) -> Compared:
    """The red lines of each agent turn, together; F1 by id and turn."""
    said = [{(m["turn"], m["id"]) for m in gold["red_lines"]} for gold in (twice.first, twice.second)]
    cells = Counter((_ids_at(turn, said[0]), _ids_at(turn, said[1])) for turn in _turns(twice, "agent"))
    return Compared(cells, len(said[0]), len(said[1]), len(said[0] & said[1]))


def _ids_at(turn: int, said: set[tuple[int, str]]) -> str:
    return "+".join(sorted(name for at, name in said if at == turn)) or NOTHING


def _red_line(name: str) -> Compare:
    """One red line, as the evaluation matches it: the same id within one turn."""

    def compare(twice: Twice) -> Compared:
        first, second = ([m for m in gold["red_lines"] if m["id"] == name] for gold in (twice.first, twice.second))
        near = matched(first, second, lambda one, other: abs(one["turn"] - other["turn"]) <= SAME_RED_LINE)
        return _pairs(first, second, near)

    return compare


def _detected(kind: str) -> Compare:
    """Complaint or refund request in the whole conversation."""
    return lambda twice: _sets([True], *({True} & {g[kind]["detected"]} for g in (twice.first, twice.second)))


def _grievance_turns(kind: str) -> Compare:
    """Customer turns that voice it or give a reason."""

    def voiced(gold: Json) -> set[int]:
        return set(gold[kind]["turns"]).union(*(reason["turns"] for reason in gold[kind]["reasons"]))

    return lambda twice: _sets(_turns(twice, "customer"), voiced(twice.first), voiced(twice.second))


def _reasons(kind: str) -> Compare:
    """Every reason of the codebook, in conversations in which either hand finds the complaint or request."""

    def compare(twice: Twice) -> Compared:
        if not (twice.first[kind]["detected"] or twice.second[kind]["detected"]):
            return Compared()
        given = ({reason["id"] for reason in gold[kind]["reasons"]} for gold in (twice.first, twice.second))
        return _sets(REASONS[kind], *given)

    return compare


def _need_pairs(twice: Twice) -> list[tuple[Json, Json]]:
    def same(one: Json, other: Json) -> bool:
        text = twice.turns[one["turn"]]["text"]
        return one["turn"] == other["turn"] and span_overlap(text, one["text"], other["text"]) >= SAME_SPAN

    return matched(twice.first["needs"], twice.second["needs"], same)


def _turns_with_need(kind: str) -> Compare:
    """Whether a customer turn holds a need of that kind."""

    def compare(twice: Twice) -> Compared:
        held = (
            {need["turn"] for need in gold["needs"] if need["kind"] == kind} for gold in (twice.first, twice.second)
        )
        return _sets(_turns(twice, "customer"), *held)

    return compare


def _needs(twice: Twice) -> Compared:
    return _pairs(twice.first["needs"], twice.second["needs"], _need_pairs(twice))


def _need_kinds(twice: Twice) -> Compared:
    return Compared(Counter((one["kind"], other["kind"]) for one, other in _need_pairs(twice)))


def _handled(twice: Twice) -> Compared:
    both = [(a, b) for a, b in _need_pairs(twice) if "handled" in a and "handled" in b]
    return Compared(Counter((one["handled"], other["handled"]) for one, other in both))


def _promises(twice: Twice) -> Compared:
    first, second = ({(p["turn"], p["kind"]) for p in gold["promises"]} for gold in (twice.first, twice.second))
    return Compared(Counter(), len(first), len(second), len(first & second))


def _promise_kinds(twice: Twice) -> Compared:
    return Compared(_spoken_alike(twice, "promises", "kind"))


def _stances(twice: Twice) -> Compared:
    return Compared(_spoken_alike(twice, "competitors", "stance"))


def _spoken_alike(twice: Twice, key: str, value: str) -> Counter[tuple[str, str]]:
    """What each hand says of quotes that overlap in one turn."""

    def same(one: Json, other: Json) -> bool:
        text = twice.turns[one["turn"]]["text"]
        return one["turn"] == other["turn"] and span_overlap(text, one["quote"], other["quote"]) > 0

    return Counter((one[value], other[value]) for one, other in matched(twice.first[key], twice.second[key], same))


def _marked_turns(key: str, *speakers: str) -> Compare:
    """Whether a turn of those speakers carries such a mark at all."""

    def compare(twice: Twice) -> Compared:
        marked = ({mark["turn"] for mark in gold[key]} for gold in (twice.first, twice.second))
        return _sets(_turns(twice, *speakers), *marked)

    return compare


MEASURES = (
    Measure("step missed", "conversation × step", _missed_steps),
    Measure("step at the turn", "agent turn × step", _step_turns),
    Measure("obligation triggered", "conversation × obligation", _triggered),
    Measure("obligation episode", "within two turns", _triggers),
    Measure("obligation met", "episodes of both", _met),
    Measure("order violated", "conversation × pair", _order),
    Measure("red line", "conversation × id", _red_lines_of_conversation),
    Measure("red line, any", "agent turn", _marked_turns("red_lines", "agent")),
    Measure("red line, which", "agent turn", _which_red_lines),
    Measure("complaint", "conversation", _detected("complaint")),
    Measure("complaint voiced", "customer turn", _grievance_turns("complaint")),
    Measure("complaint reason", "conversation × id", _reasons("complaint")),
    Measure("refund request", "conversation", _detected("refund")),
    Measure("refund voiced", "customer turn", _grievance_turns("refund")),
    Measure("refund reason", "conversation × id", _reasons("refund")),
    Measure("need, any", "customer turn", _marked_turns("needs", "customer")),
    Measure("need", "span", _needs),
    Measure("need kind", "needs of both", _need_kinds),
    Measure("handled", "needs of both", _handled),
    Measure("promise, any", "agent turn", _marked_turns("promises", "agent")),
    Measure("promise and its kind", "turn × kind", _promises),
    Measure("promise kind", "promises of both", _promise_kinds),
    Measure("competitor", "turn", _marked_turns("competitors", "agent", "customer")),
    Measure("competitor stance", "competitors of both", _stances),
)
DETAILS = (
    *(Measure(name, "red line, within one turn", _red_line(name)) for name in RED_LINES),
    *(Measure(kind, "need, customer turn", _turns_with_need(kind)) for kind in NEED_KINDS),
)
