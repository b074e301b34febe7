"""Bodies about outcome events."""

from datetime import datetime

from pydantic import Field

from qa_service.api.schemas.body import Body, RequestBody, asks, shows
from qa_service.domain.outcome_event import OutcomeKind

EVENT = {
    "customer_id": "U9312",
    "event": "paid",
    "at": "2026-10-12T10:00:00+08:00",
    "product": "小学阅读",
    "amount": 3200,
    "order_id": "O-77",
}


class OutcomeBody(RequestBody):
    """One event from your own systems; the same event again changes nothing."""

    model_config = asks(EVENT)
    customer_id: str = Field(min_length=1, max_length=500)
    event: OutcomeKind
    at: datetime
    product: str | None = Field(None, max_length=500)
    amount: float | None = Field(None, ge=-1e12, le=1e12, allow_inf_nan=False)
    order_id: str | None = Field(None, max_length=500)
    reason_text: str | None = Field(None, max_length=5000)


class OutcomesBody(RequestBody):
    """Several events."""

    model_config = asks({"events": [EVENT]})
    events: list[OutcomeBody] = Field(min_length=1)


class StoredBody(Body):
    """How many events were new, and how many were known already."""

    model_config = shows({"new": 1, "known": 0})
    new: int
    known: int
