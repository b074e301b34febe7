"""How much another SOP of labelled conversations is worth: figures on the same SOPs left out, by SOPs learnt from.

python -m training.learning_curve [--datasets DIR] [--sizes 10 20 30 40 50]
"""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import cohen_kappa_score
from threadpoolctl import threadpool_limits

from models.act_matcher import BoostedActMatcher, peaks
from models.linear import sigmoid
from models.protocols import Matrix
from training.act_space import fit_act_space
from training.data import Data, load, step_acts
from training.fit_acts import act_pairs, fit_matcher, sop_groups
from training.held_out import f1
from training.train import learn_space

LEFT_OUT = 12
DRAWS, SEED = 500, 0


@dataclass(frozen=True)
class Told:
    """Steps of one conversation: P(done), whether done, and the same for its turns."""

    p_done: Matrix
    done: NDArray[np.bool_]
    turns: Matrix
    performed: NDArray[np.bool_]


def curve(data: Data, sizes: Sequence[int]) -> dict[int, list[Told]]:
    """What matchers learnt from so many SOPs say of the SOPs left out."""
    names = sorted({conversation.sop for conversation in data.conversations})
    shuffled = [names[i] for i in np.random.default_rng(SEED).permutation(len(names))]
    left_out, rest = shuffled[:LEFT_OUT], shuffled[LEFT_OUT:]
    return {size: _told(data, learnt(data, rest[:size]), left_out) for size in sizes if size <= len(rest)}


def learnt(data: Data, names: Sequence[str]) -> BoostedActMatcher:
    """A matcher that has seen the conversations and single turns of these SOPs only."""
    part = replace(
        data,
        conversations=tuple(c for c in data.conversations if c.sop in names),
        sops={name: sop for name, sop in data.sops.items() if name in names},
        act_turns=tuple(turn for turn in data.act_turns if turn.sop in names),
    )
    ngrams = learn_space(part)
    pairs = act_pairs(part, ngrams, lambda _: None)
    return fit_matcher(pairs, sop_groups(part), fit_act_space(part, ngrams, without=set())).matcher


def _told(data: Data, matcher: BoostedActMatcher, names: Sequence[str]) -> list[Told]:
    found = []
    for conversation in data.conversations:
        if conversation.sop in names:
            acts = step_acts(data.sops[conversation.sop])
            ids = [step["id"] for step in data.sops[conversation.sop]["steps"]]
            performed = np.zeros((len(conversation.turns), len(acts)), dtype=bool)
            for step in conversation.gold["steps"]:
                performed[step["turns"], ids.index(step["id"])] = True
            turns = matcher.match(conversation.turns, acts)
            p_done = sigmoid(peaks(turns) @ matcher.calibration[:-1] + matcher.calibration[-1])
            found.append(Told(p_done, np.asarray(performed.any(axis=0)), turns, performed))
    return found


def figures(told: Sequence[Told]) -> NDArray[np.float64]:
    """Turn F1, F1 of steps missed, kappa."""
    p_done, done = (np.concatenate(part) for part in zip(*((t.p_done, t.done) for t in told), strict=True))
    turns = np.concatenate([t.turns.ravel() for t in told]) >= 0.5
    performed = np.concatenate([t.performed.ravel() for t in told])
    kappa = float(cohen_kappa_score(done, p_done >= 0.5))
    return np.array([f1(turns, performed), f1(p_done < 0.5, ~done), kappa])


def table(told: dict[int, list[Told]]) -> str:
    """The curve as a Markdown table, with 95% intervals by conversation."""
    lines = ["| SOPs learnt from | turn F1 | missed F1 | κ |", "|---|---|---|---|"]
    for size, conversations in told.items():
        random = np.random.default_rng(SEED)
        picks = random.integers(len(conversations), size=(DRAWS, len(conversations)))
        drawn = np.array([figures([conversations[i] for i in pick]) for pick in picks])
        low, high = np.percentile(drawn, [2.5, 97.5], axis=0)
        cells = [f"{v:.3f} ({a:.3f}–{b:.3f})" for v, a, b in zip(figures(conversations), low, high, strict=True)]
        lines.append(f"| {size} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the curve."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--datasets", type=Path, default=Path("datasets"))
    parser.add_argument("--sizes", type=int, nargs="+", default=[10, 20, 30, 40, 50])
    options = parser.parse_args(arguments)
    with threadpool_limits(1):
        sys.stdout.write(table(curve(load(options.datasets), options.sizes)))


if __name__ == "__main__":
    main()
