"""Tickets: handed to a department, answered by their owner, closed; overdue ones stand on the weekly page."""

from typing import Any

import pytest

from qa_service.report import render_html
from tests.api.conftest import Service

WANTED = {
    "title": "退费受阻，请说明流程",
    "about": "complaint_reason",
    "about_id": "refund_obstructed",
    "department": "finance",
    "owner": "lin",
    "org": ["公司", "一部"],
    "conversations": [{"conversation_id": "c-own", "turn": 3}],
}


def opened(service: Service, person: str = "ops", **more: Any) -> dict[str, Any]:
    answered = service.as_(person).post("/v1/tickets", json=WANTED | more)
    assert answered.status_code == 201, answered.text
    return dict(answered.json())


def step(service: Service, person: str, ticket: int, state: str, text: str = "") -> Any:
    return service.as_(person).post(f"/v1/tickets/{ticket}/steps", json={"state": state, "text": text})


def test_a_ticket_goes_from_hand_to_hand_and_keeps_its_history(service: Service) -> None:
    number = opened(service)["id"]
    assert step(service, "agent", number, "in_work").status_code == 200
    assert step(service, "agent", number, "answered", "银行退回，已重新打款").json()["reply"] == "银行退回，已重新打款"
    assert step(service, "ops", number, "reopened", "客户仍未收到").status_code == 200
    assert step(service, "agent", number, "answered", "今日到账").status_code == 200
    closed = step(service, "ops", number, "closed").json()
    assert [event["state"] for event in closed["history"]] == [
        *("open", "in_work", "answered", "reopened", "answered", "closed")
    ]
    assert {event["by"] for event in closed["history"]} == {"ops-chen", "lin"}
    log = service.as_("admin").get("/v1/access-log", params={"target": f"ticket/{number}"}).json()["items"]
    assert {entry["action"] for entry in log} >= {"open_ticket", "ticket_answered", "ticket_closed"}


def test_it_shows_the_words_it_is_about(service: Service) -> None:
    number = opened(service)["id"]
    (quote,) = service.as_("ops").get(f"/v1/tickets/{number}").json()["quotes"]
    assert quote == {"conversation_id": "c-own", "turn": 3, "quote": "上次那个课我要投诉，退费吧"}


def test_an_owner_reads_no_conversation_beyond_the_own_reach(service: Service) -> None:
    number = opened(service, conversations=[{"conversation_id": "c-beside", "turn": 3}])["id"]
    assert service.as_("agent").get(f"/v1/tickets/{number}").json()["quotes"] == []


@pytest.mark.parametrize(
    ("days", "due"), [(1, "2026-10-12"), (5, "2026-10-16"), (6, "2026-10-19"), (None, "2026-10-16")]
)
def test_it_is_due_after_working_days(days: int | None, due: str, service: Service) -> None:
    # The day is a Friday.
    assert opened(service, working_days=days)["due_on"] == due


def test_states_follow_each_other_and_an_answer_needs_words(service: Service) -> None:
    number = opened(service)["id"]
    assert step(service, "ops", number, "reopened", "x").status_code == 409
    assert step(service, "agent", number, "answered").status_code == 422
    assert step(service, "agent", number, "closed").status_code == 403


@pytest.mark.parametrize(
    ("person", "status"), [("team_lead", 404), ("qa", 403), ("agent_2", 404), ("far_manager", 404), ("qa_lead", 200)]
)
def test_who_neither_owns_nor_hands_out_a_ticket_moves_nothing(person: str, status: int, service: Service) -> None:
    number = opened(service)["id"]
    assert step(service, person, number, "in_work").status_code == status


def test_a_manager_hands_out_only_within_the_own_branch(service: Service) -> None:
    client = service.as_("sales_manager")
    assert client.post("/v1/tickets", json=WANTED).status_code == 201
    assert client.post("/v1/tickets", json=WANTED | {"org": []}).status_code == 403
    far = {"conversations": [{"conversation_id": "c-far"}]}
    assert client.post("/v1/tickets", json=WANTED | far).status_code == 404


def test_unknown_reasons_and_turns_are_refused(service: Service) -> None:
    client = service.as_("ops")
    assert client.post("/v1/tickets", json=WANTED | {"about_id": "none"}).status_code == 422
    place = {"conversation_id": "c-own", "turn": 99}
    assert client.post("/v1/tickets", json=WANTED | {"conversations": [place]}).status_code == 422


def test_owner_and_due_day_change_and_the_history_says_so(service: Service) -> None:
    number = opened(service)["id"]
    changed = service.as_("ops").patch(f"/v1/tickets/{number}", json={"owner": "ma", "due_on": "2026-11-02"}).json()
    assert (changed["owner"], changed["due_on"]) == ("ma", "2026-11-02")
    assert "owner: lin → ma" in changed["history"][-1]["text"]
    linked = service.as_("ops").post(
        f"/v1/tickets/{number}/conversations",
        json={"conversations": [{"conversation_id": "c-own", "turn": 3}, {"conversation_id": "c-far"}]},
    )
    assert [one["conversation_id"] for one in linked.json()["conversations"]] == ["c-own", "c-far"]


def test_overdue_tickets_stand_on_the_weekly_page(service: Service) -> None:
    late = opened(service, title="退费太慢", working_days=1)["id"]
    answered = opened(service, title="已答复", working_days=1)["id"]
    opened(service, title="还早", department="sales", working_days=200)
    step(service, "agent", answered, "answered", "好了")
    service.clock.step(5 * 86400)
    document = service.as_("ops").get("/v1/voc/2026-W41").json()
    told = document["tickets"]
    assert (told["open"], told["overdue"]) == (2, 1)
    assert [(one["department"], one["open"], one["overdue"]) for one in told["departments"]] == [
        *(("finance", 1, 1), ("sales", 1, 0))
    ]
    assert [(one["id"], one["days_late"]) for one in told["late"]] == [(late, 2)]
    assert document["todo"][0]["zh"] == "催办已逾期的交办工单 1 件，见「交办工单」。"
    page = render_html(document)
    assert "退费太慢" in page and "已逾期 2 天" in page and "已答复" not in page
    assert "tickets" not in service.as_("far_manager").get("/v1/voc/2026-W41").json()
    assert [one["id"] for one in service.as_("ops").get("/v1/tickets?overdue=true").json()["items"]] == [late]


def test_deleting_a_customer_takes_links_quotes_and_repeated_words(service: Service) -> None:
    number = opened(service, title="客户说：上次那个课我要投诉，退费吧")["id"]
    step(service, "agent", number, "answered", "c-own 的客户说 上次那个课我要投诉，退费吧，已处理")
    assert service.as_("admin").delete("/v1/customers/U-c-own").status_code in (200, 202)
    service.work()
    left = service.as_("ops").get(f"/v1/tickets/{number}").json()
    assert (left["conversations"], left["quotes"], left["title"], left["reply"]) == ([], [], "", "")
    assert "退费吧" not in str(left) and "c-own" not in str(left)
