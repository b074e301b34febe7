"""Which steps and other acts go with outcomes: the statistics, honest.

Only conversations still open when a step was due are compared; the comparison is adjusted for who spoke, to
whom and when; standard errors are clustered by agent; false discoveries are controlled within SOP and outcome.
"""

from qa_service.effects.compute import EffectsRun, Gathering, effects_of, gather, judge_together
from qa_service.effects.contacts import Contacts
from qa_service.effects.outcomes import Clock, OutcomeHistory

__all__ = ["Clock", "Contacts", "EffectsRun", "Gathering", "OutcomeHistory", "effects_of", "gather", "judge_together"]
