"""Intervals and evidence that stay valid however often somebody looks.

The scaled normal mixture ("g-prior") of Lindon, Ham, Tingley and Bojinov, "Anytime-valid linear models and regression
adjusted causal inference in randomized experiments" (arXiv 2210.08589), which for many degrees of freedom is the
asymptotic confidence sequence of Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas, "Time-uniform central limit theory
and asymptotic confidence sequences" (Annals of Statistics 2024), and the mixture of Robbins (1970). The package confseq
was looked at: it has not been released for years, comes without wheels for present Pythons, and knows independent
observations only, so the two formulas stand here. Families: e-BH, Wang and Ramdas, "False discovery rate control with
e-values" (JRSS-B 2022), which asks nothing of how the figures hang together.
"""

from collections.abc import Sequence
from math import exp, inf, log, log1p, sqrt

LARGEST_LOG = 700.0


def evidence(value: float, error: float, degrees: float, spread: float) -> float:
    """The e-value against "no difference": by chance it ever exceeds 1/α with probability α at most.

    `error` is the standard error with so many `degrees` of freedom; `spread` the size of differences that are looked
    for, in the unit of `value`: it makes the test sharpest there and valid everywhere.
    """
    if error <= 0 or degrees <= 0:
        return 0.0
    share = error**2 / (error**2 + spread**2)
    squared = (value / error) ** 2 / degrees
    power = (degrees + 1) / 2
    return exp(min(LARGEST_LOG, log(share) / 2 + power * (log1p(squared) - log1p(share * squared))))


def half_width(error: float, degrees: float, spread: float, level: float) -> float:
    """Half of the interval that holds the truth at all looks together with probability 1 - `level`; may be infinite."""
    if error <= 0 or degrees <= 0:
        return inf
    share = error**2 / (error**2 + spread**2)
    factor = exp(min(LARGEST_LOG, -2 / (degrees + 1) * (log(level) + log(share) / 2)))
    if factor * share >= 1:
        return inf
    return error * sqrt(degrees * (factor - 1) / (1 - factor * share))


def discoveries(e_values: Sequence[float | None], level: float) -> list[bool]:
    """Which of a family are real, at most a share `level` of them falsely so; None takes part in nothing."""
    known = sorted(((e, index) for index, e in enumerate(e_values) if e is not None), reverse=True)
    found = [False] * len(e_values)
    last = max((rank for rank, (e, _) in enumerate(known, 1) if e * rank >= len(known) / level), default=0)
    for _, index in known[:last]:
        found[index] = True
    return found
