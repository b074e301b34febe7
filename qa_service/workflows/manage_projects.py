"""Problem projects: begun with a baseline from the data, watched, closed with what came of them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from qa_service.domain.adoption import DatedPlacement
from qa_service.domain.before_after import MeasuredChange
from qa_service.domain.period import local_day
from qa_service.domain.project import (
    Project,
    ProjectAction,
    ProjectState,
    Reached,
    Span,
    reached,
    refuse_unsound,
    span_to_json,
)
from qa_service.domain.role import Action, Caller, Scope
from qa_service.effects import Clock, OutcomeHistory
from qa_service.effects.before_after.measure import Design, measure
from qa_service.effects.before_after.readings import Reading, Readings
from qa_service.effects.before_after.span import span_of
from qa_service.errors import Forbidden, InvalidInput, NotFound
from qa_service.store import ConversationFilter, Store, UnitOfWork
from qa_service.workflows.load_insight import load_insight
from qa_service.workflows.measure_version import change_told
from qa_service.workflows.read_stored import StoredVerdicts
from qa_service.workflows.review_conversation import note


@dataclass(frozen=True)
class Progress:
    """Where a project stands: the figure now, whether it is at the target, and whether it changed at all.

    `change` is None before the project's actions have begun.
    """

    now: Span
    reached: Reached
    change: MeasuredChange | None

    def as_json(self, *, others: bool) -> dict[str, Any]:
        """As a plain object; without `others` the level of those beside it is left out, their number stays."""
        change = change_told(self.change) if self.change else None
        if change and not others:
            for side in change["others"].values():
                side["mean"] = None
        return {"now": span_to_json(self.now), "reached": self.reached.value, "change": change}


def begin_project(store: Store, caller: Caller, wanted: Project) -> Project:
    """Begin a project: its baseline is taken from the weeks before its actions; raises InvalidInput when unsound."""
    _require(caller.reach(Action.MANAGE_PROJECT), wanted)
    refuse_unsound(wanted)
    project = replace(wanted, by=caller.id, at=store.clock(), baseline=_baseline(store, wanted))
    refuse_unsound(project)
    with store.unit_of_work() as work:
        made = work.projects.add(project)
        note(work, caller, "begin_project", _target(made.id))
        return made


def change_project(store: Store, caller: Caller, project_id: int, changes: Mapping[str, Any]) -> Project:
    """Change words, people, target or due day of an open project."""
    return _edit(store, caller, project_id, "change_project", lambda work, old: _changed(work, old, changes))


def add_action(store: Store, caller: Caller, project_id: int, action: ProjectAction) -> Project:
    """Add an action to a project."""
    return _edit(
        store, caller, project_id, "add_project_action", lambda work, _: work.projects.add_action(project_id, action)
    )


def change_action(store: Store, caller: Caller, project_id: int, action_id: int, changes: Mapping[str, Any]) -> Project:
    """Change an action, or note that it was done."""

    def change(work: UnitOfWork, old: Project) -> Project:
        action = next((one for one in old.actions if one.id == action_id), None)
        if action is None:
            raise NotFound(f"project {project_id} has no action {action_id}")
        return work.projects.change_action(project_id, replace(action, **changes))

    return _edit(store, caller, project_id, "change_project_action", change)


def close_project(store: Store, caller: Caller, project_id: int, conclusion: str) -> Project:
    """Close a project with what came of it, and with what is measured on that day."""
    if not conclusion.strip():
        raise InvalidInput("say what came of the project (`conclusion`)")
    scope = caller.reach(Action.MANAGE_PROJECT)
    project = _find(store, caller, project_id, Action.MANAGE_PROJECT)
    closing = _progress(store, project).as_json(others=scope.whole)
    closed: dict[str, Any] = {"state": ProjectState.CLOSED, "closed_by": caller.id, "closed_at": store.clock()}
    closed |= {"conclusion": conclusion.strip(), "closing": closing}
    return _edit(
        store, caller, project_id, "close_project", lambda work, old: work.projects.change(replace(old, **closed))
    )


def delete_project(store: Store, caller: Caller, project_id: int) -> None:
    """Delete a project; the access log keeps that there was one."""
    with store.unit_of_work() as work:
        _within(work, caller, project_id, Action.MANAGE_PROJECT)
        work.projects.delete(project_id)
        note(work, caller, "delete_project", _target(project_id))


def list_projects(store: Store, caller: Caller, *, state: ProjectState | None = None) -> list[Project]:
    """Projects within the caller's sight, newest first."""
    caller.reach(Action.READ_PROJECT)
    with store.reading() as work:
        return [one for one in work.projects.all(state=state) if _sees(caller, one)]


def read_project(store: Store, caller: Caller, project_id: int) -> tuple[Project, Mapping[str, Any]]:
    """A project and where it stands: a closed one as it stood when it was closed."""
    project = _find(store, caller, project_id, Action.READ_PROJECT)
    whole = caller.reach(Action.READ_PROJECT).whole
    if project.state is ProjectState.CLOSED:
        return project, project.closing
    return project, _progress(store, project).as_json(others=whole)


def _edit(
    store: Store, caller: Caller, project_id: int, what: str, change: Callable[[UnitOfWork, Project], Project]
) -> Project:
    with store.unit_of_work() as work:
        old = _within(work, caller, project_id, Action.MANAGE_PROJECT)
        new = change(work, old)
        note(work, caller, what, _target(project_id))
        return new


def _changed(work: UnitOfWork, old: Project, changes: Mapping[str, Any]) -> Project:
    new = replace(old, **changes)
    refuse_unsound(new)
    return work.projects.change(new)


def _find(store: Store, caller: Caller, project_id: int, action: Action) -> Project:
    with store.reading() as work:
        return _within(work, caller, project_id, action)


def _within(work: UnitOfWork, caller: Caller, project_id: int, action: Action) -> Project:
    caller.reach(action)
    absent = NotFound(f"there is no project {project_id} within your reach")
    try:
        project = work.projects.get(project_id)
    except NotFound:
        raise absent from None
    if not _sees(caller, project):
        raise absent
    if action is not Action.READ_PROJECT:
        _require(caller.reach(action), project)
    return project


def _sees(caller: Caller, project: Project) -> bool:
    """A project lies where its place does; whoever owns one sees it."""
    scope = caller.reach(Action.READ_PROJECT)
    return project.owner == caller.id or (scope.agent_id is None and scope.holds(project.place.org, None))


def _require(scope: Scope, project: Project) -> None:
    if not scope.holds(project.place.org, None):
        where = " / ".join(project.place.org) or "the whole organisation"
        raise Forbidden(f"{where} lies outside your reach; name a branch of your own in `org`")


def _baseline(store: Store, project: Project) -> Span:
    weeks = load_insight().before_after.baseline_weeks
    last = min(project.begins_on - timedelta(days=1), local_day(store.clock(), store.zone))
    first = last - timedelta(weeks=weeks) + timedelta(days=1)
    return _span(_readings(store, project, _reading(store, project), (first, last), here=True), project, (first, last))


def _progress(store: Store, project: Project) -> Progress:
    """The figure since the project began, and beside others who had no part in it."""
    today = local_day(store.clock(), store.zone)
    days = (project.begins_on, max(today, project.begins_on))
    reading = _reading(store, project)
    now = _span(_readings(store, project, reading, days, here=True), project, days)
    if today < project.begins_on:
        return Progress(now, Reached.CANNOT_TELL, None)
    bounds = load_insight().before_after
    around = (project.begins_on - timedelta(weeks=bounds.weeks_before), today)
    readings = _readings(store, project, reading, around)
    found = measure(readings, Design(today), bounds).changes
    return Progress(now, reached(project, now), found[0] if found else None)


def _span(readings: Readings, project: Project, days: tuple[date, date]) -> Span:
    if project.figure not in readings.figures:
        return Span(*days, None, None, None, 0, 0)
    return span_of(readings.panel(project.measured), project.measured, days)


def _reading(store: Store, project: Project) -> Reading:
    """How the project's figure is read; outcomes as they are known today."""
    with store.reading() as work:
        events = list(work.outcomes.stream())
    clock = Clock(store.zone, local_day(store.clock(), store.zone))
    history = OutcomeHistory(events, load_insight().windows_days, clock)
    return Reading(history.of, store.zone, figures=frozenset({project.figure}))


def _readings(
    store: Store, project: Project, reading: Reading, days: tuple[date, date], *, here: bool = False
) -> Readings:
    """The project's figure off the stored conversations of some days, in its own place or everywhere."""
    readings = Readings(DatedPlacement(project.place, project.begins_on, store.zone), reading)
    (first, last), within = days, project.place.org if here else ()
    for pair in StoredVerdicts(store, ConversationFilter(within=within, sop=project.sop, day_from=first, day_to=last)):
        if not here or project.place.holds(pair.conversation):
            readings.add(pair)
    return readings


def _target(project_id: int | None) -> str:
    return f"project/{project_id}"
