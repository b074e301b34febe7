"""Phrases as targets: found on one half of the customers, estimated on the other.

The finder only proposes: log-odds of a phrase among conversations with the outcome against those without, pulled to
the phrase's background by an informative Dirichlet prior (Monroe, Colaresi, Quinn 2008), counted once a conversation.
It is blind to who spoke to whom. What it proposes is estimated like a step, on customers it has not seen, so that
having been chosen adds nothing to the estimate; and only among conversations still open when it is commonly said.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from qa_service.domain.effect import Target, TargetKind
from qa_service.domain.insight import EffectBounds
from qa_service.effects.contacts import Contacts, Floats, Ints
from qa_service.effects.readings import MISSED, YES
from qa_service.effects.targets import RiskSet, landmark, was_done

Flags = NDArray[np.bool_]
# A phrase that goes with a target this closely is that target in other words.
SAME_AS_TARGET = 0.7


def phrase_sets(contacts: Contacts, rows: Ints, outcome: str, bounds: EffectBounds) -> Iterator[RiskSet]:
    """The risk sets of the phrases that stand out for an outcome, on the customers the finder has not seen."""
    # The lowest bit of a hash deals customers evenly.
    first_half = (contacts.customers[rows] & 1) == 0
    ranked = []
    for phrase in contacts.phrases:
        values = np.full(len(contacts.agents), MISSED, dtype=np.int64)
        values[phrase.rows] = phrase.first_turns
        open_then = contacts.last_customer_turn[rows] >= landmark(phrase.first_turns, bounds.landmark_share)
        seen, kept = rows[open_then & first_half], rows[open_then & ~first_half]
        said, others = values[seen] >= 0, values[kept] >= 0
        if min(said.sum(), others.sum(), (~said).sum(), (~others).sum()) < bounds.phrase_conversations:
            continue
        z = log_odds(said, contacts.outcomes[outcome][seen] == YES, bounds.phrase_prior)
        if abs(z) >= bounds.phrase_z and not _restates(contacts, kept, others.astype(float)):
            ranked.append((-abs(z), phrase.words, kept, others))
    chosen: list[str] = []
    for _, words, kept, others in sorted(ranked, key=lambda one: one[:2]):
        # One phrase of those that stand in each other.
        if len(chosen) < bounds.phrases and not any(words in other or other in words for other in chosen):
            chosen.append(words)
            yield RiskSet(Target(TargetKind.PHRASE, words), kept, others, others.astype(float))


def log_odds(said: Flags, happened: Flags, prior: float) -> float:
    """The z-score of a phrase's log-odds with and without the outcome; `prior` is the weight of its background."""
    background = prior * float(said.mean())
    first = _odds(float(said[happened].sum()), float(happened.sum()), background, prior)
    second = _odds(float(said[~happened].sum()), float((~happened).sum()), background, prior)
    return (first[0] - second[0]) / float(np.sqrt(first[1] + second[1]))


def _odds(count: float, total: float, background: float, prior: float) -> tuple[float, float]:
    """Log-odds and its variance."""
    return float(np.log((count + background) / (total + prior - count - background))), 1 / (count + background)


def _restates(contacts: Contacts, rows: Ints, said: Floats) -> bool:
    """Whether a phrase goes so closely with a target that it is the same thing."""
    for target, values in contacts.targets.items():
        done = was_done(target, values[rows]).astype(float)
        if done.std() > 0 and abs(float(np.corrcoef(done, said)[0, 1])) >= SAME_AS_TARGET:
            return True
    return False
