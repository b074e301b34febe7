"""A customer's journeys over HTTP: who sees how much of them, as of when, and that nothing is left of a deleted one."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from qa_service.logs import configure_logs
from qa_service.workflows import read_journey
from qa_service.workflows.manage_sops import publish, save_draft
from tests.api.conftest import FAR, LEAD, SOP, Service, TickingClock, conversation, make_service

MILD = [
    {"speaker": "agent", "text": "您好，我是墨芽的林晓"},
    {"speaker": "customer", "text": "你们课多少钱"},
    {"speaker": "agent", "text": "周六可以试听，我们保证让您满意"},
]
LATER = [{"speaker": "agent", "text": "孩子几年级"}, {"speaker": "customer", "text": "四年级"}]
JOURNEY = "/v1/customers/U-1/journey"


def of_customer(name: str, day: int, turns: Any, *, agent: str = "A01", **more: Any) -> dict[str, Any]:
    fields = {
        "product": "写作",
        "customer": {"id": "U-1"},
        "started_at": f"2026-10-0{day}T10:00:00+08:00",
        "turns": turns,
    }
    return conversation(name, agent, **(fields | more))


@pytest.fixture
def service(database_url: str) -> Iterator[Service]:
    """Three contacts of one customer with three agents, on both databases."""
    made = make_service(database_url, TickingClock())
    joined = SOP.replace("sop: trial-call", "sop: joined").replace("product: 阅读", "product: 写作")
    joined = joined.replace("keywords: [几年级]", "keywords: [几年级], scope: journey")
    save_draft(made.store, LEAD, joined)
    publish(made.store, LEAD, "joined", 1)
    made.send(
        of_customer("c-1", 6, MILD),
        of_customer("c-2", 7, LATER, agent="A02"),
        of_customer("c-3", 8, MILD, agent="A09", org=FAR),
    )
    yield made
    made.store.close()


def contacts(body: dict[str, Any]) -> list[str]:
    return [one["conversation_id"] for journey in body["journeys"] for one in journey["contacts"]]


def read(service: Service, person: str, **params: str) -> Any:
    response = service.as_(person).get(JOURNEY, params=params)
    assert response.status_code == 200, response.text
    return response.json()


def test_contacts_are_joined_and_each_finding_names_its_conversation(service: Service) -> None:
    body = read(service, "qa")
    assert (body["customer_id"], body["complete"], body["undated"]) == ("U-1", True, [])
    (journey,) = body["journeys"]
    assert contacts(body) == ["c-1", "c-2", "c-3"]
    assert [one["promises_before"] for one in journey["contacts"]] == [0, 1, 1]
    assert [(one["conversation_id"], one["quote"]) for one in journey["promises"]] == [
        ("c-1", "保证让您满意"),
        ("c-3", "保证让您满意"),
    ]
    assert {one["id"]: one["shown"]["conversation_id"] for one in journey["parts"][0]["steps"]}["needs"] == "c-2"


def test_everybody_sees_the_contacts_within_their_reach_and_that_they_may_not_be_all(service: Service) -> None:
    seen = {person: read(service, person) for person in ("ops", "sales_manager", "agent", "far_manager")}
    assert {person: contacts(body) for person, body in seen.items()} == {
        "ops": ["c-1", "c-2", "c-3"],
        "sales_manager": ["c-1", "c-2"],
        "agent": ["c-1"],
        "far_manager": ["c-3"],
    }
    assert {person: body["complete"] for person, body in seen.items()} == {
        "ops": True,
        "sales_manager": False,
        "agent": False,
        "far_manager": False,
    }


def test_a_customer_out_of_reach_is_as_unknown_as_one_that_is_not_there(service: Service) -> None:
    service.send(conversation("c-far", "A09", FAR, customer={"id": "U-9"}))
    answers = [service.as_("agent").get(f"/v1/customers/{one}/journey") for one in ("U-9", "U-none")]
    assert [one.status_code for one in answers] == [404, 404]
    assert answers[0].json()["detail"] == answers[1].json()["detail"]
    assert "U-9" not in answers[0].json()["detail"]


def test_as_of_a_day_or_a_time(service: Service) -> None:
    assert contacts(read(service, "qa", as_of="2026-10-06")) == ["c-1"]
    assert contacts(read(service, "qa", as_of="2026-10-07T10:00:00+08:00")) == ["c-1", "c-2"]
    assert contacts(read(service, "qa", as_of="2026-10-07T01:59:00Z")) == ["c-1"]
    assert service.as_("qa").get(f"{JOURNEY}?as_of=2026-10-07T10:00:00+08:00").status_code == 200
    assert read(service, "qa", as_of="2020-01-01")["journeys"] == []
    wrong = service.as_("qa").get(JOURNEY, params={"as_of": "gestern"})
    assert (wrong.status_code, "write it like" in wrong.json()["detail"]) == (422, True)


def test_the_same_question_is_answered_with_the_same_bytes(service: Service) -> None:
    answers = {service.as_("qa").get(JOURNEY, params={"as_of": "2026-10-08"}).content for _ in range(2)}
    assert len(answers) == 1


def test_what_people_decided_counts(service: Service) -> None:
    (part,) = read(service, "qa")["journeys"][0]["parts"]
    assert {one["id"]: one["status"] for one in part["steps"]}["greeting"] == "missed"
    said = {
        "decision": "change",
        "finding_key": "step/greeting",
        "value": {"status": "done", "turns": [0]},
        "reason": "有",
    }
    assert service.as_("qa").post("/v1/reviews/c-2/overrides", json=said).status_code == 201
    (after,) = read(service, "qa")["journeys"][0]["parts"]
    assert {one["id"]: one["status"] for one in after["steps"]}["greeting"] == "done"
    assert after["score"] > part["score"]


def test_an_order_paid_begins_a_new_part(service: Service) -> None:
    paid = {"customer_id": "U-1", "event": "paid", "at": "2026-10-07T12:00:00+08:00"}
    assert service.as_("ops").post("/v1/outcomes", json=paid).status_code == 201
    (journey,) = read(service, "qa")["journeys"]
    assert [part["contacts"] for part in journey["parts"]] == [["c-1", "c-2"], ["c-3"]]


def test_a_contact_not_analysed_yet_is_shown_without_a_verdict(service: Service) -> None:
    body = of_customer("c-4", 9, MILD)
    assert service.as_("ops").post("/v1/conversations", json=body).status_code == 201
    undated = {key: value for key, value in of_customer("c-5", 9, MILD).items() if key != "started_at"}
    assert service.as_("ops").post("/v1/conversations", json=undated).status_code == 201
    found = read(service, "qa")
    (journey,) = found["journeys"]
    assert [(one["conversation_id"], one["analysed"]) for one in journey["contacts"]][-1] == ("c-4", False)
    assert (journey["contacts"][-1]["score"], found["undated"]) == (None, ["c-5"])


def test_an_id_that_very_many_conversations_carry_is_no_person(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(read_journey, "MOST_CONTACTS", 2)
    answer = service.as_("qa").get(JOURNEY)
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


def test_nothing_of_a_deleted_customer_is_left(service: Service) -> None:
    assert service.as_("admin").delete("/v1/customers/U-1").status_code == 200
    assert service.as_("qa").get(JOURNEY).status_code == 404


def test_the_customer_is_not_named_in_the_log(service: Service, capfd: pytest.CaptureFixture[str]) -> None:
    configure_logs("DEBUG")
    read(service, "qa")
    logged = "".join(capfd.readouterr())
    assert "U-1" not in logged
    routes = {json.loads(line).get("route") for line in logged.splitlines() if line.startswith("{")}
    assert "/v1/customers/{customer_id:path}/journey" in routes
