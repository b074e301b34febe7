"""Send what waits: each delivery is tried until it arrives, with longer and longer pauses, or given up and shown.

A try that may have arrived (its answer was lost, its worker was killed) is made again under the same key: at least
once, and a receiver that looks at the key takes it once.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from qa_service.config import Settings
from qa_service.domain.delivery import Delivery, DeliveryState, Notice
from qa_service.domain.recipient import Address, Format, Recipient
from qa_service.errors import InvalidInput, NotFound
from qa_service.jobs import Handler, Lease
from qa_service.logs import logger
from qa_service.notify import Hosts, Mailer, MailServer, Poster, Undelivered
from qa_service.store import Store
from qa_service.workflows.alert import ALERT, DELIVER, gather
from qa_service.workflows.run_schedules import WEEKLY, run_schedule
from qa_service.workflows.write_notices import write_notice

# The first three pauses keep an urgent notice within five minutes; after a night without an answer it is given up.
PAUSES_S = (10, 30, 60, 300, 1800, 7200, 21600)

log = logger("notify")


@dataclass(frozen=True, slots=True)
class Sender:
    """How a deployment sends: posting, its mail server if it has one, and where its pages are reached."""

    poster: Poster
    mailer: Mailer | None = None
    base_url: str = ""

    def send(self, notice: Notice, recipient: Recipient, address: Address) -> None:
        """Send a notice; raises Undelivered."""
        if recipient.format is not Format.EMAIL:
            self.poster.post(notice, recipient.format, address)
        elif self.mailer is None:
            raise Undelivered("no_mail_server")
        else:
            self.mailer.send(notice, address)


def open_sender(settings: Settings, store: Store) -> Sender:
    """The sender of the settings; raises InvalidInput where they do not fit together."""
    hosts = Hosts(settings.webhook_hosts, settings.webhook_private_hosts)
    poster = Poster(hosts, timeout_s=settings.send_timeout_s, clock=store.clock)
    return Sender(poster, _mailer(settings), settings.public_url)


def outgoing_handlers(store: Store, sender: Sender) -> Mapping[str, Handler]:
    """The handlers of what goes out; they run beside analyses, so that neither waits for the other."""
    return {
        ALERT: partial(gather, store=store),
        WEEKLY: partial(run_schedule, store=store),
        DELIVER: partial(deliver, store=store, sender=sender),
    }


def deliver(lease: Lease, *, store: Store, sender: Sender) -> None:
    """Try a delivery once; what came of it and when it is tried again are one transaction."""
    with store.reading() as work:
        delivery = work.deliveries.get(lease.job.payload["delivery"])
    if delivery.state is not DeliveryState.WAITING:
        return
    refusal = _try(store, delivery, sender)
    attempt = delivery.attempts + 1
    log.info("notice_sent", attempt=attempt, code=refusal.reason if refusal else "sent", job_id=lease.job.id)
    with store.unit_of_work() as work:
        if refusal is None:
            work.deliveries.tried(delivery.id, DeliveryState.SENT, "")
            lease.complete(work)
            return
        pause = _pause(refusal, attempt)
        state = DeliveryState.DEAD if pause is None else DeliveryState.WAITING
        work.deliveries.tried(delivery.id, state, refusal.reason)
        if pause is None:
            lease.complete(work)
        else:
            lease.go_on(work, lease.job.payload, due_at=store.clock() + pause)


def _try(store: Store, delivery: Delivery, sender: Sender) -> Undelivered | None:
    try:
        with store.reading() as work:
            recipient, address = work.recipients.get(delivery.recipient), work.recipients.address(delivery.recipient)
        if not recipient.active:
            return Undelivered("switched_off")
        notice = write_notice(store, delivery, recipient, base_url=sender.base_url)
        if notice is not None:
            sender.send(notice, recipient, address)
    except Undelivered as refusal:
        return refusal
    except NotFound:
        return Undelivered("recipient_deleted")
    except InvalidInput:
        return Undelivered("cannot_be_read")
    except Exception as error:
        # Its text may quote what was to be sent; a report that cannot be written is tried again and then shown.
        log.error("notice_failed", error=error)
        return Undelivered("failed", passing=True)
    return None


def _pause(refusal: Undelivered, attempt: int) -> timedelta | None:
    """How long until the next try; None when there is none."""
    if not refusal.passing or attempt > len(PAUSES_S):
        return None
    return timedelta(seconds=max(PAUSES_S[attempt - 1], refusal.pause_s or 0.0))


def _mailer(settings: Settings) -> Mailer | None:
    if settings.smtp_host is None:
        return None
    if settings.smtp_sender is None:
        raise InvalidInput("QA_SMTP_HOST needs QA_SMTP_SENDER: the address that reports come from")
    password = settings.smtp_password.get_secret_value() if settings.smtp_password else None
    server = MailServer(
        host=settings.smtp_host,
        sender=settings.smtp_sender,
        port=settings.smtp_port,
        security=settings.smtp_security,
        user=settings.smtp_user,
        password=password,
        timeout_s=settings.send_timeout_s,
    )
    return Mailer(server)
