"""Problem projects and their actions."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Date, ForeignKey, String, Text, delete, select
from sqlalchemy.orm import Mapped, mapped_column

from qa_service.domain.project import Project, ProjectAction, ProjectState, span_from_json, span_to_json
from qa_service.domain.rollout import Place
from qa_service.errors import Conflict, NotFound
from qa_service.store.access import Access
from qa_service.store.database import Base, JsonText, Moment, Number


class ProjectRow(Base):
    """One project; `org` and `products` are lists, `baseline` and `closing` what was measured."""

    __tablename__ = "project"

    id: Mapped[int] = mapped_column(Number, primary_key=True)
    title: Mapped[str] = mapped_column(Text)
    problem: Mapped[str] = mapped_column(Text)
    figure: Mapped[str] = mapped_column(Text)
    sop: Mapped[str | None] = mapped_column(Text)
    department: Mapped[str] = mapped_column(Text)
    owner: Mapped[str] = mapped_column(Text)
    org: Mapped[Any] = mapped_column(JsonText)
    products: Mapped[Any] = mapped_column(JsonText)
    target: Mapped[float]
    begins_on: Mapped[date] = mapped_column(Date)
    due_on: Mapped[date] = mapped_column(Date)
    baseline: Mapped[Any] = mapped_column(JsonText)
    state: Mapped[str] = mapped_column(String(16), index=True)
    by: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(Moment)
    closed_by: Mapped[str | None] = mapped_column(Text)
    closed_at: Mapped[datetime | None] = mapped_column(Moment)
    conclusion: Mapped[str] = mapped_column(Text)
    closing: Mapped[Any] = mapped_column(JsonText)


class ProjectActionRow(Base):
    """One action of a project."""

    __tablename__ = "project_action"

    id: Mapped[int] = mapped_column(Number, primary_key=True)
    project: Mapped[int] = mapped_column(ForeignKey("project.id"), index=True)
    text: Mapped[str] = mapped_column(Text)
    owner: Mapped[str] = mapped_column(Text)
    due_on: Mapped[date | None] = mapped_column(Date)
    done_on: Mapped[date | None] = mapped_column(Date)


_FIELDS = (
    *("title", "problem", "figure", "sop", "department", "owner", "target", "begins_on", "due_on"),
    *("by", "at", "closed_by", "closed_at", "conclusion", "closing"),
)
_ACTION = ("text", "owner", "due_on", "done_on")


class Projects(Access):
    """Projects by their number."""

    def add(self, project: Project) -> Project:
        """Store a project with its actions; returns it with its numbers."""
        row = ProjectRow()
        self._fill(row, project)
        self.session.add(row)
        self.session.flush()
        for action in project.actions:
            self._add_action(row.id, action)
        return self.get(row.id)

    def change(self, project: Project) -> Project:
        """Store what changed of an open project itself; raises Conflict once it is closed."""
        row = self._open(project.id or 0)
        self._fill(row, project)
        self.session.flush()
        return self.get(row.id)

    def add_action(self, project_id: int, action: ProjectAction) -> Project:
        """Add an action to an open project."""
        self._open(project_id)
        self._add_action(project_id, action)
        return self.get(project_id)

    def change_action(self, project_id: int, action: ProjectAction) -> Project:
        """Store what changed of an action of an open project; raises NotFound."""
        self._open(project_id)
        row = self.session.get(ProjectActionRow, action.id)
        if row is None or row.project != project_id:
            raise NotFound(f"project {project_id} has no action {action.id}")
        for name in _ACTION:
            setattr(row, name, getattr(action, name))
        self.session.flush()
        return self.get(project_id)

    def delete(self, project_id: int) -> None:
        """Delete a project with its actions; raises NotFound."""
        self._existing(project_id)
        self.session.execute(delete(ProjectActionRow).where(ProjectActionRow.project == project_id))
        self.session.execute(delete(ProjectRow).where(ProjectRow.id == project_id))

    def get(self, project_id: int) -> Project:
        """One project; raises NotFound."""
        row = self._existing(project_id)
        return self._projects([row])[0]

    def all(self, *, state: ProjectState | None = None) -> list[Project]:
        """Every project, or those of one state, newest first."""
        query = select(ProjectRow).order_by(ProjectRow.id.desc())
        if state is not None:
            query = query.where(ProjectRow.state == state.value)
        return self._projects(list(self.session.scalars(query)))

    def _projects(self, rows: Sequence[ProjectRow]) -> list[Project]:
        query = select(ProjectActionRow).where(ProjectActionRow.project.in_([row.id for row in rows]))
        actions: dict[int, list[ProjectAction]] = {}
        for row in self.session.scalars(query.order_by(ProjectActionRow.id)):
            found = ProjectAction(**{name: getattr(row, name) for name in _ACTION}, id=row.id)
            actions.setdefault(row.project, []).append(found)
        return [_project(row, actions.get(row.id, [])) for row in rows]

    def _add_action(self, project_id: int, action: ProjectAction) -> None:
        row = ProjectActionRow(project=project_id, **{name: getattr(action, name) for name in _ACTION})
        self.session.add(row)
        self.session.flush()

    def _fill(self, row: ProjectRow, project: Project) -> None:
        for name in _FIELDS:
            setattr(row, name, getattr(project, name))
        row.closing = dict(project.closing)
        row.state = project.state.value
        row.org, row.products = list(project.place.org), sorted(project.place.products)
        row.baseline = span_to_json(project.baseline) if project.baseline else {}

    def _open(self, project_id: int) -> ProjectRow:
        row = self._existing(project_id, lock=True)
        if row.state != ProjectState.OPEN:
            raise Conflict(f"project {project_id} is closed and never changes; begin another one")
        return row

    def _existing(self, project_id: int, *, lock: bool = False) -> ProjectRow:
        # As everybody else reads it: moments in UTC.
        row = self.session.get(ProjectRow, project_id, with_for_update=lock, populate_existing=True)
        if row is None:
            raise NotFound(f"there is no project {project_id}")
        return row


def _project(row: ProjectRow, actions: Sequence[ProjectAction]) -> Project:
    return Project(
        **{name: getattr(row, name) for name in _FIELDS},
        place=Place(tuple(row.org), frozenset(row.products)),
        baseline=span_from_json(row.baseline) if row.baseline else None,
        state=ProjectState(row.state),
        actions=tuple(actions),
        id=row.id,
    )
