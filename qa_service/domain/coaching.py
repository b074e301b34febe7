"""What an agent does well and what would help most, with the agent's own words and a colleague's."""

from dataclasses import dataclass, field
from datetime import date, datetime

from qa_service.domain.change import Change, Direction
from qa_service.domain.counted import Counted
from qa_service.domain.metrics import Rate
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
class Estimate:
    """A number with its 95% interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Helpful:
    """That a step or obligation goes with a better outcome: the effect found, of how many contacts, how strong."""

    outcome: str
    effect: Estimate
    n: int
    grade: str


@dataclass(frozen=True, slots=True)
class CoachingPoint:
    """A step or obligation: how often this agent gave it, compared with colleagues; `weight` is its points.

    `shrunken` is the agent's share pulled towards that of all (few occasions: nearly there), `gap` what it lies above
    or below colleagues, `worth` what closing the gap would bring a conversation: of the outcome that `helpful` names,
    else points of the score.
    """

    sop: str
    kind: str
    id: str
    weight: float
    own: Counted
    change: Change
    cases: tuple[CoachingCase, ...]
    shrunken: Estimate
    gap: Estimate
    worth: Estimate
    helpful: Helpful | None = None

    @property
    def points_lost(self) -> float:
        """Points of the score that the gap to colleagues costs, per conversation that owes this."""
        return max(0.0, -self.gap.value) * self.weight


@dataclass(frozen=True, slots=True)
class CoachedPoint:
    """A step or obligation that an agent was coached on at a day: the agent's share then, as it was and shrunken."""

    sop: str
    kind: str
    id: str
    on: date
    own: Rate
    shrunken: Estimate


@dataclass(frozen=True, slots=True)
class Moved:
    """What became of a point after it was coached: the share since, and whether it moved by more than chance."""

    point: CoachedPoint
    since: Counted
    change: Change


@dataclass(frozen=True, slots=True)
class ApprovedWording:
    """A wording for a question or objection (of one product, or of all); `approved_by` is None while it is proposed."""

    id: str
    objection: str
    text: str
    product: str | None = None
    proposed_by: str = ""
    proposed_at: datetime | None = None
    approved_by: str | None = None
    approved_at: datetime | None = None


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
    objections: int = 0
    approved: tuple[ApprovedWording, ...] = ()


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
    moved: tuple[Moved, ...] = ()


@dataclass(frozen=True, slots=True)
class TeamCell:
    """One agent at one step: the share, the share pulled towards the team's, and whether it differs from the others."""

    agent_id: str
    own: Counted
    shrunken: Estimate
    direction: Direction


@dataclass(frozen=True, slots=True)
class TeamStep:
    """A step or obligation across a team."""

    sop: str
    kind: str
    id: str
    whole: Rate
    cells: tuple[TeamCell, ...]


@dataclass(frozen=True, slots=True)
class TeamRow:
    """One agent of a team: score pulled towards the team's mean, grievances of own customers; no rank."""

    agent_id: str
    agent_name: str | None
    n: int
    score: Mean
    shrunken: Estimate | None
    direction: Direction
    complaints: Counted
    refunds: Counted


@dataclass(frozen=True, slots=True)
class TeamSheet:
    """All agents of a team over a period, by id: there is no ranking, only what differs by more than chance."""

    team: str
    period: Period
    first_day: date | None
    last_day: date | None
    n: int
    rows: tuple[TeamRow, ...]
    steps: tuple[TeamStep, ...]


@dataclass(frozen=True, slots=True)
class CoachingTalk:
    """That an agent was coached on a day, on which points."""

    id: str
    agent_id: str
    on: date
    points: tuple[CoachedPoint, ...]
    note: str = ""
    by: str = ""
    at: datetime | None = None
