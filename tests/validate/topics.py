"""Do topics keep their identity, and is a new need found: over made-up weeks, other ones in each run.

python -m tests.validate.topics [--runs 20] [--weeks 8] [--first 0]
"""

import argparse
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from qa_service.aggregate.needs import Learner, Placing, Space, chunks, remember, shipped_space
from qa_service.domain.insight import NeedBounds
from qa_service.domain.metrics import rate
from qa_service.domain.stored_topic import Memory
from qa_service.domain.topic import Statement, TopicEvent
from qa_service.workflows.load_insight import load_insight
from tests.validate.topic_weeks import NEW, Weeks

FIRST_DAY = date(2026, 9, 7)
SINCE = 4
HELD_OUT = 400


@dataclass(frozen=True)
class Lived:
    """One week: what is kept, where statements were placed, and what happened."""

    memory: Memory
    placing: Placing
    events: tuple[TopicEvent, ...]
    placed: list[str | None]


@dataclass(frozen=True)
class Told:
    """One run: statements held out that kept their topic in the last week, of those that had one in the first.

    `born_in` is the week, counted from its first statements, by which a new topic held most of what was said of a new
    need.
    """

    kept: int
    of: int
    topics: int
    born_in: int | None


def live(memory: Memory, statements: Sequence[Statement], number: int, space: Space, bounds: NeedBounds) -> Lived:
    """One weekly update."""
    day = FIRST_DAY + timedelta(weeks=number)
    learner = Learner(bounds, space, memory, day.isoformat())
    for chunk in chunks(statements):
        learner.learn(chunk)
    placing = learner.finish()
    placed = placing.place(statements)
    counts = Counter(topic for topic in placed if topic is not None)
    kept, events = remember(placing, counts, at=day, n_conversations=len(statements), bounds=bounds)
    return Lived(kept, placing, events, placed)


def run(seed: int, *, weeks: int = 8, count: int = 2000, share: float = 0.005) -> Told:
    """Live some weeks, with a need that is new from week `SINCE` on."""
    bounds, space = load_insight().needs, shipped_space()
    new = sorted(NEW)[seed % len(NEW)]
    source = Weeks(seed, count, new, SINCE, share)
    held = source.held_out(HELD_OUT)
    memory, first, last = Memory(), list[str | None](), list[str | None]()
    early: set[str] = set()
    born_in: int | None = None
    for number in range(weeks):
        pairs = source.week(number)
        before = {topic.id for topic in memory.topics}
        lived = live(memory, [statement for statement, _ in pairs], number, space, bounds)
        memory = lived.memory
        last = lived.placing.place(held)
        first = first or last
        if number >= SINCE and born_in is None:
            mine = [topic for topic, (_, need) in zip(lived.placed, pairs, strict=True) if need == new]
            early |= {topic for topic in mine if topic is not None and topic not in before}
            born_in = number - SINCE + 1 if 2 * sum(topic in early for topic in mine) >= len(mine) else None
    had = [(before, after) for before, after in zip(first, last, strict=True) if before is not None]
    standing = sum(topic.stands for topic in memory.topics)
    return Told(sum(before == after for before, after in had), len(had), standing, born_in)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--weeks", type=int, default=8)
    parser.add_argument("--first", type=int, default=0)
    given = parser.parse_args()
    told = []
    for seed in range(given.first, given.first + given.runs):
        told.append(run(seed, weeks=given.weeks))
        sys.stdout.write(f"{seed}: {told[-1]}\n")
        sys.stdout.flush()
    sys.stdout.write(table(told) + "\n")


def table(told: Sequence[Told]) -> str:
    """The rows of docs/validation.md."""
    kept = rate(sum(one.kept for one in told), sum(one.of for one in told))
    born = [rate(sum((one.born_in or 99) <= week for one in told), len(told)) for week in (1, 2)]
    rows = [("statements held out that keep their topic", kept), ("new need born in its first week", born[0])]
    rows.append(("new need born by the end of its second week", born[1]))
    lines = [f"| {name} | {one.value:.1%} | {one.low:.1%}–{one.high:.1%} | {one.n:,} |" for name, one in rows]
    return "\n".join(["| | share | 95% interval | n |", "|---|---:|---:|---:|", *lines])


if __name__ == "__main__":
    main()
