"""Which endpoint asks for which permission: each route names its action, the table is `domain.role.PERMISSIONS`."""

from typing import Any

from fastapi import Depends

from qa_service.api.dependencies import AnyCaller
from qa_service.domain.role import Action, Caller


class Permitted:
    """A dependency that lets through callers whose role allows an action somewhere; workflows check where."""

    def __init__(self, action: Action) -> None:
        self.action = action

    def __call__(self, caller: AnyCaller) -> Caller:
        """The caller; raises Unauthenticated or Forbidden."""
        caller.reach(self.action)
        return caller


def requires(action: Action) -> Any:
    """The dependency that a route declares for the action it performs."""
    return Depends(Permitted(action))
