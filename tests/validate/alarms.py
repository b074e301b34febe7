"""Alarms over a quarter of weekly looks, each with its own half year before: how often false, how soon when it doubles.

    python -m tests.validate.alarms --runs 300

"False": quarters without a change in which any weekly look raises a new alarm. "Found": doublings that are, by the end
of the quarter in whose first week they begin; "weeks": from then to the alarm, the median.
"""

import argparse
import sys
from collections.abc import Iterator

import numpy as np

from qa_service.effects.before_after.cusum import Weekly, watch
from qa_service.workflows.load_insight import load_insight
from tests.effects.before_after.planted_weeks import draw_weeks

BOUNDS = load_insight().alarms
BEFORE, WATCHED = BOUNDS.weeks_before, BOUNDS.weeks_watched
# Conversations of a stratum a week, and how much the rate of a week varies.
WORLDS = {
    "2.8 events a week": (40, 0.0),
    "14 events a week": (200, 0.0),
    "14 events a week, weeks vary by 22%": (200, 0.05),
    "140 events a week, weeks vary by 10%": (2000, 0.01),
}


def raised(seed: int, *, n: int, unrest: float, factor: float) -> Iterator[bool]:
    """Whether each weekly look of a quarter raises a new alarm; the quarter's rate is so many times as high."""
    total = BEFORE + 2 * WATCHED
    sizes, events = draw_weeks(seed, total, rises_at=BEFORE + WATCHED, factor=factor, unrest=unrest, n=n)
    for end in range(BEFORE + WATCHED + 1, total + 1):
        first, cut = end - BEFORE - WATCHED, end - WATCHED
        before, since = Weekly(sizes[first:cut], events[first:cut]), Weekly(sizes[cut:end], events[cut:end])
        seen = watch(before, since, false_alarms=BOUNDS.false_alarms, bounds=BOUNDS, seed=1)
        yield seen is not None and seen.raised == WATCHED - 1


def main() -> int:
    """Run every world and print the table; 1 when alarms are false too often."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--runs", type=int, default=200)
    runs, failed, say = options.parse_args().runs, False, sys.stdout.write
    say("| world | quarters | false | doublings found | weeks |\n|---|---|---|---|---|\n")
    for name, (n, unrest) in WORLDS.items():
        false = np.mean([any(raised(seed, n=n, unrest=unrest, factor=1.0)) for seed in range(runs)])
        risen = [list(raised(seed, n=n, unrest=unrest, factor=2.0)) for seed in range(runs)]
        weeks = [looks.index(True) + 1 for looks in risen if any(looks)]
        found = len(weeks) / len(risen)
        say(f"| {name} | {runs} | {false:.1%} | {found:.1%} | {np.median(weeks):.0f} |\n")
        sys.stdout.flush()
        # The quarter before may leave the level half way up: rolling looks see a little more than one quarter.
        failed |= bool(false > 0.05 + 3 * (0.05 * 0.95 / runs) ** 0.5)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
