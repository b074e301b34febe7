"""What an agent does well and what would help most, with the agent's own words and a colleague's."""

from dataclasses import dataclass, field
from datetime import date

from qa_service.domain.change import Change
from qa_service.domain.counted import Counted
from qa_service.domain.period import Period
from qa_service.domain.quote import Quote
from qa_service.domain.topic import Topic


@dataclass(frozen=True, slots=True)
class CoachingCase:
    """An example to learn from: `kind` is good, missed or colleague; the words, or the moment where they lacked."""

    kind: str
    quote: Quote
    agent_id: str


@dataclass(frozen=True, slots=True)
class CoachingPoint:
    """A step or obligation: how often this agent gave it, compared with colleagues; `weight` is its points."""

    sop: str
    kind: str
    id: str
    weight: float
    own: Counted
    change: Change
    cases: tuple[CoachingCase, ...]

    @property
    def points_lost(self) -> float:
        """Points of the score that the gap to colleagues costs, per conversation that owes this."""
        gap = self.change.difference.value
        return max(0.0, -gap) * self.weight if gap is not None else 0.0


@dataclass(frozen=True, slots=True)
class Mean:
    """A mean with its 95% interval; None where fewer than two values leave it unknown."""

    n: int
    value: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Scores:
    """Settled scores of the agent and of colleagues; provisional ones are only counted, with their range."""

    own: Mean
    colleagues: Mean
    provisional: int
    provisional_low: float | None
    provisional_high: float | None


@dataclass(frozen=True, slots=True)
class CoachingNeed:
    """A topic among this agent's customers: how often it was answered, against colleagues, and their best answer."""

    topic: Topic
    own: Counted
    answered: Change
    open_in: tuple[str, ...]
    best_answer: CoachingCase | None


@dataclass(frozen=True, slots=True)
class Grievance:
    """A complaint or refund request of an own customer: its reasons, the customer's words, the promises made."""

    kind: str
    reasons: tuple[str, ...]
    quote: Quote | None
    promises: tuple[tuple[str, Quote], ...]
    conversation_id: str


@dataclass(frozen=True, slots=True)
class CoachingSheet:
    """One agent, one period. `strengths` and `priorities` hold only what the data can tell."""

    agent_id: str
    agent_name: str | None
    team: str | None
    period: Period
    first_day: date | None
    last_day: date | None
    n: int
    n_colleagues: int
    n_colleague_agents: int
    compared_with: str
    scores: Scores
    points: tuple[CoachingPoint, ...]
    strengths: tuple[CoachingPoint, ...]
    priorities: tuple[CoachingPoint, ...]
    red_lines: tuple[tuple[str, Quote], ...]
    complaints: Counted
    refunds: Counted
    complaint_change: Change
    refund_change: Change
    grievances: tuple[Grievance, ...]
    needs: tuple[CoachingNeed, ...]
    conversations: tuple[str, ...] = field(default=())
