"""Suggestions over HTTP: looked for by a worker, decided by those who may."""

from tests.api.conftest import Service, conversation
from tests.workflows.test_keep_suggestions import body, found


def test_a_worker_looks_for_suggestions_once_and_keeps_none_where_data_are_few(service: Service) -> None:
    client = service.as_("sales_manager")
    first = client.post("/v1/suggestions")
    assert first.status_code == 202
    assert client.post("/v1/suggestions").json() == first.json()
    assert service.as_("ops").get("/v1/suggestions").json() == {"items": [], "looking": True}
    service.work()
    assert service.as_("ops").get("/v1/suggestions").json() == {"items": [], "looking": False}


def test_a_suggestion_is_read_decided_and_measured(service: Service) -> None:
    found(service.store, body())
    listed = (
        service.as_("ops").get("/v1/suggestions", params={"sop": "trial-call", "state": "proposed"}).json()["items"]
    )
    assert [(one["id"], one["state"], one["measured_by"]) for one in listed] == [("s-1", "proposed", None)]
    decision = {"choice": "accept", "reason": "先试"}
    assert service.as_("ops").post("/v1/suggestions/s-1/decisions", json=decision).status_code == 403
    accepted = service.as_("sales_manager").post("/v1/suggestions/s-1/decisions", json=decision).json()
    assert (accepted["state"], accepted["version"]) == ("accepted", 2)
    assert service.as_("qa_lead").post("/v1/suggestions/s-1/decisions", json=decision).status_code == 409
    service.as_("qa_lead").post("/v1/sops/trial-call/versions/2/publication", json={})
    published = service.as_("ops").get("/v1/suggestions/s-1").json()
    assert (published["state"], published["measured_by"]) == ("published", "/v1/sop-versions/trial-call@2/effect")
    kept = service.as_("qa_lead").post("/v1/suggestions/s-1/decisions", json={"choice": "keep", "reason": "有效"})
    assert kept.json()["state"] == "kept"


def test_mistakes_in_asking_are_told(service: Service) -> None:
    client = service.as_("qa_lead")
    assert client.get("/v1/suggestions", params={"sop": "absent"}).status_code == 404
    assert client.get("/v1/suggestions", params={"state": "great"}).status_code == 422
    assert client.get("/v1/suggestions/absent").status_code == 404
    assert client.post("/v1/suggestions/absent/decisions", json={"choice": "accept"}).status_code == 422


def test_a_deleted_customer_is_in_no_suggestion(service: Service) -> None:
    service.send(conversation("c-asks", customer={"id": "U-asks"}))
    own, theirs = body(), body("s-2", kind="add_faq")
    own["evidence"]["examples"] = [{"conversation_id": "c-asks", "turn": 0, "quote": "您好，我是墨芽的林晓"}]
    theirs["patch"] = theirs["patch"].replace("试听邀约 s-2", "你们课多少钱")
    theirs["evidence"]["examples"] = [{"conversation_id": "c-far", "turn": 1, "quote": "贵不贵"}]
    found(service.store, own, theirs)
    assert service.as_("admin").delete("/v1/customers/U-asks").status_code in (200, 202)
    service.work()
    left = {one["id"]: one for one in service.as_("ops").get("/v1/suggestions").json()["items"]}
    assert left["s-1"]["evidence"]["examples"] == []
    assert left["s-2"]["patch"] == "" and len(left["s-2"]["evidence"]["examples"]) == 1
    accepted = service.as_("qa_lead").post("/v1/suggestions/s-2/decisions", json={"choice": "accept", "reason": "好"})
    assert accepted.status_code == 409
