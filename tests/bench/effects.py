"""`python -m tests.bench.effects`: the effects of 30 targets from the files of many conversations, beside the plainest
program that reads the same files and subtracts one rate from the other.
"""

import json
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import replace

from tests.bench.beside import Beside
from tests.bench.folder import Folder
from tests.effects.planted import World, draw
from tests.effects.planted_files import Said, write_world

# 24 steps, 3 obligations, 3 red lines; and a phrase that nobody listed.
EFFECTS = (0.06, 0.03, -0.04, *(0.0,) * 21)
PHRASE = Said("今天不定明天就涨价了", -0.06)


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


def fill(folder: Folder, count: int, seed: int) -> tuple[int, int]:
    """A planted world of so many contacts; how many conversations and turns."""
    world = World(
        contacts=count, agents=300, effects=EFFECTS, obligations=(0.06, 0.0, 0.0), red_lines=(-0.06, 0.0, 0.0)
    )
    drawn = draw(replace(world, sensitivity=0.9, leaving=0.02), seed)
    write_world(drawn, folder.path, seed, (PHRASE,))
    return count, int(drawn.last_turn.sum()) + count


BESIDE = Beside(
    name="effects",
    title="effects of 30 targets, from files",
    plain="JSON parse, rates subtracted",
    step="effects",
    plain_step="effects-plainly",
    sizes="10000,100000",
    fill=fill,
)
main = BESIDE.main


if __name__ == "__main__":
    main()
