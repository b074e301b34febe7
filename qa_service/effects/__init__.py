"""Which steps, other acts and phrases go with outcomes: the statistics, honest.

Only conversations still open when a step was due are compared; the comparison is adjusted for who spoke, to
whom and when, and for what is read with errors; standard errors are clustered by agent; false discoveries are
controlled within SOP and outcome; declared rollouts are analysed by assignment.
"""

from qa_service.effects.compute import (
    EffectsRun,
    Gathering,
    effects_of,
    gather,
    judge_together,
)
from qa_service.effects.contacts import Contacts
from qa_service.effects.outcomes import Clock, OutcomeHistory
from qa_service.effects.randomised import trials_of
from qa_service.effects.sample_size import customers_needed, sample_size

__all__ = [
    "Clock",
    "Contacts",
    "EffectsRun",
    "Gathering",
    "OutcomeHistory",
    "customers_needed",
    "effects_of",
    "gather",
    "judge_together",
    "sample_size",
    "trials_of",
]
