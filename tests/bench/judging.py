"""How fast conversations are judged, with the encoder and without, beside a plain pipeline on the same models."""

import json
from collections.abc import Callable, Iterator

from tests.bench.folder import Folder
from tests.bench.inputs import equally_long
from tests.bench.rows import Measured, Row, run

TURNS = 25
BASELINE_JUDGED = 100

# Name for people, stages that run at once, baseline.
PLAN = (
    ("with the encoder, 1 process", ("judge-1",), "judge-plainly"),
    ("with the encoder, 1 process of 2 threads", ("judge-2-threads",), "judge-plainly"),
    ("with the encoder, 2 processes", ("judge-half-0", "judge-half-1"), "judge-plainly"),
    ("--fast, 1 process", ("fast-1",), "fast-plainly"),
    ("--fast, 2 processes", ("fast-half-0", "fast-half-1"), "fast-plainly"),
)
PLAIN = "plain: one turn at a time, nothing kept"
# The input, each row and each of the two baselines.
STEPS = 1 + len(PLAN) + len({baseline for *_, baseline in PLAN})


def judged(folder: Folder, count: int, *, seed: int, done: Callable[[str], None]) -> Iterator[Row]:
    """Judge so many conversations of TURNS turns in every way; `done` hears of each step."""
    few = write(folder, count, seed=seed)
    done("input of equal length")
    baselines: dict[str, Measured] = {}
    for title, stages, baseline in PLAN:
        if baseline not in baselines:
            baselines[baseline] = run((baseline,), folder, (few, few * TURNS))
            done(baseline)
        measured = run(stages, folder, (count, count * TURNS))
        done(title)
        yield Row(title, measured, baselines[baseline], PLAIN)


def write(folder: Folder, count: int, *, seed: int) -> int:
    """Write the conversations whole, in two halves, and the first of them; returns how many the first are."""
    few = min(count, BASELINE_JUDGED)
    with (
        folder.judged.open("w", encoding="utf-8") as whole,
        folder.first_judged.open("w", encoding="utf-8") as first,
        folder.half_judged(0).open("w", encoding="utf-8") as even,
        folder.half_judged(1).open("w", encoding="utf-8") as odd,
    ):
        for number, body in enumerate(equally_long(count, seed=seed, turns=TURNS)):
            line = json.dumps(body, ensure_ascii=False) + "\n"
            for file in (whole, odd if number % 2 else even, *([first] if number < few else [])):
                file.write(line)
    return few
