"""How many customers it takes to see a difference: told before the answer, so that nobody reads too much into it."""

from math import ceil, sqrt

import numpy as np
from scipy import stats

from qa_service.domain.effect import SampleSize
from qa_service.domain.insight import EffectBounds
from qa_service.effects.contacts import Contacts

LEVEL, POWER = 0.05, 0.80


def sample_size(contacts: Contacts, outcome: str, bounds: EffectBounds) -> SampleSize:
    """The customers of one SOP whose outcome is known, its rate, and how many it takes."""
    rows = contacts.first_of_customers(outcome)
    rate = float(np.mean(contacts.outcomes[outcome][rows])) if len(rows) else None
    needed = tuple((one, customers_needed(rate, one)) for one in bounds.asked_differences) if rate is not None else ()
    return SampleSize(contacts.sop, outcome, len(rows), rate, needed)


def customers_needed(rate: float, difference: float) -> int:
    """Customers, half of them exposed, of whom a difference is seen four times in five at the 5% level, two-sided.

    Each half's rate lies half the difference from `rate` (Fleiss, Levin, Paik 2003, without continuity correction).
    """
    rates = (rate - difference / 2, rate + difference / 2)
    variance = sum(max(p * (1 - p), 0.0) for p in rates)
    plain = 2 * max(rate * (1 - rate), 0.0)
    z_level, z_power = float(stats.norm.ppf(1 - LEVEL / 2)), float(stats.norm.ppf(POWER))
    each = (z_level * sqrt(plain) + z_power * sqrt(variance)) ** 2 / difference**2
    return 2 * ceil(each)
