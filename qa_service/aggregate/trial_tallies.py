"""What a trial counts: plain numbers that go into JSON and back, so that a trial can be done in parts."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, TypeVar

from qa_service.aggregate.means import Moments
from qa_service.domain.analysis import Analysis
from qa_service.domain.counted import rate_to_json
from qa_service.domain.metrics import rate
from qa_service.domain.score import ScoreState

BINS = 10
ABSENT = "-"
Tally = TypeVar("Tally")


@dataclass
class Scores:
    """The scores under one version: their distribution in tens, mean, passed, provisional, vetoed."""

    n: int = 0
    total: float = 0.0
    squares: float = 0.0
    passed: int = 0
    provisional: int = 0
    vetoed: int = 0
    bins: list[int] = field(default_factory=lambda: [0] * BINS)

    def add(self, analysis: Analysis) -> None:
        """Count one analysis; one without a score counts nothing."""
        score = analysis.score
        if score is None:
            return
        self.n += 1
        self.total, self.squares = self.total + score.value, self.squares + score.value**2
        self.passed += score.passed
        self.provisional += score.state is ScoreState.PROVISIONAL
        self.vetoed += score.veto is not None
        self.bins[min(BINS - 1, int(score.value // BINS))] += 1

    def told(self) -> dict[str, Any]:
        """As a plain object, each share with its interval."""
        mean = Moments(self.n, self.total, self.squares).mean()
        bounds = (mean.value, mean.low, mean.high)
        rounded = [None if value is None else round(value, 2) for value in bounds]
        return {
            "n": self.n,
            "mean": rounded[0],
            "ci_low": rounded[1],
            "ci_high": rounded[2],
            "passed": rate_to_json(rate(self.passed, self.n)),
            "provisional": rate_to_json(rate(self.provisional, self.n)),
            "vetoed": self.vetoed,
            "distribution": [
                {"from": 10 * index, "to": 10 * (index + 1), "n": count} for index, count in enumerate(self.bins)
            ],
        }


@dataclass
class Moved:
    """How many conversations there are, and how the draft moves their scores."""

    n: int = 0
    moved: int = 0
    up: int = 0
    down: int = 0
    newly_passed: int = 0
    newly_failed: int = 0
    points: float = 0.0
    name: str | None = None
    team: str | None = None

    def add(self, before: Analysis, after: Analysis) -> None:
        """Count one conversation that was judged by both."""
        self.n += 1
        if before.score is None or after.score is None:
            return
        difference = after.score.value - before.score.value
        self.points += difference
        self.up += difference > 0
        self.down += difference < 0
        self.newly_passed += after.score.passed and not before.score.passed
        self.newly_failed += before.score.passed and not after.score.passed
        self.moved += difference != 0 or before.score.passed != after.score.passed

    def told(self) -> dict[str, Any]:
        """As a plain object; the mean is over all conversations, moved or not."""
        names = ("n", "moved", "up", "down", "newly_passed", "newly_failed")
        mean = round(self.points / self.n, 2) if self.n else None
        return {name: getattr(self, name) for name in names} | {"mean_difference": mean}


@dataclass
class Changed:
    """How often a finding of one part turned from one claim into another (`-`: it is not there), and examples."""

    turned: dict[str, int] = field(default_factory=dict)
    examples: list[dict[str, Any]] = field(default_factory=list)

    @property
    def n(self) -> int:
        """How often anything changed."""
        return sum(self.turned.values())

    def told(self) -> dict[str, Any]:
        """As a plain object, the most frequent turns first."""
        turned = sorted(self.turned.items(), key=lambda one: (-one[1], one[0]))
        return {
            "n": self.n,
            "appeared": sum(n for turn, n in turned if turn.startswith(f"{ABSENT}>")),
            "vanished": sum(n for turn, n in turned if turn.endswith(f">{ABSENT}")),
            "turned": [dict(zip(("before", "after"), turn.split(">"), strict=True)) | {"n": n} for turn, n in turned],
            "examples": self.examples,
        }


@dataclass
class Occurred:
    """How often something happened, of how often it could have."""

    k: int = 0
    n: int = 0

    def add(self, happened: bool) -> None:
        """Count one occasion."""
        self.n += 1
        self.k += happened


@dataclass
class Agreed:
    """How often a claim of the machine was made, and held, and was missed."""

    tp: int = 0
    fp: int = 0
    fn: int = 0
    n: int = 0

    def add(self, claimed: bool, true: bool) -> None:
        """Count one conversation that a person judged."""
        self.n += 1
        self.tp += claimed and true
        self.fp += claimed and not true
        self.fn += true and not claimed

    def told(self) -> dict[str, Any]:
        """Precision and recall with their intervals."""
        precision, recall = rate(self.tp, self.tp + self.fp), rate(self.tp, self.tp + self.fn)
        return {"precision": rate_to_json(precision), "recall": rate_to_json(recall)}


@dataclass
class Both:
    """Turns that do a step and are forbidden at once."""

    n: int = 0
    examples: list[dict[str, Any]] = field(default_factory=list)


@dataclass
class Tallies:
    """All that a trial counts; keys are `kind/id`, with more before or after them where a field says so."""

    conversations: int = 0
    compared: int = 0
    reviewed: int = 0
    longest_moves: int = 0
    before: Scores = field(default_factory=Scores)
    after: Scores = field(default_factory=Scores)
    whole: Moved = field(default_factory=Moved)
    agents: dict[str, Moved] = field(default_factory=dict)
    teams: dict[str, Moved] = field(default_factory=dict)
    changes: dict[str, Changed] = field(default_factory=dict)
    occurred: dict[str, Occurred] = field(default_factory=dict)
    # step id, a tab, `kind/id` of what forbids it
    both: dict[str, Both] = field(default_factory=dict)
    # `before` or `after`, the claim, then `kind/id`, by tabs
    agreed: dict[str, Agreed] = field(default_factory=dict)
    reworded: list[str] = field(default_factory=list)


MAPS: Mapping[str, type[Any]] = {
    **{"agents": Moved, "teams": Moved, "changes": Changed, "occurred": Occurred},
    **{"both": Both, "agreed": Agreed},
}
PARTS: Mapping[str, type[Any]] = {"before": Scores, "after": Scores, "whole": Moved}


def tallies_to_json(tallies: Tallies) -> dict[str, Any]:
    """As a plain object."""
    return asdict(tallies)


def tallies_from_json(body: Mapping[str, Any]) -> Tallies:
    """Read back."""
    read: dict[str, Any] = dict(body)
    for name, kind in PARTS.items():
        read[name] = kind(**body[name])
    for name, kind in MAPS.items():
        read[name] = {key: kind(**one) for key, one in body[name].items()}
    return Tallies(**read)


def keep(examples: list[dict[str, Any]], example: Mapping[str, Any], most: int) -> None:
    """Keep the first few."""
    if len(examples) < most:
        examples.append(dict(example))


def heaviest(tallies: Mapping[str, Tally], weight: str) -> Sequence[tuple[str, Tally]]:
    """By weight, then by key."""
    return sorted(tallies.items(), key=lambda one: (-getattr(one[1], weight), one[0]))
