"""The whole story once on each kind of database."""

import json

from tests.api.conftest import Service, TickingClock, conversation, make_service

VETO = "red_line/guarantee_outcome/2"


def judged(service: Service) -> None:
    """A review by one, an appeal by another, a decision by a third, and the review settled."""
    qa = service.as_("qa")
    for key in (VETO, "step/needs"):
        said = {"decision": "confirm", "finding_key": key, "reason": "属实"}
        assert qa.post("/v1/reviews/c-own/overrides", json=said).status_code == 201
    assert qa.post("/v1/reviews/c-own/settlement").status_code == 200
    filed = service.as_("agent").post(
        "/v1/appeals", json={"conversation_id": "c-own", "finding_key": VETO, "reason": "念条款"}
    )
    body = {"accepted": True, "reason": "确为条款"}
    assert service.as_("qa_2").post(f"/v1/appeals/{filed.json()['id']}/decisions", json=body).status_code == 200


def test_from_a_conversation_to_its_labels_and_its_deletion(database_url: str) -> None:
    service = make_service(database_url, TickingClock())
    service.send(conversation(), conversation("c-beside", "A02"))
    judged(service)
    desk = service.as_("qa").get("/v1/reviews/c-own").json()
    assert [desk[name]["veto"] for name in ("machine", "reviewer", "final")] == ["proposed", "confirmed", None]
    labels = [json.loads(line) for line in service.as_("ops").get("/v1/reviews/labels").text.splitlines()]
    assert [(one["id"], one["gold"]["red_lines"]) for one in labels] == [("c-own", [])]
    rows = service.as_("ops").get("/v1/reasons", params={"kind": "refund"}).json()["items"]
    assert rows[0]["n"] == 2
    waiting = service.as_("qa").get("/v1/reviews/queue").json()["items"]
    assert [line["id"] for line in waiting] == ["c-beside"]
    assert service.as_("").get("/readyz").status_code == 200
    assert service.as_("").get("/metrics").status_code == 200
    assert service.as_("admin").delete("/v1/customers/U-c-own").status_code == 200
    assert service.as_("ops").get("/v1/reasons", params={"kind": "refund"}).json()["items"]
    service.store.close()
