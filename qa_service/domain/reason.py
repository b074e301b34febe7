"""Why a customer complains or wants the money back."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Reason:
    """A reason of the codebook or of a customer's own, and the departments it is routed to."""

    id: str
    title: str
    departments: tuple[str, ...] = ()
