"""What became of a customer, as the deployment's own systems report it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class OutcomeKind(StrEnum):
    """What happened."""

    PAID = "paid"
    ATTENDED = "attended"
    REFUNDED = "refunded"
    COMPLAINED = "complained"
    OPTED_OUT = "opted_out"


@dataclass(frozen=True, slots=True)
class OutcomeEvent:
    """One event of one customer; the same event sent twice is one event."""

    customer_id: str
    event: OutcomeKind
    at: datetime
    product: str | None = None
    amount: float | None = None
    order_id: str | None = None
    reason_text: str | None = None

    @property
    def key(self) -> tuple[str, str, float, str | tuple[str | None, float | None]]:
        """What makes it the same event: without an order id, product and amount tell."""
        same = self.order_id or (self.product, self.amount)
        return (self.customer_id, self.event.value, self.at.timestamp(), same)
