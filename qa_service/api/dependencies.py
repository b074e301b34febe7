"""What routes are given: the services of the app and the caller behind the request."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from qa_service.config import Settings
from qa_service.domain.role import Caller
from qa_service.errors import Unauthenticated
from qa_service.store import Store
from qa_service.workflows.analyze_conversations import Analyzer
from qa_service.workflows.import_conversations import Intake
from qa_service.workflows.manage_keys import authenticate

BEARER = HTTPBearer(auto_error=False, description="An API key: `Authorization: Bearer qa_…`")


@dataclass(frozen=True, slots=True)
class Services:
    """What the app was made with; `analyzer` is None where another process analyses."""

    settings: Settings
    store: Store
    intake: Intake
    analyzer: Analyzer | None


def services(request: Request) -> Services:
    """The services of the app that answers."""
    found: Services = request.app.state.services
    return found


def current_caller(
    request: Request, credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(BEARER)]
) -> Caller:
    """The person behind the key; raises Unauthenticated."""
    if credentials is None:
        raise Unauthenticated("send your API key as `Authorization: Bearer qa_…`; an admin makes one at /v1/keys")
    caller = authenticate(services(request).store, credentials.credentials).caller
    # The request log names the caller.
    request.scope["caller"] = caller
    return caller


def _store(request: Request) -> Store:
    return services(request).store


AnyCaller = Annotated[Caller, Depends(current_caller)]
TheStore = Annotated[Store, Depends(_store)]
TheServices = Annotated[Services, Depends(services)]
