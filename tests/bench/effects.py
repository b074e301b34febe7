"""`python -m tests.bench.effects`: the effects of 30 targets from the files of many conversations, beside the plainest
program that reads the same files and subtracts one rate from the other.
"""

import argparse
import json
import sys
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from tests.bench.folder import Folder
from tests.bench.rows import Row, run
from tests.bench.table import markdown, memory
from tests.effects.planted import World, draw
from tests.effects.planted_files import Said, write_world

# 24 steps, 3 obligations, 3 red lines; and a phrase that nobody listed.
EFFECTS = (0.06, 0.03, -0.04, *(0.0,) * 21)
SIZES = "10000,100000"
PHRASE = Said("今天不定明天就涨价了", -0.06)
TITLE, PLAIN = "effects of 30 targets, from files", "JSON parse, rates subtracted"


def effects(folder: Folder) -> Callable[[], None]:
    """The command, from files to a file."""
    from qa_service.workflows.compute_effects import EffectsQuestion, compute_effects, write_effects
    from qa_service.workflows.read_judged import JudgedFiles

    def work() -> None:
        judged = JudgedFiles([folder.results], [folder.conversations])
        write_effects(compute_effects(judged, EffectsQuestion(["converted"], phrases=True)), folder.scratch("effects"))

    return work


def effects_plainly(folder: Folder) -> Callable[[], None]:
    """Both files parsed; for each step the rate with it less the rate without."""

    def work() -> None:
        counts: Mapping[tuple[str, bool], list[int]] = defaultdict(lambda: [0, 0])
        with folder.conversations.open("rb") as first, folder.results.open("rb") as second:
            for conversation, analysis in zip(map(json.loads, first), map(json.loads, second), strict=True):
                for step in analysis["steps"]:
                    one = counts[step["id"], step["status"] == "done"]
                    one[0] += conversation["outcome"]["converted"]
                    one[1] += 1

    return work


def measured(sizes: Sequence[int], *, seed: int) -> Iterator[Row]:
    """Both at each size."""
    for count in sizes:
        with tempfile.TemporaryDirectory(prefix="qa-bench-") as path:
            folder = Folder(Path(path))
            world = World(
                contacts=count, agents=300, effects=EFFECTS, obligations=(0.06, 0.0, 0.0), red_lines=(-0.06, 0.0, 0.0)
            )
            drawn = draw(replace(world, sensitivity=0.9, leaving=0.02), seed)
            write_world(drawn, folder.path, seed, (PHRASE,))
            size = (count, int(drawn.last_turn.sum()) + count)
            yield Row(TITLE, run(("effects",), folder, size), run(("effects-plainly",), folder, size), PLAIN)


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.effects")
    parser.add_argument("--sizes", default=SIZES)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(arguments)
    rows = list(measured([int(size) for size in options.sizes.split(",")], seed=options.seed))
    sys.stdout.write("\n".join([markdown(rows), "", "Memory:", *memory(rows), ""]))


if __name__ == "__main__":
    main()
