"""From an import to a notice at a real server: urgent things, quiet hours, retries, schedules, what stays hidden."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.policy import default
from typing import Any

import pytest

from qa_service.jobs import Worker
from qa_service.notify.signing import verify
from qa_service.workflows.send_notices import open_sender, outgoing_handlers
from tests.api.conftest import FAR, Service, TickingClock, conversation, make_service
from tests.notify.receivers import Mailbox, Receiver, mail_receiver, web_receiver

TODAY = "2026-10-09T15:30:00+08:00"
THREAT = [
    {"speaker": "agent", "text": "您好，我是墨芽的林晓"},
    {"speaker": "customer", "text": "我电话13800138000，再不退我就打12315投诉你们"},
    {"speaker": "agent", "text": "您别急"},
]
BIG_REFUND = [
    {"speaker": "agent", "text": "您好"},
    {"speaker": "customer", "text": "我要退费，交了9800元"},
]
SMALL_REFUND = [{"speaker": "agent", "text": "您好"}, {"speaker": "customer", "text": "退费，交了99元"}]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with web_receiver() as one:
        yield one


@pytest.fixture
def box() -> Iterator[Mailbox]:
    with mail_receiver() as one:
        yield one


@pytest.fixture
def outgoing(sqlite_url: str, receiver: Receiver, box: Mailbox) -> Iterator[Service]:
    settings = {
        "webhook_private_hosts": (receiver.host,),
        "public_url": "https://qa.example.com",
        "smtp_host": "127.0.0.1",
        "smtp_port": box.port,
        "smtp_security": "none",
        "smtp_sender": "qa@example.com",
    }
    made = make_service(sqlite_url, TickingClock(), **settings)
    yield made
    made.store.close()


def send_out(service: Service, seconds: float = 0.0) -> None:
    """Let time pass, then run what is due of what goes out."""
    service.clock.step(seconds)
    given = service.app.state.services
    sender = open_sender(given.settings, service.store)
    Worker(service.store, outgoing_handlers(service.store, sender)).run_until_idle()


def add(service: Service, receiver: Receiver, **more: Any) -> int:
    body = {"name": "群", "format": "wecom", "url": receiver.url, "urgent": ["escalation", "refund", "veto"]} | more
    answered = service.as_("ops").post("/v1/recipients", json=body)
    assert answered.status_code == 201, answered.text
    return int(answered.json()["id"])


def said(one_id: str, turns: list[dict[str, str]], **more: Any) -> dict[str, Any]:
    return conversation(one_id, turns=turns, started_at=TODAY, **more)


def content(receiver: Receiver, number: int = -1) -> str:
    return str(receiver.received[number].json["markdown"]["content"])


def test_urgent_things_of_an_import_are_told_together_within_five_minutes(
    outgoing: Service, receiver: Receiver
) -> None:
    add(outgoing, receiver, refund_from=5000)
    began = outgoing.clock.now
    outgoing.send(said("c-1", THREAT), said("c-2", BIG_REFUND), said("c-3", SMALL_REFUND))
    send_out(outgoing)
    assert receiver.received == []
    send_out(outgoing, 61)
    assert (outgoing.clock.now - began).total_seconds() < 300
    (_,) = receiver.received
    told = content(receiver)
    assert "客户扬言升级投诉，会话 c-1" in told and "再不退我就打12315投诉你们" in told
    assert "退费要求，涉及 9800 元，会话 c-2" in told and "c-3" not in told
    assert "(https://qa.example.com/conversations/c-1#turn-1)" in told


def test_the_quote_is_masked(outgoing: Service, receiver: Receiver) -> None:
    add(outgoing, receiver)
    outgoing.send(said("c-1", THREAT))
    send_out(outgoing, 61)
    assert "13800138000" not in content(receiver)
    assert "●" * 11 in content(receiver)


def test_a_proposed_veto_is_told_with_the_name_of_its_red_line(outgoing: Service, receiver: Receiver) -> None:
    add(outgoing, receiver, urgent=["veto"])
    outgoing.send(conversation("c-veto", started_at=TODAY))
    send_out(outgoing, 61)
    assert "疑似一票否决" in content(receiver) and "c-veto" in content(receiver)


def test_nothing_is_told_twice(outgoing: Service, receiver: Receiver) -> None:
    add(outgoing, receiver)
    outgoing.send(said("c-1", THREAT))
    send_out(outgoing, 61)
    outgoing.as_("ops").post("/v1/rescores", json={})
    outgoing.work()
    send_out(outgoing, 600)
    assert len(receiver.received) == 1


def test_history_that_is_imported_alarms_nobody(outgoing: Service, receiver: Receiver) -> None:
    add(outgoing, receiver)
    outgoing.send(said("c-old", THREAT) | {"started_at": "2026-09-01T10:00:00+08:00"})
    send_out(outgoing, 600)
    assert receiver.received == []


def test_each_branch_hears_of_its_own(outgoing: Service, receiver: Receiver) -> None:
    add(outgoing, receiver, org=["公司", "一部"])
    outgoing.send(said("c-far", THREAT, agent="A09", org=FAR), said("c-near", THREAT))
    send_out(outgoing, 61)
    assert "c-near" in content(receiver) and "c-far" not in content(receiver)


def test_quiet_hours_hold_back_all_but_what_is_excepted(outgoing: Service, receiver: Receiver) -> None:
    quiet = {"begins": "22:00", "ends": "08:00", "except_for": ["escalation"]}
    add(outgoing, receiver, quiet=quiet)
    outgoing.clock.now = datetime(2026, 10, 9, 15, 0, tzinfo=UTC)  # 23:00 in China
    outgoing.send(said("c-1", THREAT), said("c-2", BIG_REFUND))
    send_out(outgoing, 61)
    (_,) = receiver.received
    assert "扬言" in content(receiver) and "9800" not in content(receiver)
    send_out(outgoing, 8 * 3600)
    assert len(receiver.received) == 1
    send_out(outgoing, 3600)
    assert len(receiver.received) == 2 and "c-2" in content(receiver)


def test_a_failing_receiver_is_tried_again_until_it_takes_the_notice(outgoing: Service, receiver: Receiver) -> None:
    add(outgoing, receiver)
    receiver.answer(500)
    receiver.answer(200, b'{"errcode": 45009}')
    outgoing.send(said("c-1", THREAT))
    send_out(outgoing, 61)
    assert len(receiver.received) == 1
    send_out(outgoing, 5)
    assert len(receiver.received) == 1
    send_out(outgoing, 6)
    send_out(outgoing, 31)
    assert len(receiver.received) == 3
    (delivery,) = outgoing.as_("ops").get("/v1/deliveries").json()["items"]
    assert (delivery["state"], delivery["attempts"], delivery["reason"]) == ("sent", 3, "")
    send_out(outgoing, 100_000)
    assert len(receiver.received) == 3


def test_what_is_refused_for_good_is_dead_until_a_person_tries_it_again(outgoing: Service, receiver: Receiver) -> None:
    add(outgoing, receiver)
    receiver.answer(200, b'{"errcode": 93000, "errmsg": "invalid webhook url"}')
    outgoing.send(said("c-1", THREAT))
    send_out(outgoing, 61)
    send_out(outgoing, 100_000)
    ops = outgoing.as_("ops")
    (dead,) = ops.get("/v1/deliveries", params={"state": "dead"}).json()["items"]
    assert dead["reason"] == "refused_93000" and len(receiver.received) == 1
    assert 'qa_deliveries{state="dead"} 1.0' in outgoing.as_("").get("/metrics").text
    assert ops.post(f"/v1/deliveries/{dead['id']}/retry").status_code == 202
    send_out(outgoing)
    assert len(receiver.received) == 2
    assert ops.post(f"/v1/deliveries/{dead['id']}/retry").status_code == 409


def test_who_never_answers_is_given_up_after_eight_tries(outgoing: Service, receiver: Receiver) -> None:
    number = add(outgoing, receiver)
    for _ in range(20):
        receiver.answer(503)
    assert outgoing.as_("ops").post(f"/v1/recipients/{number}/trial").status_code == 202
    for _ in range(12):
        send_out(outgoing, 30_000)
    (delivery,) = outgoing.as_("ops").get("/v1/deliveries").json()["items"]
    assert (delivery["state"], delivery["attempts"], delivery["reason"]) == ("dead", 8, "status_503")
    assert len(receiver.received) == 8


def test_signed_json_is_verified_and_repeated_under_one_id(outgoing: Service, receiver: Receiver) -> None:
    number = add(outgoing, receiver, format="signed", secret="shared-secret")
    receiver.answer(500)
    outgoing.as_("ops").post(f"/v1/recipients/{number}/trial")
    send_out(outgoing)
    send_out(outgoing, 11)
    first, second = receiver.received
    assert first.headers["X-QA-Id"] == second.headers["X-QA-Id"]
    assert verify("shared-secret", second.headers, second.body, outgoing.clock.now)


def test_two_workers_send_a_notice_once(outgoing: Service, receiver: Receiver) -> None:
    number = add(outgoing, receiver)
    outgoing.as_("ops").post(f"/v1/recipients/{number}/trial")
    given = outgoing.app.state.services
    handlers = outgoing_handlers(outgoing.store, open_sender(given.settings, outgoing.store))
    first, second = (Worker(outgoing.store, handlers, at_once=1) for _ in range(2))
    assert first.run_once() + second.run_once() == 1
    assert len(receiver.received) == 1


def test_addresses_and_secrets_are_never_shown_nor_readable_in_the_database(
    outgoing: Service, receiver: Receiver, capsys: pytest.CaptureFixture[str]
) -> None:
    number = add(outgoing, receiver, format="dingtalk", secret="SEC-very-hidden")
    receiver.answer(500)
    outgoing.as_("ops").post(f"/v1/recipients/{number}/trial")
    send_out(outgoing)
    shown = outgoing.as_("ops").get("/v1/recipients").text + outgoing.as_("ops").get("/v1/deliveries").text
    stored = b"".join(path.read_bytes() for path in outgoing.store.files() if path.exists())
    logged = "".join(capsys.readouterr())
    for hidden in ("hidden-key", "SEC-very-hidden"):
        assert hidden not in shown and hidden not in logged and hidden.encode() not in stored
    assert '"shown":"127.0.0.1"' in shown


def test_a_host_that_is_not_allowed_is_refused(outgoing: Service) -> None:
    body = {"name": "x", "format": "wecom", "url": "https://evil.example.com/?key=hidden-key"}
    answered = outgoing.as_("ops").post("/v1/recipients", json=body)
    assert answered.status_code == 422
    assert "QA_WEBHOOK_HOSTS" in answered.json()["detail"] and "hidden-key" not in answered.text


def test_a_new_address_needs_its_own_secret(outgoing: Service, receiver: Receiver) -> None:
    number = add(outgoing, receiver, format="signed", secret="shared-secret")
    answered = outgoing.as_("ops").patch(f"/v1/recipients/{number}", json={"url": receiver.url})
    assert answered.status_code == 422
    assert outgoing.as_("ops").patch(f"/v1/recipients/{number}", json={"active": False}).json()["active"] is False


def test_a_manager_reaches_only_recipients_of_the_own_branch(outgoing: Service, receiver: Receiver) -> None:
    number = add(outgoing, receiver)
    manager = outgoing.as_("sales_manager")
    assert manager.get("/v1/recipients").json()["items"] == []
    assert manager.delete(f"/v1/recipients/{number}").status_code == 404
    assert manager.get("/v1/deliveries").json()["items"] == []
    schedule = {"weekday": 1, "hour": 9, "org": ["公司", "一部"], "recipients": [number]}
    assert manager.post("/v1/schedules", json=schedule).status_code == 404


def test_nothing_of_a_deleted_customer_goes_out(outgoing: Service, receiver: Receiver) -> None:
    add(outgoing, receiver)
    outgoing.send(said("c-1", THREAT))
    assert outgoing.as_("admin").delete("/v1/customers/U-c-1").status_code in (200, 202)
    outgoing.work()
    send_out(outgoing, 61)
    assert receiver.received == []


def test_the_weekly_report_goes_out_by_mail_once_a_week(outgoing: Service, box: Mailbox) -> None:
    ops = outgoing.as_("ops")
    wanted = {"name": "运营", "format": "email", "emails": ["ops@example.com"]}
    number = ops.post("/v1/recipients", json=wanted).json()["id"]
    made = ops.post("/v1/schedules", json={"weekday": 1, "hour": 9, "recipients": [number]}).json()
    assert made["next_at"] == "2026-10-12T01:00:00Z"
    outgoing.send(conversation(started_at=TODAY))
    send_out(outgoing)
    assert box.letters == []
    outgoing.clock.now = datetime(2026, 10, 12, 1, 0, 1, tzinfo=UTC)
    send_out(outgoing)
    ((to, body),) = box.letters
    letter = message_from_bytes(body, policy=default)
    assert to == ["ops@example.com"] and "2026-W41" in letter["Subject"]
    names = {part.get_filename() for part in letter.iter_attachments()}
    assert names == {"voc-2026-W41.html", "voc-2026-W41.xlsx", "voc-2026-W41.pdf"}
    ops.patch(f"/v1/schedules/{made['id']}", json={"hour": 12})
    send_out(outgoing, 6 * 3600)
    assert len(box.letters) == 1
    assert ops.get("/v1/schedules").json()["items"][0]["next_at"] == "2026-10-19T04:00:00Z"


def test_a_service_that_was_down_makes_up_for_the_last_week_alone(outgoing: Service, receiver: Receiver) -> None:
    number = add(outgoing, receiver, format="signed", secret="s")
    outgoing.as_("ops").post("/v1/schedules", json={"weekday": 1, "hour": 9, "recipients": [number]})
    outgoing.clock.now = datetime(2026, 11, 4, 3, 0, tzinfo=UTC)
    send_out(outgoing)
    (got,) = receiver.received
    assert json.loads(got.body)["id"] == f"weekly/1/2026-W44/{number}"
    (one,) = outgoing.as_("ops").get("/v1/schedules").json()["items"]
    assert (one["last_week"], one["next_at"]) == ("2026-W44", "2026-11-09T01:00:00Z")


def test_a_deleted_or_switched_off_schedule_sends_nothing(outgoing: Service, receiver: Receiver) -> None:
    number = add(outgoing, receiver)
    ops = outgoing.as_("ops")
    first, second = (
        ops.post("/v1/schedules", json={"weekday": 1, "hour": 9, "recipients": [number]}).json()["id"] for _ in range(2)
    )
    assert ops.delete(f"/v1/schedules/{first}").status_code == 204
    assert ops.patch(f"/v1/schedules/{second}", json={"active": False}).json()["next_at"] is None
    send_out(outgoing, 10 * 86400)
    assert receiver.received == []


def test_a_worker_killed_while_sending_leaves_the_notice_to_the_next_one_under_the_same_id(
    outgoing: Service, receiver: Receiver
) -> None:
    number = add(outgoing, receiver, format="signed", secret="s")
    outgoing.as_("ops").post(f"/v1/recipients/{number}/trial")
    with outgoing.store.unit_of_work() as work:
        work.jobs.claim("killed", limit=1, lease=timedelta(seconds=30), kinds=["deliver"])
    send_out(outgoing, 10)
    assert receiver.received == []
    send_out(outgoing, 21)
    (got,) = receiver.received
    assert got.headers["X-QA-Id"].startswith(f"trial/{number}/")


def test_many_urgent_things_are_one_notice_that_counts_the_rest(outgoing: Service, receiver: Receiver) -> None:
    add(outgoing, receiver)
    outgoing.send(*(said(f"c-{n}", THREAT) for n in range(14)))
    send_out(outgoing, 61)
    send_out(outgoing, 61)
    assert len(receiver.received) == 1
    assert "14 条需要立即查看" in content(receiver) and "另有 4 条" in content(receiver)


def test_it_is_the_same_on_each_kind_of_database(database_url: str, receiver: Receiver) -> None:
    service = make_service(database_url, TickingClock(), webhook_private_hosts=(receiver.host,))
    number = add(service, receiver, format="signed", secret="s", quiet={"begins": "01:00", "ends": "02:00"})
    ops = service.as_("ops")
    ops.post("/v1/schedules", json={"weekday": 1, "hour": 9, "recipients": [number]})
    service.send(said("c-1", THREAT), said("c-2", BIG_REFUND))
    send_out(service, 61)
    assert [one["text"][:8] for one in receiver.received[0].json["items"]] == ["客户扬言升级投诉", "退费要求，涉及 "]
    place = {"conversation_id": "c-1", "turn": 1}
    wanted = {"title": "t", "department": "finance", "owner": "lin", "conversations": [place, place]}
    ticket = ops.post("/v1/tickets", json=wanted).json()["id"]
    service.clock.now = datetime(2026, 10, 20, 3, 0, tzinfo=UTC)
    send_out(service)
    assert receiver.received[1].json["id"] == f"weekly/1/2026-W42/{number}"
    assert ops.get("/v1/voc/2026-W41").json()["tickets"]["overdue"] == 1
    assert service.as_("admin").delete("/v1/customers/U-c-1").status_code == 200
    assert ops.get(f"/v1/tickets/{ticket}").json()["conversations"] == []
    assert [one["state"] for one in ops.get("/v1/deliveries").json()["items"]] == ["sent", "sent"]
    service.store.close()
