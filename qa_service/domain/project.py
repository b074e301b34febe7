"""Problem projects (课题): a named figure that shall get better, who sees to it, and whether it did."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from qa_service.domain.before_after import PLAIN_FIGURES, Figure, Unit, step_figure
from qa_service.domain.rollout import EVERYBODY, Place
from qa_service.errors import InvalidInput

STEP = "step/"


class ProjectState(StrEnum):
    """Open until somebody closes it with what came of it."""

    OPEN = "open"
    CLOSED = "closed"


class Reached(StrEnum):
    """Whether the figure is now where it should be."""

    YES = "yes"
    NO = "no"
    CANNOT_TELL = "cannot_tell"


@dataclass(frozen=True, slots=True)
class Span:
    """A figure over some days: its mean with a 95% interval over so many conversations of so many agents."""

    first: date
    last: date
    mean: float | None
    low: float | None
    high: float | None
    n: int
    n_agents: int


@dataclass(frozen=True, slots=True)
class ProjectAction:
    """Something that is done about it; `id` is None until it is stored."""

    text: str
    owner: str = ""
    due_on: date | None = None
    done_on: date | None = None
    id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """One project. `target` is in the unit of its figure; its actions begin on `begins_on`, in one place.

    `closing` is what was measured when it was closed.
    """

    title: str
    problem: str
    figure: str
    target: float
    begins_on: date
    due_on: date
    department: str
    owner: str
    by: str
    at: datetime
    place: Place = EVERYBODY
    sop: str | None = None
    baseline: Span | None = None
    state: ProjectState = ProjectState.OPEN
    actions: tuple[ProjectAction, ...] = ()
    closed_by: str | None = None
    closed_at: datetime | None = None
    conclusion: str = ""
    closing: Mapping[str, Any] = field(default_factory=dict)
    id: int | None = None

    @property
    def measured(self) -> Figure:
        """The figure it is about."""
        return figure_named(self.figure)


def figure_named(name: str) -> Figure:
    """The figure of that name; raises InvalidInput naming those there are."""
    if name.startswith(STEP) and len(name) > len(STEP):
        return step_figure(name.removeprefix(STEP))
    if name not in PLAIN_FIGURES:
        raise InvalidInput(f"there is no figure {name!r}; choose from {', '.join(PLAIN_FIGURES)}, or step/<id>")
    return PLAIN_FIGURES[name]


def refuse_unsound(project: Project) -> None:
    """Raise InvalidInput for a project that could not be measured or reached, saying what to change."""
    figure = project.measured
    highest = 100 if figure.unit is Unit.POINTS else 1
    if not 0 <= project.target <= highest:
        raise InvalidInput(f"the target of {figure.name} must lie from 0 to {highest}, a share being 0 to 1")
    if figure.name.startswith(STEP) and project.sop is None:
        raise InvalidInput("a project about a step needs the SOP it belongs to (`sop`)")
    if project.due_on <= project.begins_on:
        raise InvalidInput(
            f"the project is due on {project.due_on}, which must come after its begin {project.begins_on}"
        )
    mean = project.baseline.mean if project.baseline else None
    if mean is not None and (project.target > mean) is not figure.higher_is_better:
        way = "above" if figure.higher_is_better else "below"
        raise InvalidInput(f"{figure.name} is {mean:.4g} already; a target must lie {way} it")


def reached(project: Project, now: Span) -> Reached:
    """Whether the figure has reached the target, as far as its interval tells."""
    if now.low is None or now.high is None:
        return Reached.CANNOT_TELL
    upwards = project.measured.higher_is_better
    if (now.low >= project.target) if upwards else (now.high <= project.target):
        return Reached.YES
    short = (now.high < project.target) if upwards else (now.low > project.target)
    return Reached.NO if short else Reached.CANNOT_TELL


def span_to_json(span: Span) -> dict[str, Any]:
    """A span as a plain object."""
    numbers = {name: None if (value := getattr(span, name)) is None else round(value, 4) for name in _MEASURES}
    days = {"first": span.first.isoformat(), "last": span.last.isoformat()}
    return days | numbers | {"n": span.n, "n_agents": span.n_agents}


def span_from_json(body: Mapping[str, Any]) -> Span:
    """The span of a plain object that this module wrote."""
    days = {name: date.fromisoformat(body[name]) for name in ("first", "last")}
    return Span(**{**body, **days})


_MEASURES = ("mean", "low", "high")
