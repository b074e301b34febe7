"""What labelled conversations of an SOP buy: `python -m tests.validate.adaptation GOLD.jsonl --sop SOP.yaml`.

For each size so many conversations are drawn, learnt from, and the conversations beyond the largest size judged: the
same ones at every size, never one that was learnt from. The draw is repeated; intervals are percentiles of resamples
of whole conversations, all draws of a conversation together. Nothing is refused here: what is learnt is measured.
"""

import argparse
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.progress import Progress
from threadpoolctl import threadpool_limits

from models.artifacts import load
from models.protocols import Judge
from qa_service.aggregate.evaluation import Comparison, Difference, differences, summed
from qa_service.aggregate.evaluation.paired import STEP_LOSS
from qa_service.domain.sop import Sop
from qa_service.rulebook import load_sop
from qa_service.workflows.adapt_models import Labelled, Learner
from qa_service.workflows.read_labelled import LabelledFile

SEED = 20_261_124
SHOWN = ("missed_f1", "step_kappa", "step_turn_f1", STEP_LOSS)
Tested = dict[str, list[Comparison]]
"""Conversation -> its comparisons, one a draw."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print one table."""
    options = _parser().parse_args(arguments)
    general = load(options.models)
    sops = [load_sop(path) for path in options.sop]
    sys.stdout.write(f"{general.version}, {options.repeats} draws\n\n| SOP | learnt from | {' | '.join(SHOWN)} |\n")
    sys.stdout.write(f"|---|---:|{'---|' * len(SHOWN)}\n")
    found: dict[str, Mapping[int, Tested]] = {}
    console = Console(stderr=True)
    with threadpool_limits(1), Progress(console=console, disable=not console.is_terminal) as bar:
        task = bar.add_task("learning", total=len(sops) * options.repeats)
        for sop in sops:
            labelled = [one for path in options.gold for one in LabelledFile(path, sop)]
            found[sop.id] = curve(
                general, sop, labelled, options.sizes, repeats=options.repeats, done=lambda: bar.advance(task)
            )
            _write(sop.id, found[sop.id])
    if len(sops) > 1:
        _write(f"all {len(sops)}", together(found))


def curve(
    general: Judge,
    sop: Sop,
    labelled: Sequence[Labelled],
    sizes: Sequence[int],
    *,
    repeats: int,
    done: Callable[[], None] = lambda: None,
) -> Mapping[int, Tested]:
    """For each size the comparisons of conversations that were not learnt from."""
    labelled = sorted(labelled, key=lambda one: one.conversation.id)
    largest = max(sizes)
    if largest >= len(labelled):
        raise SystemExit(
            f"{len(labelled)} conversations of {sop.id}: too few to learn from {largest} and test on others"
        )
    learner = Learner(general, sop, labelled)
    found: dict[int, Tested] = {size: {} for size in sizes}
    for repeat in range(repeats):
        drawn = np.random.default_rng([SEED, repeat]).permutation(len(labelled)).tolist()
        tested = sorted(drawn[largest:])
        for size in sizes:
            learnt = learner.learn(sorted(drawn[:size])) if size else None
            for number, comparison in zip(tested, learner.compare(tested, learnt), strict=True):
                found[size].setdefault(labelled[number].conversation.id, []).append(comparison)
        done()
    return found


def together(found: Mapping[str, Mapping[int, Tested]]) -> Mapping[int, Tested]:
    """The conversations of all SOPs as one set."""
    sizes = next(iter(found.values()))
    return {
        size: {f"{sop}/{name}": tests for sop, sizes in found.items() for name, tests in sizes[size].items()}
        for size in sizes
    }


def rows(found: Mapping[int, Tested]) -> Iterator[tuple[int, list[Difference]]]:
    """Each size with its figures, and their differences from the smallest size."""
    first = found[min(found)]
    names = sorted(first)
    before = [summed(first[name]) for name in names]
    for size in sorted(found):
        yield size, differences(before, [summed(found[size][name]) for name in names])


def _write(name: str, found: Mapping[int, Tested]) -> None:
    for size, figures in rows(found):
        by_name = {one.name: one for one in figures}
        cells = [_cell(by_name[shown], compared=size != min(found)) for shown in SHOWN]
        sys.stdout.write(f"| {name} | {size} | {' | '.join(cells)} |\n")
    sys.stdout.flush()


def _cell(one: Difference, *, compared: bool) -> str:
    value = f"{one.after.value:.3f} ({one.after.low:.3f}–{one.after.high:.3f})"
    return f"{value}, {one.difference:+.3f} ({one.low:+.3f} to {one.high:+.3f})" if compared else value


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("gold", type=Path, nargs="+", help="labelled conversations")
    parser.add_argument("--sop", type=Path, action="append", required=True, help="may be given several times")
    parser.add_argument("--models", type=Path, default=None, help="release to start from; the shipped one when absent")
    parser.add_argument("--repeats", type=int, default=10)
    parser.add_argument(
        "--sizes", type=lambda text: sorted({int(part) for part in text.split(",")}), default=[0, 5, 10, 30]
    )
    return parser


if __name__ == "__main__":
    main()
