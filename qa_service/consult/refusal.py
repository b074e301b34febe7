"""Why an endpoint gave no answer, and when it may be asked again."""

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from qa_service.errors import NoAnswer

FIRST_PAUSE_S = 1.0
# Asked to wait for longer, an analysis goes on without an answer.
LONGEST_PAUSE_S = 20.0
BUSY = frozenset((408, 425, 429))


class Refusal(NoAnswer):
    """No answer. `passing`: there may be one after a pause, of `pause_s` seconds if the endpoint says so."""

    def __init__(self, reason: str, *, passing: bool = False, pause_s: float | None = None) -> None:
        super().__init__(reason)
        self.passing = passing
        self.pause_s = pause_s


def refusal_of(status: int, headers: Mapping[str, str], now: datetime) -> Refusal:
    """The refusal that a status other than 200 is; redirects are refusals too, since they may lead to any host."""
    passing = status in BUSY or status >= 500
    return Refusal(f"status_{status}", passing=passing, pause_s=_told_pause(headers.get("retry-after"), now))


def pause_before(attempt: int, refusal: Refusal) -> float | None:
    """Seconds to wait before try number `attempt` (from 2 on); None when another try makes no sense."""
    if not refusal.passing:
        return None
    pause = FIRST_PAUSE_S * 2.0 ** (attempt - 2) if refusal.pause_s is None else refusal.pause_s
    return pause if pause <= LONGEST_PAUSE_S else None


def _told_pause(value: str | None, now: datetime) -> float | None:
    """`Retry-After` in seconds, given as such or as a date (RFC 9110); None when it is neither."""
    text = (value or "").strip()
    if text.isascii() and text.isdecimal():
        return float(text[:9])
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0.0, (moment - now).total_seconds())
