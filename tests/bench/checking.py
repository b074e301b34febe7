"""What many checks cost: the same conversations under SOPs with few and with many, in one process, taken in turns."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from random import Random

from tests.bench.folder import Folder
from tests.bench.inputs import write_equally_long
from tests.bench.rows import told_by

# Keywords and checks.
FEW, MANY = (100, 30), (10_000, 300)
TURNS = 25
# Conversations judged under one of the SOPs before it is the other's turn: what else runs on the machine hits both.
BLOCK = 10
# The most that so many more checks may cost.
ALLOWED = 0.10
DRAWS = 1000

# Name for people, stage.
PLAN = (("with the encoder", "checks"), ("--fast", "checks-fast"))
STEPS = 1 + len(PLAN)


@dataclass(frozen=True)
class Checked:
    """CPU milliseconds a conversation under few and under many checks, and of how many checks words were found."""

    stage: str
    conversations: int
    few_ms: float
    many_ms: float
    few_found: float
    many_found: float
    low: float
    high: float

    @property
    def slower(self) -> float:
        """How much longer many checks take, as a share; `low` to `high` is its 95% interval."""
        return self.many_ms / self.few_ms - 1


def checked(folder: Folder, count: int, *, seed: int, done: Callable[[str], None]) -> Iterator[Checked]:
    """Judge so many conversations of TURNS turns under few and many checks; `done` hears of each step."""
    write_equally_long(folder.judged, count, seed=seed, turns=TURNS)
    done("input of equal length")
    for title, stage in PLAN:
        told = told_by((stage,), folder)[0]
        done(title)
        few, many = told["few_ms"], told["many_ms"]
        low, high = _interval(few, many, Random(seed))
        means = [sum(one) / count for one in (few, many)]
        yield Checked(title, count, *means, told["few_found"] / count, told["many_found"] / count, low, high)


def _interval(few: list[float], many: list[float], rng: Random) -> tuple[float, float]:
    """How much longer many take, over draws of whole blocks."""
    pairs = list(zip(few, many, strict=True))
    ratios = []
    for _ in range(DRAWS):
        drawn = rng.choices(pairs, k=len(pairs))
        ratios.append(sum(late for _, late in drawn) / sum(early for early, _ in drawn) - 1)
    ratios.sort()
    return ratios[round(0.025 * DRAWS)], ratios[round(0.975 * DRAWS) - 1]
