"""Why a notice did not arrive, and whether it may after a while."""

from qa_service.errors import QaError


class Undelivered(QaError):
    """Not delivered. `reason` is a fixed word, safe to keep and to log; `passing`: another try may do."""

    code = "undelivered"

    def __init__(self, reason: str, *, passing: bool = False, pause_s: float | None = None) -> None:
        super().__init__(f"the notice was not delivered ({reason})")
        self.reason = reason
        self.passing = passing
        self.pause_s = pause_s
