"""Problem projects (课题): begun, watched, closed."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Response

from qa_service.api.dependencies import TheStore
from qa_service.api.error_responses import problem_docs
from qa_service.api.permissions import requires
from qa_service.api.schemas.projects import (
    ActionChanges,
    ActionRequest,
    ClosureRequest,
    ProjectBody,
    ProjectChanges,
    ProjectRequest,
    ProjectsBody,
    ProjectsQuery,
    WatchedProjectBody,
    plain,
)
from qa_service.domain.project import ProjectState
from qa_service.domain.role import Action, Caller
from qa_service.workflows import manage_projects

router = APIRouter(prefix="/v1", tags=["projects"])

Reader = Annotated[Caller, requires(Action.READ_PROJECT)]
Manager = Annotated[Caller, requires(Action.MANAGE_PROJECT)]
ProjectId = Annotated[int, Path(ge=1, le=2**53)]


@router.post("/projects", status_code=201, summary="Begin a problem project")
def begin(body: ProjectRequest, store: TheStore, caller: Manager) -> ProjectBody:
    """Its baseline is taken from the eight weeks before it begins, with an interval."""
    return ProjectBody.of(manage_projects.begin_project(store, caller, body.as_project(store.clock())))


@router.get("/projects", summary="Problem projects")
def listing(store: TheStore, caller: Reader, query: Annotated[ProjectsQuery, Query()]) -> ProjectsBody:
    """Those of your part of the organisation and those you own, newest first."""
    state = ProjectState(query.state) if query.state else None
    found = manage_projects.list_projects(store, caller, state=state)
    return ProjectsBody(items=list(map(ProjectBody.of, found)))


@router.get(
    "/projects/{project_id}",
    summary="One problem project, and whether it gets better",
    responses=problem_docs(404),
)
def one(project_id: ProjectId, store: TheStore, caller: Reader) -> WatchedProjectBody:
    """Before and since it began, beside the rest of the organisation; safe to look at every day."""
    project, progress = manage_projects.read_project(store, caller, project_id)
    return WatchedProjectBody.model_validate(plain(project) | {"progress": progress})


@router.patch("/projects/{project_id}", summary="Change a problem project", responses=problem_docs(404, 409))
def change(project_id: ProjectId, body: ProjectChanges, store: TheStore, caller: Manager) -> ProjectBody:
    """Words, people, target or due day of an open one."""
    changes = body.model_dump(exclude_none=True)
    return ProjectBody.of(manage_projects.change_project(store, caller, project_id, changes))


@router.post(
    "/projects/{project_id}/actions", status_code=201, summary="Add an action", responses=problem_docs(404, 409)
)
def add_action(project_id: ProjectId, body: ActionRequest, store: TheStore, caller: Manager) -> ProjectBody:
    """To an open project."""
    return ProjectBody.of(manage_projects.add_action(store, caller, project_id, body.as_action()))


@router.patch(
    "/projects/{project_id}/actions/{action_id}", summary="Change an action", responses=problem_docs(404, 409)
)
def change_action(
    project_id: ProjectId, action_id: ProjectId, body: ActionChanges, store: TheStore, caller: Manager
) -> ProjectBody:
    """Or note that it is done."""
    changes = body.model_dump(exclude_none=True)
    return ProjectBody.of(manage_projects.change_action(store, caller, project_id, action_id, changes))


@router.post("/projects/{project_id}/closure", summary="Close a problem project", responses=problem_docs(404, 409))
def close(project_id: ProjectId, body: ClosureRequest, store: TheStore, caller: Manager) -> ProjectBody:
    """With what came of it; what is measured on the day is kept, and the project never changes again."""
    return ProjectBody.of(manage_projects.close_project(store, caller, project_id, body.conclusion))


@router.delete(
    "/projects/{project_id}", status_code=204, summary="Delete a problem project", responses=problem_docs(404)
)
def delete(project_id: ProjectId, store: TheStore, caller: Manager) -> Response:
    """With its actions; the access log keeps that there was one."""
    manage_projects.delete_project(store, caller, project_id)
    return Response(status_code=204)
