"""`python -m tests.validate.emergence`: planted new topics found, false alarms counted, by numbers and by words."""

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from qa_service.domain.period import iso_week
from qa_service.workflows.write_voice_of_customer import prepare_voice_of_customer
from tests.aggregate.planted_counts import alarms, found_by_second_week
from tests.aggregate.planted_needs import Weeks, conversations, told, week_of

BEFORE = 6
# Of its members so many must be about what was planted.
MAJORITY = 0.5


@dataclass(frozen=True)
class Told:
    """One kind of run: how many of how many went as they must."""

    what: str
    good: int
    runs: int
    least: float

    def row(self) -> str:
        """A row of the table."""
        return f"| {self.what} | {self.good} of {self.runs} ({self.good / self.runs:.1%}) | {self.least:.0%} |"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run, print the table, and tell whether everything held."""
    parser = argparse.ArgumentParser(prog="python -m tests.validate.emergence", description=__doc__)
    parser.add_argument("--runs", type=int, default=500, help="runs by counts, default 500")
    parser.add_argument("--worded", type=int, default=20, help="runs by words, default 20; each reads 48,000 needs")
    options = parser.parse_args(arguments)
    found = [*by_counts(options.runs), *(by_words(options.worded) if options.worded else ())]
    sys.stdout.write("\n".join(["| what | runs | at least |", "|---|---|---|", *(one.row() for one in found), ""]))
    return int(any(one.good < one.least * one.runs for one in found))


def by_counts(runs: int) -> Iterator[Told]:
    """With the topic of each statement given."""
    for before in (4, 8):
        for swing in (0.0, 0.3):
            name = f"{before} weeks before, {'shares swing by 30%' if swing else 'steady shares'}"
            least = 0.9 if before == 8 or not swing else 0.0
            yield _told(f"found by its 2nd week; {name}", runs, least, _found(before, swing))
            yield _told(f"at most 1 false in 4 weeks; {name}", runs, 0.9, _quiet(before, swing))


def by_words(runs: int) -> Iterator[Told]:
    """Through the weekly report, topics made from what customers said."""
    yield _told(f"in words: found by its 2nd week; {BEFORE} weeks before", runs, 0.9, _found_in_words)
    yield _told(f"in words: at most 1 false in 4 weeks; {BEFORE} weeks before", runs, 0.9, _quiet_in_words)


def _told(what: str, runs: int, least: float, holds: Callable[[int], bool]) -> Told:
    return Told(what, sum(holds(seed) for seed in range(runs)), runs, least)


def _found(before: int, swing: float) -> Callable[[int], bool]:
    return lambda seed: found_by_second_week(seed, before=before, swing=swing)


def _quiet(before: int, swing: float) -> Callable[[int], bool]:
    return lambda seed: sum(alarms(seed, before=before, swing=swing)) <= 1


def _found_in_words(seed: int) -> bool:
    plan = Weeks(weeks=BEFORE + 2, new_from=BEFORE, seed=seed)
    planted = {f"n{number:06d}" for number, (_, topic, *_) in enumerate(told(plan)) if topic < 0}
    return any(hits for hits, _ in (emerging(plan, week, planted) for week in (BEFORE, BEFORE + 1)))


def _quiet_in_words(seed: int) -> bool:
    plan = Weeks(weeks=BEFORE + 4, seed=seed)
    return sum(false for _, false in (emerging(plan, week, set()) for week in range(BEFORE, BEFORE + 4))) <= 1


def emerging(plan: Weeks, week: int, planted: set[str]) -> tuple[int, int]:
    """How many emerging topics of the report of a week are about what was planted, and how many are not."""
    document = prepare_voice_of_customer(conversations(plan), iso_week(week_of(week)))
    found = [[one["conversation_id"] in planted for one in need["members"]] for need in document["emerging"]]
    hits = sum(sum(mine) > MAJORITY * len(mine) for mine in found)
    return hits, len(found) - hits


if __name__ == "__main__":
    sys.exit(main())
