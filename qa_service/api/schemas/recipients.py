"""Bodies about recipients, deliveries and schedules: what goes out by itself."""

from datetime import datetime, time
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from qa_service.api.schemas.body import Body, Branch, RequestBody, Words, asks, shows
from qa_service.domain.delivery import Delivery
from qa_service.domain.recipient import Address, Format, QuietHours, Recipient, Urgent
from qa_service.domain.schedule import Schedule

QUIET: dict[str, Any] = {"begins": "22:00", "ends": "08:00", "except_for": ["escalation"]}
WANTED: dict[str, Any] = {
    "name": "一部客诉群",
    "format": "wecom",
    "url": "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=…",
    "org": ["总部", "一部"],
    "urgent": ["escalation", "refund", "veto"],
    "refund_from": 5000,
    "quiet": QUIET,
}
RECIPIENT: dict[str, Any] = {
    **{key: value for key, value in WANTED.items() if key != "url"},
    "id": 1,
    "shown": "qyapi.weixin.qq.com",
    "department": "",
    "active": True,
    "by": "ops-chen",
    "at": "2026-10-09T02:00:00Z",
}
DELIVERY: dict[str, Any] = {
    "id": 12,
    "recipient": 1,
    "kind": "urgent",
    "key": "urgent/1/7",
    "state": "dead",
    "attempts": 1,
    "reason": "refused_93000",
    "at": "2026-10-09T02:00:00Z",
    "ended_at": "2026-10-09T02:00:01Z",
}
SCHEDULE_WANTED: dict[str, Any] = {"weekday": 1, "hour": 9, "zone": "Asia/Shanghai", "org": [], "recipients": [1]}
SCHEDULE: dict[str, Any] = {
    **SCHEDULE_WANTED,
    "id": 2,
    "active": True,
    "next_at": "2026-10-12T01:00:00Z",
    "last_week": "2026-W40",
    "by": "ops-chen",
    "at": "2026-10-09T02:00:00Z",
}
UrgentName = Literal["escalation", "refund", "veto"]
Url = Field(None, max_length=2000, description="Where robots and systems are posted to; never shown again")
Emails = Field(None, max_length=50)
Secret = Field(None, description="Signs what is sent (钉钉 加签, 飞书 签名校验, signed JSON); never shown again")


class QuietBody(RequestBody):
    """Hours in which urgent notices wait until they end, in the deployment's time zone."""

    model_config = ConfigDict(extra="forbid", from_attributes=True, json_schema_extra={"example": QUIET})
    begins: time
    ends: time
    except_for: list[UrgentName] = Field(default_factory=list, max_length=3)

    def as_hours(self) -> QuietHours:
        """The hours themselves."""
        return QuietHours(_plain(self.begins), _plain(self.ends), frozenset(map(Urgent, self.except_for)))


class RecipientRequest(RequestBody):
    """Where reports and urgent notices go; `url` for robots and systems, `emails` for e-mail."""

    model_config = asks(WANTED)
    name: Words = Field(min_length=1, max_length=200)
    format: Literal["wecom", "dingtalk", "feishu", "signed", "email"]
    url: Words | None = Url
    emails: list[Words] | None = Emails
    secret: SecretStr | None = Secret
    org: Branch = Field(default_factory=list)
    department: Words = Field("", max_length=200)
    urgent: list[UrgentName] = Field(default_factory=list, max_length=3)
    refund_from: float | None = Field(None, ge=0, le=1e12)
    quiet: QuietBody | None = None
    active: bool = True

    def as_recipient(self, now: datetime) -> Recipient:
        """The recipient itself, not stored yet."""
        return Recipient(
            **self.model_dump(include={"name", "department", "refund_from", "active"}),
            format=Format(self.format),
            org=tuple(self.org),
            urgent=frozenset(map(Urgent, self.urgent)),
            quiet=self.quiet.as_hours() if self.quiet else None,
            by="",
            at=now,
        )

    def as_address(self) -> Address:
        """Where it is reached."""
        secret = self.secret.get_secret_value() if self.secret else None
        return Address((self.url or "").strip(), tuple(self.emails or ()), secret)


class RecipientChanges(RequestBody):
    """What changes; what is left out stays. A new `url` needs its `secret` anew; `quiet` null: no quiet hours."""

    model_config = asks({"refund_from": 8000, "active": False})
    name: Words | None = Field(None, min_length=1, max_length=200)
    url: Words | None = Url
    emails: list[Words] | None = Emails
    secret: SecretStr | None = Secret
    department: Words | None = Field(None, max_length=200)
    urgent: list[UrgentName] | None = Field(None, max_length=3)
    refund_from: float | None = Field(None, ge=0, le=1e12)
    quiet: QuietBody | None = None
    active: bool | None = None

    def changes(self) -> dict[str, Any]:
        """The fields of the recipient that change."""
        given = self.model_dump(include={"name", "department", "active"}, exclude_none=True)
        if self.urgent is not None:
            given["urgent"] = frozenset(map(Urgent, self.urgent))
        if "refund_from" in self.model_fields_set:
            given["refund_from"] = self.refund_from
        if "quiet" in self.model_fields_set:
            given["quiet"] = self.quiet.as_hours() if self.quiet else None
        return given

    def address(self) -> dict[str, Any]:
        """What changes of where it is reached."""
        given = self.model_dump(include={"url", "emails"}, exclude_none=True)
        return given | ({"secret": self.secret.get_secret_value()} if self.secret else {})


class RecipientBody(Body):
    """One recipient; of where it is reached only what is no secret (`shown`)."""

    model_config = shows(RECIPIENT)
    id: int
    name: str
    format: str
    shown: str
    org: list[str]
    department: str
    urgent: list[str]
    refund_from: float | None
    quiet: QuietBody | None
    active: bool
    by: str
    at: datetime

    @classmethod
    def of(cls, one: Recipient) -> "RecipientBody":
        """The body of a recipient."""
        named = ("id", "name", "format", "shown", "department", "refund_from", "active", "by", "at")
        fields = {name: getattr(one, name) for name in named}
        quiet = one.quiet and {
            "begins": one.quiet.begins,
            "ends": one.quiet.ends,
            "except_for": sorted(kind.value for kind in one.quiet.except_for),
        }
        return cls.model_validate(
            fields | {"org": list(one.org), "urgent": sorted(kind.value for kind in one.urgent), "quiet": quiet}
        )


class RecipientsBody(Body):
    """Recipients."""

    model_config = shows({"items": [RECIPIENT]})
    items: list[RecipientBody]


class DeliveriesQuery(BaseModel):
    """Which deliveries."""

    model_config = ConfigDict(extra="forbid")
    state: Literal["waiting", "sent", "dead"] | None = None
    limit: int = Field(100, ge=1, le=500)


class DeliveryBody(Body):
    """One delivery: `waiting` for its next try, `sent`, or `dead`: refused for good or tried too often."""

    model_config = shows(DELIVERY)
    id: int
    recipient: int
    kind: str
    key: str
    state: str
    attempts: int
    reason: str
    at: datetime
    ended_at: datetime | None

    @classmethod
    def of(cls, one: Delivery) -> "DeliveryBody":
        """The body of a delivery."""
        return cls.model_validate(one)


class DeliveriesBody(Body):
    """Deliveries, newest first."""

    model_config = shows({"items": [DELIVERY]})
    items: list[DeliveryBody]


class ScheduleRequest(RequestBody):
    """When the report of the week that is over goes out, about which branch, and to which recipients."""

    model_config = asks(SCHEDULE_WANTED)
    weekday: int = Field(ge=1, le=7, description="1 Monday to 7 Sunday")
    hour: int = Field(ge=0, le=23)
    zone: Words = Field("Asia/Shanghai", max_length=100)
    org: Branch = Field(default_factory=list)
    recipients: list[int] = Field(min_length=1, max_length=50)
    active: bool = True

    def as_schedule(self, now: datetime) -> Schedule:
        """The schedule itself, not stored yet."""
        plain = self.model_dump(exclude={"org", "recipients"})
        return Schedule(**plain, org=tuple(self.org), recipients=tuple(self.recipients), by="", at=now)


class ScheduleChanges(RequestBody):
    """What changes; what is left out stays."""

    model_config = asks({"hour": 8})
    weekday: int | None = Field(None, ge=1, le=7)
    hour: int | None = Field(None, ge=0, le=23)
    zone: Words | None = Field(None, max_length=100)
    recipients: list[int] | None = Field(None, min_length=1, max_length=50)
    active: bool | None = None

    def changes(self) -> dict[str, Any]:
        """The fields that change."""
        given = self.model_dump(exclude_none=True)
        return given | ({"recipients": tuple(self.recipients)} if self.recipients else {})


class ScheduleBody(Body):
    """One schedule; `next_at` is when it goes out next, `last_week` the week it told last."""

    model_config = shows(SCHEDULE)
    id: int
    weekday: int
    hour: int
    zone: str
    org: list[str]
    recipients: list[int]
    active: bool
    next_at: datetime | None
    last_week: str | None
    by: str
    at: datetime

    @classmethod
    def of(cls, one: Schedule) -> "ScheduleBody":
        """The body of a schedule."""
        return cls.model_validate(one)


class SchedulesBody(Body):
    """Schedules."""

    model_config = shows({"items": [SCHEDULE]})
    items: list[ScheduleBody]


def _plain(at: time) -> time:
    """Minutes of the deployment's own clock: an offset would mean another one."""
    return at.replace(tzinfo=None)
