"""Re-scores and closed periods over HTTP."""

from tests.api.conftest import Service, conversation
from tests.workflows.test_rescore import MILD, Newer, misses_greeting

DAY = {"from": "2026-10-08", "to": "2026-10-08"}


def test_a_rescore_is_begun_done_by_workers_and_read_page_by_page(service: Service) -> None:
    service.send(conversation("c-mild", turns=MILD))
    client = service.as_("qa_lead")
    begun = client.post("/v1/rescores", json=DAY | {"team": "一组", "reason": "新模型"})
    assert begun.status_code == 202
    assert begun.json()["state"] == "running" and begun.json()["wanted"] == DAY | {"team": "一组"}
    address = begun.headers["Location"]
    assert client.get(address).json()["report"] is None
    service.analyzer = Newer(misses_greeting)
    service.work()
    found = client.get(address, params={"limit": 1}).json()
    assert (found["state"], found["counts"]["total"], found["dead_jobs"]) == ("done", 3, 0)
    assert [entry["conversation_id"] for entry in found["moved"]] == ["c-mild"]
    assert found["moved"][0]["difference"] == -16.67
    assert found["report"]["by_cause"][0]["causes"] == ["models"]
    rest = client.get(address, params={"limit": 200, "cursor": found["next_cursor"]}).json()
    assert {entry["conversation_id"] for entry in rest["moved"]} == {"c-own", "c-beside"}
    assert [one["id"] for one in client.get("/v1/rescores").json()["items"]] == [begun.json()["id"]]
    for foreign in ("nonsense", f"1:{2**63}"):
        assert client.get(address, params={"cursor": foreign}).json()["code"] == "invalid_input"
    last = service.as_("admin").get("/v1/access-log").json()["items"]
    assert ("lead-zhao", "rescore", "新模型") in {(one["caller"], one["action"], one["reason"]) for one in last}


def test_a_contradicted_decision_is_told_in_the_queue_and_on_the_desk(service: Service) -> None:
    wanted = {"decision": "confirm", "finding_key": "step/greeting"}
    assert service.as_("qa").post("/v1/reviews/c-own/overrides", json=wanted).status_code == 201
    service.analyzer = Newer(misses_greeting)
    service.as_("ops").post("/v1/rescores", json={})
    service.work()
    queue = service.as_("qa").get("/v1/reviews/queue").json()["items"]
    told = {line["id"]: [(one["person"], one["machine"]) for one in line["contradictions"]] for line in queue}
    assert told["c-own"] == [("done", "missed")]
    desk = service.as_("qa").get("/v1/reviews/c-own").json()
    assert [one["key"] for one in desk["contradictions"]] == ["step/greeting"]
    assert (desk["set_aside"], desk["frozen"], desk["corrections"]) == ([], None, [])


def test_a_period_is_closed_read_and_corrected(service: Service) -> None:
    client = service.as_("qa_lead")
    refused = client.post("/v1/periods", json=DAY | {"reason": "日结"})
    assert (refused.status_code, refused.json()["code"]) == (409, "conflict")
    assert {one["message"] for one in refused.json()["errors"]} == {
        f"{one}: proposed veto" for one in ("c-own", "c-beside", "c-far")
    }
    closed = client.post("/v1/periods", json=DAY | {"reason": "日结", "force": True})
    assert closed.status_code == 201
    period = closed.json()["id"]
    assert closed.json()["totals"] == {
        "conversations": 3,
        "scored": 3,
        "passed": 0,
        "mean_score": 0.0,
        "provisional": 3,
        "proposed_vetoes": 3,
        "corrections": 0,
    }
    refused = service.as_("qa").post(
        "/v1/reviews/c-own/overrides", json={"decision": "confirm", "finding_key": "step/greeting"}
    )
    assert (refused.status_code, refused.json()["code"]) == (409, "conflict")
    assert "closed" in refused.json()["detail"] and "appeal" in refused.json()["detail"]
    body = {"conversation_id": "c-own", "finding_key": "red_line/guarantee_outcome/2", "reason": "读条款"}
    appeal = service.as_("agent").post("/v1/appeals", json=body).json()["id"]
    said = {"accepted": True, "reason": "确实"}
    assert service.as_("qa").post(f"/v1/appeals/{appeal}/decisions", json=said).status_code == 200
    page = client.get(f"/v1/periods/{period}", params={"limit": 2}).json()
    assert [one["score"] for one in page["scores"]] == [0.0, 0.0]
    assert [(one["old_score"], one["new_score"], one["appeal_id"]) for one in page["corrections"]] == [
        (0.0, 50.0, appeal)
    ]
    rest = client.get(f"/v1/periods/{period}", params={"after": page["next_after"]}).json()
    assert (len(rest["scores"]), rest["next_after"]) == (1, None)
    assert client.get("/v1/periods").json()["items"][0]["totals"]["corrections"] == 1
    again = client.post("/v1/periods", json={"month": "2026-10", "reason": "月结"})
    assert again.status_code == 409


def test_a_closing_names_a_month_or_both_days(service: Service) -> None:
    client = service.as_("qa_lead")
    for wrong in ({}, {"from": "2026-10-08"}, DAY | {"month": "2026-09"}, {"month": "2026-9"}, {"month": "2026-13"}):
        assert client.post("/v1/periods", json=wrong | {"reason": "月结"}).status_code == 422, wrong
    assert client.post("/v1/periods", json={"month": "2026-09"}).status_code == 422
    assert client.post("/v1/periods", json={"month": "2026-09", "reason": "月结"}).json()["last"] == "2026-09-30"
