"""How far two hands agree that labelled the same conversations without seeing each other's labels.

python -m training.agreement [--conversations DIR] [--second FILE] [--draws N] [--seed N]

Prints two Markdown tables. κ (Cohen 1960) takes out what two hands would share by chance; F1 is twice what both gave
over all that either gave. The intervals are percentiles over conversations drawn with replacement, since the labels of
one conversation stand and fall together.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import yaml
from numpy.typing import NDArray
from sklearn.metrics import cohen_kappa_score

from training.data import read_lines
from training.labels_compared import DETAILS, MEASURES, Compared, Measure, Twice

Ints = NDArray[np.int64]

DRAWS = 1000
HEADINGS = ("label", "compared", "first", "second", "same", "κ (95%)", "F1 (95%)")


class AgreementError(ValueError):
    """Second labels that cannot be laid beside the first; the message says which and why."""


@dataclass(frozen=True)
class Estimate:
    """A figure and its 95% interval, NaN where it is not defined."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return "—" if np.isnan(self.value) else f"{self.value:.2f} ({self.low:.2f} to {self.high:.2f})"


@dataclass(frozen=True)
class Agreement:
    """One kind of label over all conversations: what each hand gave, the share of equal verdicts, κ and F1."""

    first: int
    second: int
    same: float
    kappa: Estimate
    f1: Estimate


def labelled_twice(conversations: Path, second: Path) -> list[Twice]:
    """The conversations of a folder that the second file labels too; raises AgreementError when one is not there."""
    bodies = {body["id"]: body for path in sorted(conversations.glob("*.jsonl")) for body in read_lines(path)}
    sops = {sop["sop"]: sop for sop in map(_yaml, sorted((conversations / "sops").glob("*.yaml")))}
    twice = []
    for row in read_lines(second):
        body = bodies.get(row["id"])
        if body is None:
            raise AgreementError(f"{second}: no conversation {row['id']!r} in {conversations}")
        if body["sop"] not in sops:
            raise AgreementError(f"{row['id']}: no SOP {body['sop']!r} in {conversations / 'sops'}")
        twice.append(Twice(body["turns"], sops[body["sop"]], body["gold"], row["gold"]))
    return twice


def _yaml(path: Path) -> dict[str, object]:
    loaded: dict[str, object] = yaml.safe_load(path.read_text("utf-8"))
    return loaded


def agreement(compared: Sequence[Compared], *, draws: int = DRAWS, seed: int = 0) -> Agreement:
    """Agreement over conversations, with intervals from `draws` samples of them."""
    sample = np.random.default_rng(seed).multinomial(len(compared), [1 / len(compared)] * len(compared), size=draws)
    counts = np.array([(c.first, c.second, c.shared) for c in compared])
    cells, tables = _tables(compared)
    table = tables.sum(axis=0)
    equal = np.array([one == other for one, other in cells], dtype=bool)
    first, second, shared = (int(count) for count in counts.sum(axis=0))
    return Agreement(
        first,
        second,
        float(table[equal].sum() / table.sum()) if table.sum() else float("nan"),
        _estimate(_kappa(cells, table), [_kappa(cells, drawn) for drawn in sample @ tables]),
        _estimate(_f1(first, second, shared), [_f1(*drawn) for drawn in sample @ counts]),
    )


def _tables(compared: Sequence[Compared]) -> tuple[list[tuple[str, str]], Ints]:
    """The kinds of cell there are, and how often each occurs in each conversation."""
    cells = sorted({cell for one in compared for cell in one.cells})
    return cells, np.array([[one.cells[cell] for cell in cells] for one in compared], dtype=np.int64)


def _kappa(cells: Sequence[tuple[str, str]], weights: Ints) -> float:
    """Cohen's κ of a table given by its cells; NaN where both hands know one answer only."""
    seen = {answer for cell, weight in zip(cells, weights, strict=True) if weight for answer in cell}
    if len(seen) < 2:
        return float("nan")
    first, second = zip(*cells, strict=True)
    return float(cohen_kappa_score(first, second, sample_weight=weights))


def _f1(first: int, second: int, shared: int) -> float:
    """Symmetric F1; NaN where neither hand gave a label."""
    return 2 * shared / (first + second) if first + second else float("nan")


def _estimate(value: float, drawn: Sequence[float]) -> Estimate:
    """A figure with the middle 95% of the defined draws."""
    defined = np.array([figure for figure in drawn if not np.isnan(figure)])
    if np.isnan(value) or not len(defined):
        return Estimate(value, float("nan"), float("nan"))
    low, high = np.percentile(defined, [2.5, 97.5])
    return Estimate(value, float(low), float(high))


def table(twice: Sequence[Twice], measures: Sequence[Measure], *, draws: int = DRAWS, seed: int = 0) -> Iterator[str]:
    """The lines of a Markdown table, a measure a row; measures that nobody used are left out."""
    yield _line(HEADINGS)
    yield _line(["---"] * len(HEADINGS))
    for measure in measures:
        found = agreement([measure.compare(one) for one in twice], draws=draws, seed=seed)
        if found.first or found.second or not np.isnan(found.same):
            yield _line(_fields(measure, found))


def _fields(measure: Measure, found: Agreement) -> Sequence[str]:
    counted = found.first or found.second
    given = (str(found.first), str(found.second)) if counted else ("", "")
    same = "—" if np.isnan(found.same) else f"{found.same:.1%}"
    return (measure.name, measure.unit, *given, same, str(found.kappa), str(found.f1))


def _line(fields: Sequence[str]) -> str:
    return f"| {' | '.join(fields)} |"


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the agreement of all labels, then of single red lines and kinds of need."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--conversations", type=Path, default=Path("datasets/conversations"))
    parser.add_argument("--second", type=Path, default=Path("datasets/second/second.jsonl"))
    parser.add_argument("--draws", type=int, default=DRAWS)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(arguments)
    try:
        twice = labelled_twice(options.conversations, options.second)
    except AgreementError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write(f"{len(twice)} conversations, {sum(len(one.turns) for one in twice)} turns\n")
    for measures in (MEASURES, DETAILS):
        rows = table(twice, measures, draws=options.draws, seed=options.seed)
        sys.stdout.write("\n" + "\n".join(rows) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
