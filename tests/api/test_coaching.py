"""Coaching through the API: cases, sets, talks, wordings, reports in four formats."""

from typing import Any

import pytest

from tests.api.conftest import Service

CASE = {"conversation_id": "c-own", "turn": 4, "kind": "good", "step": "needs", "objection": "没时间"}


def keep(service: Service, person: str = "trainer", **more: Any) -> dict[str, Any]:
    answer = service.as_(person).post("/v1/coaching/cases", json=CASE | more)
    assert answer.status_code == 201, answer.text
    body: dict[str, Any] = answer.json()
    return body


def ids(service: Service, person: str, **query: Any) -> list[str]:
    return [one["id"] for one in service.as_(person).get("/v1/coaching/cases", params=query).json()["items"]]


def test_a_case_keeps_the_words_and_the_turns_around_them(service: Service) -> None:
    case = keep(service)
    assert case["quote"] == "孩子上四年级吗，平时读什么书"
    assert [turn["turn"] for turn in case["context"]] == [2, 3]
    assert (case["agent_id"], case["sop"], case["difficulty"]) == ("A01", "trial-call", "hard")
    assert ids(service, "qa", q="年级") == [case["id"]]
    assert ids(service, "qa", q="年级", kind="missed") == []


def test_a_turn_that_is_not_there_is_refused(service: Service) -> None:
    answer = service.as_("trainer").post("/v1/coaching/cases", json=CASE | {"turn": 99})
    assert answer.status_code == 422 and "no turn 99" in answer.json()["detail"]


def test_an_agent_reads_own_cases_and_those_shared_with_them(service: Service) -> None:
    own, other = keep(service), keep(service, conversation_id="c-beside")
    assert ids(service, "agent") == [own["id"]]
    path = f"/v1/coaching/cases/{other['id']}"
    assert service.as_("agent").get(path).status_code == 404
    assert service.as_("trainer").put(f"{path}/sharing", json={"agents": ["A01"]}).json()["shared_with"] == ["A01"]
    assert service.as_("agent").get(path).status_code == 200
    assert service.as_("agent").delete(path).status_code == 403


def test_a_line_manager_keeps_cases_of_the_own_branch_only(service: Service) -> None:
    assert keep(service, "team_lead")["created_by"] == "lead-qian"
    body = CASE | {"conversation_id": "c-far"}
    assert service.as_("team_lead").post("/v1/coaching/cases", json=body).status_code == 404
    far = keep(service, conversation_id="c-far")
    assert service.as_("team_lead").delete(f"/v1/coaching/cases/{far['id']}").status_code == 404
    assert service.as_("far_manager").delete(f"/v1/coaching/cases/{far['id']}").status_code == 204


def test_a_set_is_handed_out_with_agents_masked(service: Service) -> None:
    own, greeting = keep(service), keep(service, turn=0)
    body = {"title": "嫌贵怎么答", "cases": [greeting["id"], own["id"]]}
    made = service.as_("trainer").post("/v1/coaching/sets", json=body).json()
    path = f"/v1/coaching/sets/{made['id']}"
    plain = service.as_("ops").get(path).json()
    assert [one["quote"][:2] for one in plain["cases"]] == ["您好", "孩子"]
    assert plain["cases"][1]["step_title"] == "挖需求"
    hidden = service.as_("ops").get(path, params={"mask_agents": True}).text
    assert "林晓" not in hidden and "A01" not in hidden and "墨芽的●●" in hidden
    assert service.as_("far_manager").get("/v1/coaching/sets").json()["items"] == []
    assert service.as_("team_lead").put(path, json={"cases": []}).status_code == 403
    assert service.as_("qa_lead").put(path, json={"cases": [own["id"]]}).json()["cases"] == [own["id"]]


@pytest.mark.parametrize(
    ("format", "start"), [("json", b"{"), ("html", b"<!doctype"), ("xlsx", b"PK"), ("pdf", b"%PDF")]
)
def test_every_report_comes_in_four_formats(service: Service, format: str, start: bytes) -> None:
    case = keep(service)
    body = {"title": "四/年:级", "cases": [case["id"]]}
    made = service.as_("trainer").post("/v1/coaching/sets", json=body).json()
    for path in ("/v1/voc/2026-W41", "/v1/coaching/A01", "/v1/coaching/teams/一组", f"/v1/coaching/sets/{made['id']}"):
        answer = service.as_("qa_lead").get(path, params={"format": format})
        assert answer.status_code == 200, (path, answer.text)
        assert answer.content.startswith(start), path


def test_the_next_report_tells_whether_the_points_moved(service: Service) -> None:
    talk = {"agent_id": "A01", "on": "2026-10-01", "note": "听三通"}
    held = service.as_("team_lead").post("/v1/coaching/talks", json=talk)
    assert held.status_code == 201, held.text
    assert service.as_("agent").get("/v1/coaching/talks", params={"agent": "A01"}).json()["items"] == [held.json()]
    assert service.as_("agent_2").get("/v1/coaching/talks", params={"agent": "A01"}).status_code == 404
    assert service.as_("far_manager").post("/v1/coaching/talks", json=talk).status_code == 404
    assert service.as_("team_lead").get("/v1/coaching/A01").json()["last_time"] == []


def test_a_wording_is_approved_by_somebody_else_and_shown_only_then(service: Service) -> None:
    body = {"objection": "你们课多少钱", "text": "二十四节一千九百八"}
    wording = service.as_("team_lead").post("/v1/coaching/wordings", json=body).json()
    assert service.as_("agent").get("/v1/coaching/wordings").json()["items"] == []
    path = f"/v1/coaching/wordings/{wording['id']}"
    assert service.as_("team_lead").post(f"{path}/approval").status_code == 403
    assert service.as_("trainer").post(f"{path}/approval").json()["approved_by"] == "trainer-hu"
    assert [one["id"] for one in service.as_("agent").get("/v1/coaching/wordings").json()["items"]] == [wording["id"]]
    assert service.as_("team_lead").delete(path).status_code == 403
    assert service.as_("qa").delete(path).status_code == 204


def test_the_table_of_a_team_is_not_for_its_agents(service: Service) -> None:
    assert service.as_("agent").get("/v1/coaching/teams/一组").status_code == 404
    assert service.as_("far_manager").get("/v1/coaching/teams/一组").status_code == 404
    table = service.as_("team_lead").get("/v1/coaching/teams/一组").json()
    assert [row["agent"]["id"] for row in table["agents"]] == ["A01", "A02"]


def test_a_deleted_customer_is_in_no_case_and_no_set(service: Service) -> None:
    own, other = keep(service), keep(service, conversation_id="c-beside")
    body = {"title": "四年级", "cases": [own["id"], other["id"]]}
    made = service.as_("trainer").post("/v1/coaching/sets", json=body).json()
    assert service.as_("admin").delete("/v1/customers/U-c-own").status_code in (200, 202)
    service.work()
    assert ids(service, "qa", q="年级") == [other["id"]]
    assert service.as_("qa").get(f"/v1/coaching/sets/{made['id']}").json()["cases"][0]["id"] == other["id"]
