"""Conversations over HTTP: taken once, masked first, analysed later, listed page by page."""

from typing import Any

import pytest

from tests.api.conftest import FAR, Service, conversation, make_service
from tests.conftest import StepClock

PHONE = "13800138000"


def with_phone(conversation_id: str = "c-phone") -> dict[str, Any]:
    body = conversation(conversation_id)
    body["turns"][1]["text"] = f"打我电话{PHONE}"
    return body


def test_a_conversation_is_taken_once_and_analysed_later(service: Service) -> None:
    client = service.as_("ops")
    first = client.post("/v1/conversations", json=conversation("c-new"))
    assert (first.status_code, first.json()["arrival"]) == (201, "new")
    assert first.headers["Location"] == "/v1/conversations/c-new"
    waiting = client.get(first.json()["analysis"])
    assert (waiting.status_code, waiting.json()["state"]) == (202, "queued")
    assert waiting.headers["Retry-After"] == "1"
    service.work()
    ready = client.get(first.json()["analysis"])
    assert ready.status_code == 200
    assert (ready.json()["conversation_id"], ready.json()["sop"]) == ("c-new", "trial-call")
    assert {step["id"] for step in ready.json()["steps"]} == {"greeting", "needs", "booking"}
    again = client.post("/v1/conversations", json=conversation("c-new"))
    assert (again.status_code, again.json()["arrival"]) == (200, "unchanged")
    updated = client.post("/v1/conversations", json=conversation("c-new", tags={"lead_source": "抖音"}))
    assert (updated.status_code, updated.json()["arrival"]) == (200, "updated")
    history = client.get("/v1/conversations/c-new/history").json()["items"]
    assert history[0]["changes"]["tags"] == [None, {"lead_source": "抖音"}]


def test_other_turns_under_the_same_id_are_a_conflict(service: Service) -> None:
    other = conversation(turns=[{"speaker": "agent", "text": "别的话"}])
    response = service.as_("ops").post("/v1/conversations", json=other)
    assert (response.status_code, response.json()["code"]) == (409, "conflict")
    assert "new id" in response.json()["detail"]


def test_masking_comes_before_anything_is_written(service: Service) -> None:
    service.send(with_phone())
    stored = service.as_("qa").get("/v1/conversations/c-phone").json()
    assert stored["turns"][1]["text"] == "打我电话" + "●" * 11
    written = [path.read_bytes() for path in service.store.files() if path.exists()]
    assert written
    assert not any(PHONE.encode() in content for content in written)


def test_a_batch_loses_no_neighbour_of_a_bad_one(service: Service) -> None:
    batch = [conversation("b-1"), {"id": "b-2"}, "nonsense", conversation(turns=[{"speaker": "agent", "text": "变"}])]
    response = service.as_("ops").post("/v1/conversations/batch", json={"conversations": batch})
    body = response.json()
    assert (response.status_code, body["taken"], body["refused"]) == (200, 1, 3)
    assert [item["arrival"] for item in body["items"]] == ["new", "refused", "refused", "conflict"]
    assert "turns" in body["items"][1]["reason"]


def test_ids_may_hold_slashes_and_chinese(service: Service) -> None:
    service.send(conversation("2026/10/通话 1"))
    client = service.as_("qa")
    assert client.get("/v1/conversations/2026%2F10%2F%E9%80%9A%E8%AF%9D%201").json()["id"] == "2026/10/通话 1"
    assert client.get("/v1/conversations/2026/10/通话 1/analysis").status_code == 200


def test_lists_are_filtered_and_paged_without_gaps(service: Service) -> None:
    service.send(*(conversation(f"p-{n}", started_at=f"2026-10-0{n}T10:00:00+08:00") for n in range(1, 8)))
    client, seen, cursor = service.as_("qa"), [], None
    while True:
        page = client.get(
            "/v1/conversations", params={"limit": 3, "to": "2026-10-07"} | ({"cursor": cursor} if cursor else {})
        )
        seen += [line["id"] for line in page.json()["items"]]
        cursor = page.json()["next_cursor"]
        if cursor is None:
            break
    assert seen == [f"p-{n}" for n in range(7, 0, -1)]
    veto = client.get("/v1/conversations", params={"red_line": "guarantee_outcome", "agent": "A09"}).json()["items"]
    assert [line["id"] for line in veto] == ["c-far"]
    assert veto[0]["veto"] == "proposed"


@pytest.mark.parametrize(
    ("params", "word"),
    [
        ({"limit": 0}, "limit"),
        ({"limit": 1000}, "limit"),
        ({"cursor": "nonsense"}, "cursor"),
        ({"colour": "red"}, "colour"),
        ({"from": "yesterday"}, "from"),
        ({"week": "40"}, "week"),
    ],
    ids=["too few", "too many", "cursor", "unknown filter", "day", "week"],
)
def test_a_wrong_query_is_refused_by_name(params: dict[str, Any], word: str, shared: Service) -> None:
    response = shared.as_("qa").get("/v1/conversations", params=params)
    assert response.status_code == 422
    assert word in response.json()["detail"]


def test_every_analysis_stays_readable(service: Service) -> None:
    client = service.as_("qa")
    listed = client.get("/v1/conversations/c-own/analyses").json()["items"]
    assert [one["current"] for one in listed] == [True]
    one = client.get(f"/v1/analyses/{listed[0]['id']}").json()
    assert one["analysis"] == client.get("/v1/conversations/c-own/analysis").json()


def test_a_conversation_that_cannot_be_analysed_says_why(service: Service) -> None:
    lead = service.as_("qa_lead")
    twin = {
        "yaml": "sop: twin\nversion: 1\nproduct: 阅读\nchannel: call\nsteps:\n"
        "  - {id: a, title: 甲, description: 甲, weight: 1, examples: [甲甲, 乙乙]}\n"
    }
    assert lead.post("/v1/sops", json=twin).status_code == 201
    assert lead.post("/v1/sops/twin/versions/1/publication", json={}).status_code == 200
    service.send(conversation("c-torn"))
    response = lead.get("/v1/conversations/c-torn/analysis")
    assert response.status_code == 409
    assert "ambiguous_sop" in response.json()["detail"]


def test_outcomes_sent_twice_are_stored_once(service: Service) -> None:
    client = service.as_("ops")
    event = {
        "customer_id": "U-c-own",
        "event": "paid",
        "at": "2026-10-12T10:00:00+08:00",
        "amount": 3200,
        "order_id": "O1",
    }
    assert client.post("/v1/outcomes", json=event).json() == {"new": 1, "known": 0}
    assert client.post("/v1/outcomes/batch", json={"events": [event, event | {"order_id": "O2"}]}).json() == {
        "new": 1,
        "known": 1,
    }
    refused = client.post("/v1/outcomes", json=event | {"event": "bought"})
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "body.event")


def test_reasons_are_counted_by_what_is_asked(service: Service) -> None:
    service.send(conversation("c-calm", turns=[{"speaker": "agent", "text": "您好"}]))
    rows = service.as_("ops").get("/v1/reasons", params={"by": "team", "kind": "complaint"}).json()["items"]
    whole = {row["level"]: (row["k"], row["n"]) for row in rows if row["reason"] == ""}
    assert whole == {"一组": (2, 3), "三组": (1, 1)}
    reason = next(row for row in rows if row["level"] == "三组" and row["reason"] == "other")
    assert (reason["title"], reason["conversations"]) == ("其他", ["c-far"])


def test_an_sop_goes_from_draft_to_published_to_rolled_back(service: Service) -> None:
    ops, manager = service.as_("ops"), service.as_("sales_manager")
    text = ops.get("/v1/sops/trial-call/versions/1").json()["yaml"].replace("version: 1", "version: 2")
    assert ops.post("/v1/sops", json={"yaml": text, "reason": "改进"}).json()["state"] == "draft"
    assert ops.post("/v1/sops/trial-call/versions/2/publication", json={}).status_code == 403
    assert (
        manager.post("/v1/sops/trial-call/versions/2/publication", json={"reason": "推广"}).json()["state"]
        == "published"
    )
    assert ops.post("/v1/sops", json={"yaml": text.replace("试听邀约", "改名")}).status_code == 409
    states = {one["version"]: one["state"] for one in ops.get("/v1/sops/trial-call").json()["items"]}
    assert states == {1: "retired", 2: "published"}
    assert manager.post("/v1/sops/trial-call/versions/1/publication", json={}).json()["state"] == "published"
    assert manager.post("/v1/sops/trial-call/versions/1/retirement", json={}).json()["state"] == "retired"


def test_a_mistake_in_an_sop_is_named_with_its_line(shared: Service) -> None:
    response = shared.as_("ops").post("/v1/sops", json={"yaml": "sop: x\nversion: 1\nstepps: []\n"})
    assert (response.status_code, response.json()["code"]) == (422, "invalid_sop")
    assert ":3:" in response.json()["detail"]


def test_originals_are_shown_to_few_and_every_look_is_logged(sqlite_url: str, clock: StepClock) -> None:
    key = "a2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2s="
    service = make_service(sqlite_url, clock, keep_originals=True, master_key=key)
    service.send(with_phone())
    for body, status in (({}, 422), ({"reason": ""}, 422), ({"reason": "投诉核实"}, 200)):
        seen = service.as_("qa_lead").post("/v1/conversations/c-phone/original", json=body)
        assert seen.status_code == status
    assert PHONE in seen.json()["turns"][1]["text"]
    assert service.as_("qa").post("/v1/conversations/c-phone/original", json={"reason": "看看"}).status_code == 403
    log = service.as_("admin").get("/v1/access-log", params={"target": "conversation/c-phone"}).json()["items"]
    assert [(line["caller"], line["action"], line["reason"]) for line in log] == [
        ("lead-zhao", "see_unmasked", "投诉核实")
    ]


def test_without_kept_originals_there_is_nothing_to_see(shared: Service) -> None:
    response = shared.as_("qa_lead").post("/v1/conversations/c-own/original", json={"reason": "投诉核实"})
    assert response.status_code == 404


def test_a_deleted_customer_leaves_counts_only(service: Service) -> None:
    gone = service.as_("admin").delete("/v1/customers/U-c-own")
    assert (gone.status_code, gone.json()["conversations"], gone.json()["analyses"]) == (200, 1, 1)
    assert service.as_("admin").get("/v1/conversations/c-own").status_code == 404
    assert service.as_("admin").delete("/v1/customers/U-c-own").status_code == 404
    listed = service.as_("qa").get("/v1/conversations").json()["items"]
    assert next(line["id"] for line in listed if line["deleted"]).startswith("deleted-")
    ghost = next(line["id"] for line in listed if line["deleted"])
    assert service.as_("qa").get(f"/v1/reviews/{ghost}").status_code == 200


def test_a_far_conversation_needs_an_org_to_be_seen(service: Service) -> None:
    assert service.as_("far_manager").get("/v1/conversations").json()["items"][0]["org"] == FAR
