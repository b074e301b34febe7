"""Closed periods (封账): the final scores of a period, frozen; an appeal won later books a correction beside them."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from qa_service.domain.score import Score, ScoreState, Veto


@dataclass(frozen=True, slots=True)
class ClosedPeriod:
    """Days `first` to `last` (both included), in the deployment's zone, whose final scores never move again."""

    id: int
    first: date
    last: date
    reason: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class FrozenScore:
    """The final score of one conversation when its period was closed, with agent and team as they were.

    `analysis_id` is None for a conversation that was not analysed by then.
    """

    conversation_id: str
    period: int
    analysis_id: int | None
    sop: str | None
    sop_version: int | None
    models: str | None
    code: str | None
    score: float | None
    score_low: float | None
    score_high: float | None
    score_state: str | None
    passed: bool | None
    veto: str | None
    agent_id: str | None
    agent_name: str | None
    team: str | None
    org: tuple[str, ...] = ()

    def as_score(self) -> Score | None:
        """The score itself, None where no SOP judged."""
        if self.score is None or self.score_low is None or self.score_high is None:
            return None
        return Score(
            value=self.score,
            low=self.score_low,
            high=self.score_high,
            state=ScoreState(self.score_state or ScoreState.SETTLED),
            passed=bool(self.passed),
            veto=Veto(self.veto) if self.veto else None,
        )


@dataclass(frozen=True, slots=True)
class Correction:
    """What a won appeal changes about a frozen score: booked on its day, never into the period."""

    conversation_id: str
    period: int
    appeal_id: str
    old_score: float | None
    new_score: float | None
    old_passed: bool | None
    new_passed: bool | None
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class PeriodTotals:
    """What a closed period holds: conversations, those with a score, those passed, the mean score.

    `provisional`: frozen although a person had still to decide something; `proposed_vetoes`: of these, by a fatal red
    line that nobody confirmed.
    """

    conversations: int
    scored: int
    passed: int
    mean_score: float | None
    provisional: int
    proposed_vetoes: int
    corrections: int


def score_columns(score: Score | None) -> dict[str, Any]:
    """A score as the fields of a frozen one."""
    return {
        "score": score.value if score else None,
        "score_low": score.low if score else None,
        "score_high": score.high if score else None,
        "score_state": score.state.value if score else None,
        "passed": score.passed if score else None,
        "veto": score.veto.value if score and score.veto else None,
    }
