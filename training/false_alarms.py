"""How often harmless words are taken for a red line, and quiet conversations for a complaint or a refund request.

python -m training.false_alarms [--datasets DIR] [--encoder TUNED] [--show FILE]

Everything is judged by models that never saw its SOP (or group of single turns), at the bounds of the shipped
rulebook. Harmless turns are agents' turns without any labelled red line: of conversations, and turns written for acts,
which nobody labelled for red lines but which were read where a model raised an alarm
(`datasets/acts/red_lines` lists those that truly cross one). Single turns written to look like a red line
stand apart, and are left out with an encoder, which has seen them: no one meets them in life.
"""

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from scipy.stats import beta
from threadpoolctl import threadpool_limits

from training.data import Data, load
from training.fit_sureness import learn_sureness
from training.harmless_turns import ACTS, CONVERSATIONS, KINDS, NEAR_MISSES, Alarm, HarmlessTurn, alarms, harmless_turns
from training.items import Judged, is_detected
from training.rulebook_files import Rulebook, load_rulebook
from training.train import Learning, held_out_turns, learn_space, nobody, tuned_readers

PREVALENCES = (0.005, 0.01, 0.02)
DRAWS, SEED = 4000, 0


def red_line_figures(turns: Sequence[HarmlessTurn], found: Sequence[Alarm], recall: tuple[int, int]) -> dict[str, Any]:
    """Turns with an alarm per 1,000 by where they come from, precision by prevalence, alarms by red line.

    `recall`: how many of so many labelled red lines are found. Several alarms of one turn count once.
    """
    report: dict[str, Any] = {}
    for name, kinds in {"harmless": (CONVERSATIONS, ACTS), **{k: (k,) for k in KINDS}}.items():
        alarmed = {id(alarm.turn) for alarm in found if alarm.turn.kind in kinds}
        report[name] = per_thousand(len(alarmed), sum(turn.kind in kinds for turn in turns))
    natural = [alarm for alarm in found if alarm.turn.kind != NEAR_MISSES]
    false = (report["harmless"]["found"], report["harmless"]["of"])
    report["recall"] = recall
    report["precision"] = {f"{share:.1%}": precision(share, recall, false) for share in PREVALENCES}
    report["by red line"] = dict(Counter(alarm.item.label for alarm in natural).most_common())
    return report


def grievance_figures(items: Sequence[Judged], data: Data) -> dict[str, Any]:
    """False complaints and refund requests per 1,000 conversations without one."""
    report = {}
    for kind in ("complaint", "refund"):
        without = sum(not is_detected(c.gold[kind]) for c in data.conversations if kind in c.gold)
        wrong = sum(judged.item.kind == kind and not judged.right for judged in items)
        report[kind] = per_thousand(wrong, without)
    return report


def per_thousand(count: int, of: int) -> dict[str, float]:
    """A rate per 1,000 with its 95% interval (Clopper and Pearson 1934)."""
    low = float(beta.ppf(0.025, count, of - count + 1)) if count else 0.0
    high = float(beta.ppf(0.975, count + 1, of - count)) if count < of else 1.0
    shown = (1000 * count / max(1, of), 1000 * low, 1000 * high)
    return {"of": of, "found": count} | dict(
        zip(("per_1000", "low", "high"), (round(v, 2) for v in shown), strict=True)
    )


def precision(share: float, recall: tuple[int, int], false: tuple[int, int]) -> list[float]:
    """Precision where this share of turns crosses a red line, with a 95% interval (rates drawn from Jeffreys' beta)."""
    random = np.random.default_rng(SEED)
    right, wrong = (
        share_ * np.append(k / max(1, n), random.beta(k + 0.5, n - k + 0.5, DRAWS))
        for share_, (k, n) in ((share, recall), (1 - share, false))
    )
    precisions = right / np.maximum(right + wrong, 1e-12)
    return [round(float(v), 3) for v in (precisions[0], *np.percentile(precisions[1:], [2.5, 97.5]))]


def recall_of(items: Sequence[Judged], data: Data, rulebook: Rulebook) -> tuple[int, int]:
    """How many built-in red lines of the conversations are found, of how many labelled."""
    lines = [line["id"] for c in data.conversations for line in c.gold.get("red_lines", ())]
    labelled = sum(name in rulebook.denied_by for name in lines)
    return sum(judged.item.kind == "red_line" and judged.right for judged in items), labelled


def main(arguments: Sequence[str] | None = None) -> int:
    """Fit the turn classifiers and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--datasets", type=Path, nargs="+", default=[Path("datasets")])
    parser.add_argument("--encoder", type=Path, help="folder that `training.encoder.tune` filled; none: no encoder")
    parser.add_argument("--show", type=Path, help="write every alarm in a harmless turn here, the surest first")
    options = parser.parse_args(arguments)
    with threadpool_limits(1):
        data, rulebook = load(*options.datasets), load_rulebook()
        readers = tuned_readers(options.encoder) if options.encoder else nobody
        learning = Learning(data, learn_space(data), readers, Console(stderr=True))
        held_out = held_out_turns(learning, reading=options.encoder is not None)
        learnt = learn_sureness(data, held_out, rulebook)
        turns = [t for t in harmless_turns(data, rulebook) if t.kind != NEAR_MISSES or not options.encoder]
        found = list(alarms(turns, held_out, rulebook, learnt.without))
    report = red_line_figures(turns, found, recall_of(learnt.items, data, rulebook))
    report |= grievance_figures(learnt.items, data)
    sys.stdout.write(json.dumps(report, ensure_ascii=False, indent=1) + "\n")
    if options.show:
        options.show.write_text("".join(_shown(found)), "utf-8")
    return 0


def _shown(found: Iterable[Alarm]) -> Iterator[str]:
    for alarm in sorted(found, key=lambda alarm: -alarm.item.probability):
        told = {"probability": round(alarm.item.probability, 3), "red_line": alarm.item.label, **asdict(alarm.turn)}
        yield json.dumps({k: v for k, v in told.items() if k != "watched"}, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    sys.exit(main())
