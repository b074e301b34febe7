"""How likely each contact was to be exposed, and how likely it really was, where exposure is read with errors.

A reading tells "done with probability p", calibrated over all contacts. Used as it stands, p shrinks the difference
between agents who do a step often and agents who seldom do, and with it the effect. So the probability that a contact
was exposed (m, from its confounders) and what its reading says are fitted together: p is turned into how much more
often such a reading comes from a contact where the step was done, and back into a probability where the share is m
(Saerens, Latinne, Decaestecker 2002; the fit is their EM with m a logistic regression). Readings that are certain stay
what they are, and the fit is then the ordinary one.
"""

from dataclasses import dataclass

import numpy as np

from qa_service.effects.confounders import Design
from qa_service.effects.contacts import Floats, Ints
from qa_service.effects.nuisance import Logit, cross_fitted

# Readings are taken for no surer than this.
SUREST = 1e-6
# Where readings tell next to nothing, a contact counts no more than as if they told this share of what they could.
LEAST_TOLD = 0.05


@dataclass(frozen=True)
class Exposure:
    """Of each row: `propensity` (how likely, from its confounders) and `chance` (how likely, with its reading)."""

    propensity: Floats
    chance: Floats

    def spread(self) -> Floats:
        """The variance of `chance` among rows of like propensity.

        By the law of total variance it is that of a yes or no, less what readings leave open; the latter is a smooth
        function of the propensity.
        """
        m = self.propensity
        whole = m * (1 - m)
        left_open = self.chance * (1 - self.chance)
        basis = np.column_stack([whole, whole**2, whole * (m - 0.5)])
        fitted = basis @ np.linalg.lstsq(basis, left_open, rcond=None)[0]
        return np.asarray(np.clip(whole - fitted, LEAST_TOLD * whole, whole))


def exposure(design: Design, readings: Floats, folds: Ints, ridge: float) -> Exposure:
    """Propensities and chances, each row's by a fit that did not see it."""
    likelihood = _odds(readings) / _odds(np.atleast_1d(readings.mean()))

    def chance(share: Floats) -> Floats:
        return np.asarray(share * likelihood / (share * likelihood + 1 - share))

    share = cross_fitted(Logit(design, ridge), chance, folds).share
    return Exposure(share, chance(share))


def _odds(p: Floats) -> Floats:
    inside = np.clip(p, SUREST, 1 - SUREST)
    return np.asarray(inside / (1 - inside))
