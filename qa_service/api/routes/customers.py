"""Deleting a customer."""

from typing import Annotated

from fastapi import APIRouter

from qa_service.api.dependencies import TheServices
from qa_service.api.error_responses import problem_docs
from qa_service.api.permissions import requires
from qa_service.api.schemas.keys import DeletionBody
from qa_service.domain.role import Action, Caller
from qa_service.workflows.delete_customer import delete_customer

router = APIRouter(prefix="/v1", tags=["administration"])


@router.delete("/customers/{customer_id:path}", summary="Delete a customer", responses=problem_docs(404))
def delete(
    customer_id: str, given: TheServices, caller: Annotated[Caller, requires(Action.ADMINISTER)]
) -> DeletionBody:
    """Key, text and names are destroyed everywhere; counts and scores stay. It cannot be undone."""
    exports = given.settings.exports_dir
    return DeletionBody.model_validate(delete_customer(given.store, customer_id, by=caller.id, out_dir=exports))
