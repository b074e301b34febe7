"""Who is compared with whom: the risk set of each target (contract, Insight)."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from qa_service.domain.effect import Target, TargetKind
from qa_service.effects.contacts import Contacts, Floats, Ints
from qa_service.effects.readings import ABSENT, DONE_SOMEWHERE, YES


@dataclass(frozen=True)
class RiskSet:
    """The contacts (`rows` of the table) in which the target could have happened, whether it did, and how likely."""

    target: Target
    rows: Ints
    exposed: NDArray[np.bool_]
    readings: Floats


def risk_sets(contacts: Contacts, rows: Ints, landmark_share: float) -> Iterator[RiskSet]:
    """The risk set of each target among the given rows."""
    for target, values in contacts.targets.items():
        inside = values[rows] != ABSENT
        if target.kind is TargetKind.STEP:
            # A conversation that ended before the step was due says nothing about the step (immortal time).
            inside &= contacts.last_customer_turn[rows] >= landmark(values, landmark_share)
        chosen = rows[inside]
        exposed = was_done(target, values[chosen])
        readings = contacts.readings[target][chosen] if target in contacts.readings else exposed.astype(float)
        yield RiskSet(target, chosen, exposed, readings)


def was_done(target: Target, values: Ints) -> NDArray[np.bool_]:
    """Whether a target was done or said, by its values: those of a step are first turns."""
    return np.asarray(values >= 0 if target.kind is TargetKind.STEP else values == YES)


def landmark(first_turns: Ints, share: float) -> int:
    """The turn by which `share` of the first occurrences of a step have happened; 0 when it never happens."""
    seen = np.sort(first_turns[(first_turns >= 0) & (first_turns < DONE_SOMEWHERE)])
    return int(seen[int(np.ceil(share * len(seen))) - 1]) if len(seen) else 0
