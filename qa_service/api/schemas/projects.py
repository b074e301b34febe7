"""Bodies about problem projects (课题)."""

from datetime import date, datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from qa_service.api.schemas.body import Body, Branch, Day, RequestBody, Words, asks, shows
from qa_service.api.schemas.changes import CHANGE, ChangeBody
from qa_service.domain.project import Project, ProjectAction
from qa_service.domain.rollout import Place

SPAN: dict[str, Any] = {
    "first": "2026-08-04",
    "last": "2026-09-28",
    "mean": 0.118,
    "low": 0.104,
    "high": 0.134,
    "n": 2010,
    "n_agents": 21,
}
ACTION: dict[str, Any] = {
    "id": 5,
    "text": "试听后当天回访",
    "owner": "manager-sun",
    "due_on": "2026-10-10",
    "done_on": None,
}
WANTED: dict[str, Any] = {
    "title": "一部试听转化偏低",
    "problem": "试听后三天内无人跟进",
    "figure": "converted",
    "target": 0.15,
    "begins_on": "2026-09-29",
    "due_on": "2026-12-31",
    "department": "sales",
    "owner": "manager-sun",
    "org": ["总部", "一部"],
    "products": [],
    "sop": "moya-trial-call",
    "actions": [{"text": "试听后当天回访", "owner": "manager-sun", "due_on": "2026-10-10"}],
}
PROJECT: dict[str, Any] = {
    **WANTED,
    "id": 3,
    "state": "open",
    "baseline": SPAN,
    "actions": [ACTION],
    "by": "ops-chen",
    "at": "2026-09-28T02:00:00Z",
    "closed_by": None,
    "closed_at": None,
    "conclusion": "",
}
PROGRESS: dict[str, Any] = {"now": SPAN, "reached": "cannot_tell", "change": CHANGE}
Short = Field("", max_length=200)
Name = Field(min_length=1, max_length=200)


class ActionRequest(RequestBody):
    """Something that is done about it."""

    model_config = asks(WANTED["actions"][0])
    text: Words = Field(min_length=1, max_length=2000)
    owner: Words = Short
    due_on: Day | None = None

    def as_action(self) -> ProjectAction:
        """The action itself."""
        return ProjectAction(self.text, self.owner, self.due_on)


class ActionChanges(RequestBody):
    """What changes of an action; what is left out stays."""

    model_config = asks({"done_on": "2026-10-09"})
    text: Words | None = Field(None, min_length=1, max_length=2000)
    owner: Words | None = Field(None, max_length=200)
    due_on: Day | None = None
    done_on: Day | None = None


class ProjectRequest(RequestBody):
    """What shall get better, by whom, from where to where, from when to when; the baseline is taken from the data.

    `figure`: converted, trial_attended, refunded, complained, complaint, refund_request, red_line, score, or step/<id>.
    Shares are 0 to 1, the score 0 to 100.
    """

    model_config = asks(WANTED)
    title: Words = Name
    problem: Words = Field("", max_length=4000)
    figure: Words = Field(min_length=1, max_length=200)
    target: float = Field(ge=0, le=100)
    begins_on: Day
    due_on: Day
    department: Words = Short
    owner: Words = Name
    org: Branch = Field(default_factory=list)
    products: list[Words] = Field(default_factory=list, max_length=50)
    sop: Words | None = Field(None, max_length=200)
    actions: list[ActionRequest] = Field(default_factory=list, max_length=50)

    def as_project(self, now: datetime) -> Project:
        """The project itself, not begun yet."""
        place = Place(tuple(self.org), frozenset(self.products))
        plain = self.model_dump(exclude={"org", "products", "actions"})
        actions = tuple(one.as_action() for one in self.actions)
        return Project(**plain, place=place, actions=actions, by="", at=now)


class ProjectChanges(RequestBody):
    """What changes; what is left out stays. Figure, place and begin stay: another one is another project."""

    model_config = asks({"target": 0.16, "due_on": "2027-01-31"})
    title: Words | None = Field(None, min_length=1, max_length=200)
    problem: Words | None = Field(None, max_length=4000)
    target: float | None = Field(None, ge=0, le=100)
    due_on: Day | None = None
    department: Words | None = Field(None, max_length=200)
    owner: Words | None = Field(None, min_length=1, max_length=200)


class ClosureRequest(RequestBody):
    """What came of it, in a person's words; what was measured is kept beside them."""

    model_config = asks({"conclusion": "转化升至 16%，并入日常"})
    conclusion: Words = Field(min_length=1, max_length=4000)


class ProjectsQuery(BaseModel):
    """Which projects."""

    model_config = ConfigDict(extra="forbid")
    state: Literal["open", "closed"] | None = None


class SpanBody(Body):
    """A figure over some days: its mean and 95% interval over n conversations of n_agents agents."""

    model_config = shows(SPAN)
    first: date
    last: date
    mean: float | None
    low: float | None
    high: float | None
    n: int
    n_agents: int


class ActionBody(Body):
    """One action."""

    model_config = shows(ACTION)
    id: int
    text: str
    owner: str
    due_on: date | None
    done_on: date | None


class ProjectBody(Body):
    """One project; `baseline` is of the weeks before its actions began."""

    model_config = shows(PROJECT)
    id: int
    title: str
    problem: str
    figure: str
    target: float
    begins_on: date
    due_on: date
    department: str
    owner: str
    org: list[str]
    products: list[str]
    sop: str | None
    state: str
    baseline: SpanBody | None
    actions: list[ActionBody]
    by: str
    at: datetime
    closed_by: str | None
    closed_at: datetime | None
    conclusion: str

    @classmethod
    def of(cls, project: Project) -> "ProjectBody":
        """The body of a project."""
        return cls.model_validate(plain(project))


class ProgressBody(Body):
    """Where it stands: the figure since the begin, whether it reached the target, whether the change is real.

    `change.verdict` better or worse: real; no_difference: not real; cannot_tell: not yet known.
    """

    model_config = shows(PROGRESS)
    now: SpanBody
    reached: str = Field(description="yes, no or cannot_tell")
    change: ChangeBody | None = Field(description="Null before the actions begin, or without any conversation")


class WatchedProjectBody(ProjectBody):
    """One project and where it stands; a closed one as it stood when it was closed."""

    model_config = shows({**PROJECT, "progress": PROGRESS})
    progress: ProgressBody


class ProjectsBody(Body):
    """Projects, newest first."""

    model_config = shows({"items": [PROJECT]})
    items: list[ProjectBody]


def plain(project: Project) -> dict[str, Any]:
    """A project as the fields of its body."""
    names = set(ProjectBody.model_fields) - {"org", "products"}
    fields = {name: getattr(project, name) for name in names}
    return fields | {"org": list(project.place.org), "products": sorted(project.place.products)}
