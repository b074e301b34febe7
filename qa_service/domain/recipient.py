"""Recipients: where reports and urgent notices go by themselves, what each of them wants, and when it is left alone."""

from dataclasses import dataclass, field
from datetime import datetime, time, timedelta, tzinfo
from enum import StrEnum

from qa_service.errors import InvalidInput


class Format(StrEnum):
    """How a recipient is spoken to: three robots of work chats, signed JSON for other systems, e-mail."""

    WECOM = "wecom"
    DINGTALK = "dingtalk"
    FEISHU = "feishu"
    SIGNED = "signed"
    EMAIL = "email"


class Urgent(StrEnum):
    """What does not wait for Monday."""

    ESCALATION = "escalation"
    REFUND = "refund"
    VETO = "veto"


@dataclass(frozen=True, slots=True)
class QuietHours:
    """From `begins` to `ends`, over midnight where it begins later, only what is in `except_for` goes out."""

    begins: time
    ends: time
    except_for: frozenset[Urgent] = frozenset()

    def held_until(self, now: datetime, zone: tzinfo, kind: Urgent) -> datetime | None:
        """When the quiet hours that hold back this kind now are over; None when nothing does."""
        local = now.astimezone(zone)
        if kind in self.except_for or not self._hold(local.time()):
            return None
        end = datetime.combine(local.date(), self.ends, zone)
        return end if end > local else end + timedelta(days=1)

    def _hold(self, at: time) -> bool:
        if self.begins <= self.ends:
            return self.begins <= at < self.ends
        return at >= self.begins or at < self.ends


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """One recipient. `shown` is what of its address may be seen; the address itself and its secret are kept sealed.

    It hears of conversations under the node `org`, and of refund requests from `refund_from` on (None: of any amount,
    also an unknown one).
    """

    name: str
    format: Format
    by: str
    at: datetime
    org: tuple[str, ...] = ()
    department: str = ""
    urgent: frozenset[Urgent] = frozenset()
    refund_from: float | None = None
    quiet: QuietHours | None = None
    active: bool = True
    shown: str = ""
    id: int | None = None

    def wants(self, kind: Urgent, org: tuple[str, ...], amount: float | None) -> bool:
        """Whether it is to hear of something urgent at this place of the organisation."""
        if not self.active or kind not in self.urgent or org[: len(self.org)] != self.org:
            return False
        if kind is not Urgent.REFUND or self.refund_from is None:
            return True
        return amount is not None and amount >= self.refund_from


@dataclass(frozen=True, slots=True)
class Address:
    """Where a recipient is reached: a URL, or e-mail addresses; `secret` signs what is sent. Never shown or logged."""

    url: str = ""
    emails: tuple[str, ...] = ()
    secret: str | None = field(default=None, repr=False)


def refuse_unfit(format: Format, address: Address) -> None:
    """Raise InvalidInput where an address cannot serve its format."""
    if format is Format.EMAIL:
        if not address.emails or address.url:
            raise InvalidInput("a recipient by e-mail needs `emails`, and no `url`")
        return
    if not address.url or address.emails:
        raise InvalidInput(f"a recipient of the format {format.value} needs `url`, and no `emails`")
    if format is Format.SIGNED and not address.secret:
        raise InvalidInput("signed JSON needs a `secret` that both sides know; make one of 32 random bytes")
