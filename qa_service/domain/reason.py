"""Why a customer complains or wants the money back."""

from dataclasses import dataclass, field

from qa_service.domain.wording import Wording


@dataclass(frozen=True, slots=True)
class Reason:
    """A reason of the codebook or of a company's own, and the departments it is routed to.

    `wording` is how an own one sounds: no model has learnt it.
    """

    id: str
    title: str
    departments: tuple[str, ...] = ()
    wording: Wording = field(default_factory=Wording)
