"""Recipients of reports and urgent notices: who may add them, where they may lie, and what became of deliveries."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from qa_service.domain.delivery import Delivery, DeliveryState, NoticeKind
from qa_service.domain.recipient import Address, Format, Recipient, refuse_unfit
from qa_service.domain.role import Action, Caller, Scope
from qa_service.errors import Forbidden, InvalidInput, NotFound
from qa_service.notify import Hosts, checked_address
from qa_service.notify.mail import checked_emails
from qa_service.store import Store, UnitOfWork
from qa_service.workflows.alert import queue_delivery
from qa_service.workflows.review_conversation import note


def add_recipient(store: Store, caller: Caller, wanted: Recipient, address: Address, *, hosts: Hosts) -> Recipient:
    """Store a recipient; raises InvalidInput for an address that may not be used."""
    _require(caller.reach(Action.SEND), wanted)
    shown = _shown(wanted.format, address, hosts)
    with store.unit_of_work() as work:
        made = work.recipients.add(replace(wanted, shown=shown, by=caller.id, at=store.clock()), address)
        note(work, caller, "add_recipient", _target(made.id))
        return made


def change_recipient(
    store: Store,
    caller: Caller,
    recipient_id: int,
    changes: Mapping[str, Any],
    *,
    address: Mapping[str, Any],
    hosts: Hosts,
) -> Recipient:
    """Change what a recipient hears of, or (with any of `url`, `emails`, `secret`) where it is reached."""
    with store.unit_of_work() as work:
        old = _within(work, caller, recipient_id)
        new = replace(old, **changes)
        _require(caller.reach(Action.SEND), new)
        where = _moved(work, old, address) if address else None
        if where is not None:
            new = replace(new, shown=_shown(new.format, where, hosts))
        made = work.recipients.change(new, where)
        note(work, caller, "change_recipient", _target(recipient_id))
        return made


def delete_recipient(store: Store, caller: Caller, recipient_id: int) -> None:
    """Forget where a recipient is reached; what waits for it is given up."""
    with store.unit_of_work() as work:
        _within(work, caller, recipient_id)
        work.recipients.delete(recipient_id)
        note(work, caller, "delete_recipient", _target(recipient_id))


def list_recipients(store: Store, caller: Caller) -> list[Recipient]:
    """Recipients within the caller's reach."""
    scope = caller.reach(Action.SEND)
    with store.reading() as work:
        return [one for one in work.recipients.all() if scope.holds(one.org, None)]


def try_recipient(store: Store, caller: Caller, recipient_id: int) -> Delivery:
    """Send a recipient a notice that says only that it works."""
    with store.unit_of_work() as work:
        _within(work, caller, recipient_id)
        key = f"trial/{recipient_id}/{store.clock().isoformat()}"
        delivery = work.deliveries.add(recipient_id, NoticeKind.TRIAL, key, {})
        assert delivery is not None
        queue_delivery(work, delivery)
        note(work, caller, "try_recipient", _target(recipient_id))
        return work.deliveries.get(delivery)


def list_deliveries(
    store: Store, caller: Caller, *, state: DeliveryState | None = None, limit: int = 100
) -> list[Delivery]:
    """Deliveries to recipients within the caller's reach, newest first; dead ones wait for a person."""
    scope = caller.reach(Action.SEND)
    with store.reading() as work:
        mine = None
        if not scope.whole:
            mine = [one.id for one in work.recipients.all() if one.id is not None and scope.holds(one.org, None)]
        return work.deliveries.find(recipients=mine, state=state, limit=limit)


def retry_delivery(store: Store, caller: Caller, delivery_id: int) -> Delivery:
    """Try a dead delivery again, under the same key."""
    with store.unit_of_work() as work:
        _within(work, caller, work.deliveries.get(delivery_id).recipient)
        revived = work.deliveries.revive(delivery_id)
        queue_delivery(work, delivery_id)
        note(work, caller, "retry_delivery", f"delivery/{delivery_id}")
        return revived


def _moved(work: UnitOfWork, old: Recipient, given: Mapping[str, Any]) -> Address:
    """The address with what changed; a new place needs its secret anew, or the old one would go to a stranger."""
    assert old.id is not None
    if given.get("url") or given.get("emails"):
        return Address(given.get("url") or "", tuple(given.get("emails") or ()), given.get("secret"))
    return replace(work.recipients.address(old.id), secret=given.get("secret"))


def _shown(format: Format, address: Address, hosts: Hosts) -> str:
    """What of an address may be seen: the host of a URL, whose rest is a key; e-mail addresses as they are."""
    refuse_unfit(format, address)
    if format is Format.EMAIL:
        return ", ".join(checked_emails(address.emails))
    return str(checked_address(address.url, hosts).host)


def _within(work: UnitOfWork, caller: Caller, recipient_id: int) -> Recipient:
    scope = caller.reach(Action.SEND)
    absent = NotFound(f"there is no recipient {recipient_id} within your reach")
    try:
        recipient = work.recipients.get(recipient_id)
    except NotFound:
        raise absent from None
    if not scope.holds(recipient.org, None):
        raise absent
    return recipient


def _require(scope: Scope, recipient: Recipient) -> None:
    if not scope.holds(recipient.org, None):
        raise Forbidden("this branch lies outside your reach; name a branch of your own in `org`")
    if recipient.refund_from is not None and recipient.refund_from < 0:
        raise InvalidInput("`refund_from` must not be negative")


def _target(recipient_id: int | None) -> str:
    return f"recipient/{recipient_id}"
