"""What freshly trained models do on data held out from them: the first thing to read after a training run."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import cohen_kappa_score

from models.linear import sigmoid
from models.protocols import Matrix
from training.abstention import Decided, of_findings, of_verdicts
from training.fit_acts import FittedActs, peaks_and_done
from training.fit_turns import FittedTask

# Below it nothing is found at all (`detect_at` of the rulebook lies around it).
FOUND_FROM = 0.4


def summary(held_out: Mapping[str, Matrix], tasks: Mapping[str, FittedTask], acts: FittedActs) -> dict[str, Any]:
    """F1 at the bound 0.5 and at the best bound, for every task and kind of act, on groups held out.

    Then the figures of whole conversations: of steps missed, Cohen's kappa and Brier score of P(done).
    """
    report: dict[str, Any] = {
        name: best_bound(held_out[name].ravel(), fitted.holds.ravel()) for name, fitted in tasks.items()
    }
    for kind in ("step", "trigger", "response", "red_line"):
        blocks = [(p, b.holds) for b, p in zip(acts.pairs, acts.held_out, strict=True) if b.kind == kind]
        if blocks:
            report[kind] = best_bound(np.concatenate([p for p, _ in blocks]), np.concatenate([h for _, h in blocks]))
    report["decided"] = {
        "step": shown(of_verdicts(*steps_shown(acts))),
        **{name: shown(of_findings(held_out[name], f.holds, found_from=FOUND_FROM)) for name, f in tasks.items()},
    }
    return report | steps_done(acts)


def shown(bound: Decided | None) -> dict[str, float] | None:
    """From what confidence on a verdict may stand alone, what share then does, and how many of them are wrong."""
    return {name: round(value, 3) for name, value in asdict(bound).items()} if bound else None


def steps_done(acts: FittedActs) -> dict[str, float]:
    """How well "done in this conversation" is told on SOPs held out."""
    probability, done = steps_shown(acts)
    found = probability >= 0.5
    return {
        "missed_f1": round(f1(~found, ~done), 3),
        "step_kappa": round(float(cohen_kappa_score(done, found)), 3),
        "step_brier": round(float(np.mean((probability - done) ** 2)), 4),
        "step_ece": round(calibration_error(probability, done), 4),
    }


def calibration_error(probability: Matrix, holds: NDArray[np.bool_], *, bins: int = 15) -> float:
    """Expected calibration error over bins of equal mass (Nguyen and O'Connor 2015)."""
    parts = np.array_split(np.argsort(probability, kind="stable"), bins)
    gaps = [abs(probability[part].mean() - holds[part].mean()) * len(part) for part in parts if len(part)]
    return float(sum(gaps) / len(probability))


def steps_shown(acts: FittedActs) -> tuple[Matrix, NDArray[np.bool_]]:
    """P(done) of every step of every conversation, and the truth."""
    peaks, done = peaks_and_done(acts.pairs, acts.held_out)
    calibration = acts.matcher.calibration
    return sigmoid(peaks @ calibration[:-1] + calibration[-1]), done


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
