"""What noise costs: `python -m tests.validate.robustness GOLD.jsonl --sop SOP.yaml... [--rate 0.1]...`.

Analyses labelled conversations as they are and with noise (`training.noise`), and prints what each metric loses, with
a 95% interval of the loss: whole conversations are drawn again, each with and without its noise. Every rate is met by
several draws of noise, whose counts are added up. The last rows say what each kind of noise costs alone.
"""

import argparse
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from qa_service.aggregate.evaluation import Comparison, compare
from qa_service.aggregate.evaluation.metrics import count_metrics
from qa_service.cli.shared import load_sops, progress, require_file
from qa_service.domain.analysis import Analysis
from qa_service.domain.conversation import Conversation
from qa_service.domain.conversation_json import conversation_from_json
from qa_service.domain.sop import Sop, choose_sop
from qa_service.errors import InvalidInput, QaError
from qa_service.workflows.analyze_conversations import load_analyzer
from training.data import load, read_lines
from training.homophones import Homophones, homophones_of
from training.noise import KINDS, Noise, noisy_conversation

METRICS = ("missed_f1", "step_kappa", "red_f1")
RATES = (0.05, 0.1, 0.2)
ALONE = 0.1
RESAMPLES = 1000
SEED = 20_240_601
DATASETS = Path(__file__).parents[2] / "datasets"

Values = NDArray[np.float64]
Json = dict[str, Any]


class Analyzes(Protocol):
    """What judges a conversation under an SOP."""

    def analyze_under(self, conversation: Conversation, sop: Sop | None) -> Analysis: ...


@dataclass(frozen=True)
class Loss:
    """A metric under noise, and how much less it is than without, with the 95% interval of that."""

    value: float
    lost: float
    low: float
    high: float


@dataclass(frozen=True)
class Row:
    """One line of the table: which noise, and what it costs each metric."""

    noise: str
    losses: Mapping[str, Loss]


def rows(
    analyzer: Analyzes, bodies: Sequence[Json], sops: Sequence[Sop], noises: Iterable[tuple[str, Noise]], *, draws: int
) -> Iterator[Row]:
    """The labelled conversations without noise, then under each noise."""
    weights = _weights(len(bodies))
    clean = compared(analyzer, bodies, sops)
    plain = _metrics([clean], weights)
    yield Row("none", {name: _loss(plain[name], plain[name]) for name in METRICS})
    for told, noise in noises:
        seen = [
            compared(analyzer, [noisy_conversation(body, noise, seed=seed) for body in bodies], sops)
            for seed in range(1, draws + 1)
        ]
        found = _metrics(seen, weights)
        yield Row(told, {name: _loss(plain[name], found[name]) for name in METRICS})


def compared(analyzer: Analyzes, bodies: Sequence[Json], sops: Sequence[Sop]) -> list[Comparison]:
    """Each conversation's analysis beside its gold labels."""
    found = []
    for body in bodies:
        conversation = conversation_from_json(body)
        sop = sops[0] if len(sops) == 1 else choose_sop(conversation, sops)
        found.append(compare(conversation, analyzer.analyze_under(conversation, sop), sop))
    return found


def noises(rates: Sequence[float], homophones: Homophones) -> Iterator[tuple[str, Noise]]:
    """All kinds together at each rate, then each kind alone."""
    for rate in rates:
        yield f"{rate:.0%}", Noise(rate, homophones)
    for kind in sorted(KINDS):
        yield f"{ALONE:.0%}, {kind} alone", Noise(ALONE, homophones, frozenset({kind}))


def markdown(table: Iterable[Row]) -> str:
    """The table; losses in points of a hundred."""
    head = ["noise", *(cell for name in METRICS for cell in (name, "loss in points (95%)"))]
    lines = [head, ["---", *["---:"] * (len(head) - 1)]]
    for row in table:
        cells = [row.noise]
        for loss in row.losses.values():
            lost = f"{_points(loss.lost)} ({_points(loss.low)} to {_points(loss.high)})"
            cells += [f"{loss.value:.3f}", "" if row.noise == "none" else lost]
        lines.append(cells)
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


def _points(share: float) -> str:
    return f"{round(100 * share, 1) + 0.0:.1f}"


def _weights(n: int) -> Values:
    """How often each conversation is drawn: the first row once each, then the resamples."""
    draws = np.random.default_rng(SEED).multinomial(n, np.full(n, 1 / n), size=RESAMPLES)
    return np.vstack([np.ones(n), draws])


def _metrics(draws: Sequence[Sequence[Comparison]], weights: Values) -> Mapping[str, Values]:
    """Every metric over all resamples, from the counts of all draws of noise together."""
    names = sorted({name for draw in draws for comparison in draw for name in comparison.counts})
    counts = np.array([[[c.counts[name] for name in names] for c in draw] for draw in draws]).sum(axis=0)
    totals = dict(zip(names, (weights @ counts).T, strict=True))
    return {name: values for name, values, _ in count_metrics(totals)}


def _loss(plain: Values, found: Values) -> Loss:
    low, high = np.nanpercentile((plain - found)[1:], [2.5, 97.5])
    return Loss(float(found[0]), float(plain[0] - found[0]), float(low), float(high))


def _labelled(path: Path) -> list[Json]:
    bodies = list(read_lines(require_file(path)))
    if not bodies or any("gold" not in body for body in bodies):
        raise InvalidInput(f"{path} must hold conversations that all carry `gold` labels, one a line")
    return bodies


def _homophones() -> Homophones:
    data = load(DATASETS)
    said = [turn.text for conversation in data.conversations for turn in conversation.turns]
    return homophones_of([*said, *(single["text"] for single in data.single_turns)])


def _table(options: argparse.Namespace) -> str:
    bodies, sops = _labelled(options.gold), load_sops(options.sop)
    analyzer = load_analyzer(options.models)
    wanted = list(noises(options.rate or RATES, _homophones()))
    table = []
    with progress("noise", len(wanted) + 1) as advance:
        for row in rows(analyzer, bodies, sops, wanted, draws=options.draws):
            table.append(row)
            advance(1)
    head = f"{len(bodies)} conversations, {options.draws} draws of noise each, models {analyzer.versions['models']}"
    return f"{head}\n\n{markdown(table)}"


def _rate(text: str) -> float:
    rate = float(text)
    if not 0 <= rate <= 1:
        raise argparse.ArgumentTypeError(f"{text} is no share between 0 and 1")
    return rate


def _draws(text: str) -> int:
    draws = int(text)
    if draws < 1:
        raise argparse.ArgumentTypeError("at least one draw is needed")
    return draws


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m tests.validate.robustness", description=__doc__)
    parser.add_argument("gold", type=Path, metavar="GOLD.jsonl")
    parser.add_argument("--sop", type=Path, action="append", required=True)
    parser.add_argument("--rate", type=_rate, action="append", help=f"default {', '.join(map(str, RATES))}")
    parser.add_argument("--draws", type=_draws, default=3, help="of noise for each rate")
    parser.add_argument("--models", type=Path, help="instead of the shipped ones")
    try:
        # One thread: what else runs on the machine does not slow it tenfold.
        with threadpool_limits(1):
            sys.stdout.write(_table(parser.parse_args(arguments)))
    except QaError as error:
        sys.stderr.write(f"error: {error}\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
