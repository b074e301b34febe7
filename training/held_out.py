"""What freshly trained models do on data held out from them: the first thing to read after a training run."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.protocols import Matrix
from training.fit_acts import FittedActs
from training.fit_turns import FittedTask


def summary(tasks: Mapping[str, FittedTask], acts: FittedActs) -> dict[str, Any]:
    """F1 at the bound 0.5 and at the best bound, for every task and kind of act, on groups held out."""
    report: dict[str, Any] = {
        name: best_bound(fitted.held_out.ravel(), fitted.holds.ravel()) for name, fitted in tasks.items()
    }
    for kind in ("step", "trigger", "response", "red_line"):
        blocks = [(p, b.holds) for b, p in zip(acts.pairs, acts.held_out, strict=True) if b.kind == kind]
        if blocks:
            report[kind] = best_bound(np.concatenate([p for p, _ in blocks]), np.concatenate([h for _, h in blocks]))
    return report


def best_bound(probabilities: Matrix, holds: NDArray[np.bool_]) -> dict[str, float]:
    """F1 at 0.5, and the bound with the highest F1."""
    bounds = np.round(np.arange(0.1, 0.9, 0.05), 2)
    scores = [f1(probabilities >= bound, holds) for bound in bounds]
    best = int(np.argmax(scores))
    return {
        "n": int(holds.sum()),
        "f1_at_0.5": round(f1(probabilities >= 0.5, holds), 3),
        "best_bound": float(bounds[best]),
        "f1_at_best": round(scores[best], 3),
    }


def f1(found: NDArray[np.bool_], holds: NDArray[np.bool_]) -> float:
    """Harmonic mean of precision and recall; 0 when nothing is right."""
    right = int((found & holds).sum())
    return 2 * right / (int(found.sum()) + int(holds.sum())) if right else 0.0
