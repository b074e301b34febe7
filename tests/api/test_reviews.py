"""A review from the queue to the second level of an appeal, over HTTP."""

import json
from typing import Any

import pytest

from tests.api.conftest import Service, conversation

VETO = "red_line/guarantee_outcome/2"
DONE = {"decision": "change", "finding_key": "step/needs", "value": {"status": "done", "turns": [4]}, "reason": "问了"}


def decide(service: Service, person: str, appeal_id: str, accepted: bool = True, **more: Any) -> Any:
    body = {"accepted": accepted, "reason": "听过录音"} | more
    return service.as_(person).post(f"/v1/appeals/{appeal_id}/decisions", json=body)


def override(service: Service, person: str = "qa", conversation_id: str = "c-own", **body: Any) -> Any:
    return service.as_(person).post(f"/v1/reviews/{conversation_id}/overrides", json=body)


def appeal(service: Service, person: str = "agent", key: str = VETO) -> Any:
    body = {"conversation_id": "c-own", "finding_key": key, "reason": "我是在念条款"}
    return service.as_(person).post("/v1/appeals", json=body)


def verdicts(service: Service) -> dict[str, Any]:
    found: dict[str, Any] = service.as_("qa").get("/v1/reviews/c-own").json()
    return found


def test_the_queue_begins_with_the_most_pressing(service: Service) -> None:
    calm = conversation("c-calm", turns=[{"speaker": "agent", "text": "您好 孩子几年级 周六见"}])
    service.send(calm)
    queue = [line["id"] for line in service.as_("qa").get("/v1/reviews/queue").json()["items"]]
    assert queue[-1] == "c-calm"
    assert set(queue[:3]) == {"c-own", "c-beside", "c-far"}
    assert override(service, decision="confirm", finding_key=VETO).status_code == 201
    assert "c-own" not in [line["id"] for line in service.as_("qa").get("/v1/reviews/queue").json()["items"]]


def test_machine_reviewer_and_final_stand_apart(service: Service) -> None:
    assert override(service, **DONE).status_code == 201
    assert override(service, decision="remove", finding_key=VETO, reason="念的条款").status_code == 201
    found = verdicts(service)
    assert (found["machine"]["score"], found["machine"]["veto"]) == (0.0, "proposed")
    assert (found["reviewer"]["veto"], found["final"]["score"]) == (None, found["reviewer"]["score"])
    assert found["final"]["steps"][1]["status"] == "done"
    assert found["machine"]["steps"][1]["status"] == "missed"
    final = service.as_("qa").get("/v1/conversations/c-own/analysis", params={"verdict": "final"}).json()
    assert final == found["final"]
    assert service.as_("qa").get("/v1/conversations/c-own/analysis").json() == found["machine"]


def test_every_finding_tells_the_key_by_which_it_is_named(service: Service) -> None:
    machine = verdicts(service)["machine"]
    keys = [[one["key"] for one in machine[name]] for name in ("steps", "red_lines")]
    assert keys == [["step/greeting", "step/needs", "step/booking"], [VETO]]
    assert machine["complaint"]["key"] == "complaint"
    for key in (keys[0][1], machine["complaint"]["key"]):
        assert override(service, decision="confirm", finding_key=key).status_code == 201
    (stored,) = service.as_("qa").get("/v1/conversations/c-own/analyses").json()["items"]
    assert stored["analysis"] == machine


def test_a_veto_is_confirmed_only_by_a_person(service: Service) -> None:
    assert override(service, decision="confirm", finding_key=VETO).status_code == 201
    assert verdicts(service)["final"]["veto"] == "confirmed"


def test_a_review_is_settled_once_every_doubt_is_decided(service: Service) -> None:
    qa = service.as_("qa")
    early = qa.post("/v1/reviews/c-own/settlement")
    assert (early.status_code, early.json()["code"]) == (409, "conflict")
    assert VETO in early.json()["detail"]
    override(service, decision="confirm", finding_key=VETO)
    override(service, **DONE)
    assert qa.post("/v1/reviews/c-own/settlement").json()["state"] == "settled"
    assert override(service, decision="confirm", finding_key="step/greeting").status_code == 409
    labels = [json.loads(line) for line in service.as_("ops").get("/v1/reviews/labels").text.splitlines()]
    assert [one["id"] for one in labels] == ["c-own"]
    assert labels[0]["gold"]["red_lines"] == [{"id": "guarantee_outcome", "turn": 2, "quote": "保证提分"}]
    assert {"id": "needs", "turns": [4]} in labels[0]["gold"]["steps"]


def test_a_missed_finding_is_added_by_its_words(service: Service) -> None:
    value = {"id": "false_urgency", "turn": 0, "quote": "墨芽的林晓"}
    added = override(service, decision="add", kind="red_line", value=value, reason="漏检")
    assert (added.status_code, added.json()["finding_key"]) == (201, "red_line/false_urgency/0")
    lines = verdicts(service)["final"]["red_lines"]
    assert next((line["id"], line["start"], line["end"]) for line in lines) == ("false_urgency", 5, 10)
    again = override(service, decision="add", kind="red_line", value=value)
    assert again.status_code == 409


@pytest.mark.parametrize(
    ("body", "status", "word"),
    [
        ({"decision": "confirm", "finding_key": "step/absent"}, 404, "step/absent"),
        ({"decision": "confirm", "finding_key": "nonsense"}, 422, "begins with"),
        ({"decision": "confirm"}, 422, "begins with"),
        ({"decision": "change", "finding_key": "step/needs", "value": {"status": "done"}}, 422, "turns"),
        ({"decision": "add", "kind": "red_line", "value": {"id": "rude", "turn": 2, "quote": "保证"}}, 422, "must be"),
        ({"decision": "perhaps", "finding_key": "step/needs"}, 422, "decision"),
    ],
    ids=["unknown finding", "no key", "key absent", "no evidence", "red line not in the SOP", "no such decision"],
)
def test_a_wrong_override_says_what_to_do(body: dict[str, Any], status: int, word: str, shared: Service) -> None:
    response = override(shared, **body)
    assert response.status_code == status
    assert word in response.json()["detail"]


def test_one_reviewer_has_the_desk_and_a_lead_may_step_in(service: Service) -> None:
    assert override(service, "qa", **DONE).status_code == 201
    taken = override(service, "qa_2", **DONE)
    assert (taken.status_code, "qa-wang" in taken.json()["detail"]) == (409, True)
    assert override(service, "qa_lead", **DONE).status_code == 201


def test_an_agent_appeals_and_somebody_else_decides(service: Service) -> None:
    override(service, "qa", decision="confirm", finding_key=VETO)
    filed = appeal(service)
    assert (filed.status_code, filed.json()["state"]) == (201, "open")
    assert appeal(service).status_code == 409
    appeal_id = filed.json()["id"]
    waiting = service.as_("qa_2").get("/v1/appeals").json()["items"]
    assert [one["id"] for one in waiting] == [appeal_id]
    own = decide(service, "qa", appeal_id)
    assert (own.status_code, "colleague" in own.json()["detail"]) == (403, True)
    decided = decide(service, "qa_2", appeal_id)
    assert (decided.status_code, decided.json()["state"]) == (200, "decided")
    found = verdicts(service)
    assert (found["reviewer"]["veto"], found["final"]["veto"]) == ("confirmed", None)
    assert found["overrides"][-1]["appeal_id"] == appeal_id
    assert service.as_("qa").get("/v1/appeals").json()["items"] == []


def test_a_rejected_appeal_goes_to_a_lead_who_did_not_reject_it(service: Service) -> None:
    appeal_id = appeal(service).json()["id"]
    assert decide(service, "qa_lead", appeal_id, accepted=False).json()["state"] == "decided"
    agent = service.as_("agent")
    assert agent.post(f"/v1/appeals/{appeal_id}/escalation").json()["state"] == "escalated"
    assert decide(service, "qa", appeal_id).status_code == 403
    assert decide(service, "qa_lead", appeal_id).status_code == 403
    final = decide(service, "qa_lead_2", appeal_id).json()
    assert (final["state"], [step["level"] for step in final["decisions"]]) == ("final", [1, 2])
    assert agent.post(f"/v1/appeals/{appeal_id}/escalation").status_code == 409
    assert verdicts(service)["final"]["veto"] is None


def test_a_step_is_granted_with_the_turn_that_does_it(service: Service) -> None:
    appeal_id = appeal(service, key="step/needs").json()["id"]
    assert decide(service, "qa", appeal_id).status_code == 422
    assert decide(service, "qa", appeal_id, turns=[3]).status_code == 422
    assert decide(service, "qa", appeal_id, turns=[4]).status_code == 200
    assert verdicts(service)["final"]["steps"][1]["turns"] == [4]


def test_what_does_not_speak_against_the_agent_cannot_be_appealed(service: Service) -> None:
    response = appeal(service, key="step/greeting")
    assert (response.status_code, "nothing to appeal" in response.json()["detail"]) == (422, True)


def test_an_appeal_after_the_window_is_too_late(service: Service) -> None:
    service.clock.step(8 * 24 * 3600)
    response = appeal(service)
    assert (response.status_code, "within 7 days" in response.json()["detail"]) == (409, True)


def test_whoever_filed_an_appeal_does_not_decide_it(service: Service) -> None:
    appeal_id = appeal(service, "qa_lead").json()["id"]
    assert decide(service, "qa_lead", appeal_id).status_code == 403


def test_an_appeal_of_another_branch_does_not_exist(service: Service) -> None:
    appeal_id = appeal(service).json()["id"]
    for person in ("far_manager", "agent_2"):
        assert service.as_(person).get(f"/v1/appeals/{appeal_id}").status_code == 404
        assert service.as_(person).post(f"/v1/appeals/{appeal_id}/escalation").status_code == 404
        assert service.as_(person).get("/v1/appeals").json()["items"] == []


def test_every_step_stands_in_the_access_log(service: Service) -> None:
    override(service, "qa", decision="confirm", finding_key=VETO)
    service.as_("trainer").post("/v1/reviews/c-own/comments", json={"text": "可以做案例"})
    appeal_id = appeal(service).json()["id"]
    decide(service, "qa_2", appeal_id, accepted=False)
    service.as_("agent").post(f"/v1/appeals/{appeal_id}/escalation")
    decide(service, "qa_lead", appeal_id)
    lines = service.as_("admin").get("/v1/access-log").json()["items"]
    done = [(line["caller"], line["action"]) for line in reversed(lines) if "c-own" in line["target"]]
    assert done == [
        ("qa-wang", "override"),
        ("trainer-hu", "comment"),
        ("lin", "file_appeal"),
        ("qa-li", "decide_appeal"),
        ("lin", "escalate_appeal"),
        ("lead-zhao", "decide_appeal"),
    ]


def test_what_is_not_analysed_cannot_be_judged(service: Service) -> None:
    service.as_("ops").post("/v1/conversations", json=conversation("c-raw"))
    response = override(service, conversation_id="c-raw", decision="confirm", finding_key="step/needs")
    assert (response.status_code, "not analysed" in response.json()["detail"]) == (409, True)
    assert service.as_("qa").get("/v1/reviews/c-raw").json()["machine"] is None


def test_reports_read_the_final_verdict(service: Service) -> None:
    override(service, decision="change", finding_key="refund", value={"detected": False}, reason="只是气话")
    rows = service.as_("ops").get("/v1/reasons", params={"kind": "refund"}).json()["items"]
    assert [(row["k"], row["n"]) for row in rows if row["reason"] == ""] == [(2, 3)]
