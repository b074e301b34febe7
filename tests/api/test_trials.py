"""Trying a draft over HTTP: pasted conversations at once, stored ones by the worker; nothing becomes an analysis."""

from collections.abc import Iterator
from typing import Any

import pytest

from qa_service.workflows import try_sop, try_stored_sop
from tests.api.conftest import FAR, SOP, Service, TickingClock, conversation, make_service

DRAFT = (
    SOP.replace("version: 1", "version: 2")
    .replace("weight: 10", "weight: 70")
    .replace(
        "  - {id: booking",
        "  - {id: wechat, title: 加微信, weight: 5, examples: [加个微信], keywords: [保证]}\n  - {id: booking",
    )
)
PATH = "/v1/sops/trial-call/versions/2/trial"


@pytest.fixture
def drafted(service: Service) -> Service:
    """A service with version 2 as a draft, and an SOP for another product."""
    assert service.as_("ops").post("/v1/sops", json={"yaml": DRAFT}).status_code == 201
    return service


def pasted(name: str = "p-1", **more: Any) -> dict[str, Any]:
    return conversation(name, **more)


def stored(service: Service, person: str = "ops", **wanted: Any) -> dict[str, Any]:
    """The trial on stored conversations, after the worker has done it."""
    begun = service.as_(person).post(PATH, json={"stored": wanted})
    assert begun.status_code == 202, begun.text
    assert (begun.json()["state"], begun.json()["report"]) == ("running", None)
    service.work()
    answer = service.as_(person).get(begun.headers["location"])
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_pasted_conversations_are_tried_at_once_and_forgotten(drafted: Service) -> None:
    talk = pasted()
    talk["turns"][1]["text"] = "我的电话 13800138000，课多少钱"
    answer = drafted.as_("trainer").post(PATH, json={"conversations": [talk, pasted("p-2", org=FAR)]})
    assert answer.status_code == 200, answer.text
    report = answer.json()
    assert [(one["sop"], one["version"]) for one in report["against"]] == [("trial-call", 1)]
    assert (report["n"]["conversations"], report["n"]["compared"]) == (2, 2)
    (appeared,) = [row for row in report["findings"] if row["id"] == "wechat"]
    assert appeared["examples"][0]["quote"] == "我们保证提分，周六可以试听"
    assert "13800138000" not in answer.text
    assert {one["code"] for one in report["remarks"]} == {"weights_not_100", "example_twice"}
    assert drafted.as_("admin").get("/v1/conversations/p-1").status_code == 404


def test_what_is_pasted_must_be_readable_and_few(drafted: Service) -> None:
    ops = drafted.as_("ops")
    wrong = ops.post(PATH, json={"conversations": [{"id": "x", "turns": []}, 7]})
    assert (wrong.status_code, "none of the 2 conversations" in wrong.json()["detail"]) == (422, True)
    assert "conversations[0]: " in wrong.json()["detail"]
    for body in ({}, {"conversations": []}, {"conversations": [{}] * 201}, {"conversations": [pasted()], "stored": {}}):
        assert ops.post(PATH, json=body).status_code == 422
    backwards = ops.post(PATH, json={"stored": {"from": "2026-10-09", "to": "2026-10-01"}})
    assert (backwards.status_code, "swap" in backwards.json()["detail"]) == (422, True)
    assert ops.post(PATH.replace("/2/", "/9/"), json={"stored": {}}).status_code == 404
    assert ops.post(PATH.replace("/2/", "/9/"), json={"conversations": [pasted()]}).status_code == 404


def test_one_that_cannot_be_tried_is_told_and_the_others_are_tried(
    drafted: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    judge = try_sop.judge_both

    def failing(analyzer: Any, one: Any, *rest: Any, **more: Any) -> Any:
        if one.id == "p-fails":
            raise RuntimeError("out of order")
        return judge(analyzer, one, *rest, **more)

    monkeypatch.setattr(try_sop, "judge_both", failing)
    sent = [{"id": "p-bad", "turns": []}, pasted(), 7, pasted("p-nul", product="\0"), pasted("p-fails")]
    answer = drafted.as_("ops").post(PATH, json={"conversations": sent})
    assert answer.status_code == 200, answer.text
    report = answer.json()
    assert report["n"]["conversations"] == 1
    assert [(one["index"], one["id"]) for one in report["refused"]] == [
        (0, "p-bad"),
        (2, ""),
        (3, "p-nul"),
        (4, "p-fails"),
    ]
    assert "turns" in report["refused"][0]["reason"] and "out of order" not in answer.text


def test_stored_conversations_are_tried_by_the_worker_against_the_version_in_force(drafted: Service) -> None:
    analyses = drafted.as_("admin").get("/v1/conversations/c-own/analyses").json()
    found = stored(drafted, **{"from": "2026-10-01", "to": "2026-10-31"})
    assert (found["state"], found["done"], found["total"], found["counts"]) == ("done", 3, 3, {"compared": 3})
    report = found["report"]
    (appeared,) = [row for row in report["findings"] if row["id"] == "wechat"]
    assert (appeared["appeared"], appeared["turned"]) == (3, [{"before": "-", "after": "done", "n": 3}])
    assert [one["conversation"] for one in appeared["examples"]] == ["c-own", "c-beside", "c-far"]
    assert appeared["examples"][0]["quote"] == "我们保证提分，周六可以试听"
    assert drafted.as_("admin").get("/v1/conversations/c-own/analyses").json() == analyses, "nothing is stored"


def test_a_trial_goes_on_part_by_part_and_other_jobs_get_their_turn(
    drafted: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = stored(drafted)["report"]
    monkeypatch.setattr(try_stored_sop, "AT_ONCE", 1)
    assert stored(drafted)["report"] == whole


def test_a_range_and_a_team_are_kept(drafted: Service) -> None:
    assert stored(drafted, **{"from": "2026-11-01"})["done"] == 0
    assert stored(drafted, team="三组")["counts"] == {"compared": 1}


def test_a_conversation_of_another_sop_is_counted_and_left_alone(drafted: Service) -> None:
    drafted.send(conversation("c-math", product="数学"))
    assert stored(drafted)["counts"] == {"compared": 3, "others": 1}
    wider = DRAFT.replace("product: 阅读", "product: [阅读, 数学]")
    assert drafted.as_("ops").post("/v1/sops", json={"yaml": wider}).status_code == 201
    found = stored(drafted)
    assert found["counts"] == {"compared": 3, "joined": 1}
    assert (found["report"]["n"]["conversations"], found["report"]["scores"]["before"]["n"]) == (4, 3)
    narrower = DRAFT.replace("product: 阅读", "product: 数学")
    assert drafted.as_("ops").post("/v1/sops", json={"yaml": narrower}).status_code == 201
    assert stored(drafted)["counts"] == {"joined": 1, "left": 3}


def test_settled_reviews_are_what_a_draft_is_measured_against(drafted: Service) -> None:
    lead = drafted.as_("qa_lead")
    said = {"decision": "change", "finding_key": "step/booking", "value": {"status": "missed"}}
    assert lead.post("/v1/reviews/c-own/overrides", json=said).status_code == 201
    for key in ("step/needs", "red_line/guarantee_outcome/2", "refund", "complaint"):
        lead.post("/v1/reviews/c-own/overrides", json={"decision": "confirm", "finding_key": key})
    settled = lead.post("/v1/reviews/c-own/settlement")
    assert settled.status_code == 200, settled.text
    report = stored(drafted)["report"]
    rows = {(row["kind"], row["id"], row["claim"]): row for row in report["reviews"]}
    assert report["n"]["reviewed"] == 1
    booking = rows["step", "booking", "done"]
    assert (booking["n"], booking["after"]["precision"]["k"], booking["after"]["precision"]["n"]) == (1, 0, 1)
    assert rows["red_line", "guarantee_outcome", "crossed"]["before"]["recall"]["rate"] == 1.0
    assert ("step", "wechat", "done") not in rows


def test_a_manager_tries_a_draft_on_the_own_branch_and_sees_no_other(drafted: Service) -> None:
    own = stored(drafted, "sales_manager")
    assert own["counts"] == {"compared": 2}
    everything = drafted.as_("ops").post(PATH, json={"stored": {}}).headers["location"]
    drafted.work()
    assert drafted.as_("sales_manager").get(everything).status_code == 404
    assert drafted.as_("far_manager").get(f"/v1/trials/{own['id']}").status_code == 404
    assert drafted.as_("qa").get(f"/v1/trials/{own['id']}").status_code == 200
    assert drafted.as_("qa").get("/v1/trials/1").status_code == 404, "another kind of job is no trial"


def test_a_deleted_customer_is_in_no_report(drafted: Service) -> None:
    found = stored(drafted)
    assert drafted.as_("admin").delete("/v1/customers/U-c-own").status_code == 200
    drafted.work()
    answer = drafted.as_("ops").get(f"/v1/trials/{found['id']}")
    assert "c-own" not in answer.text
    (appeared,) = [row for row in answer.json()["report"]["findings"] if row["id"] == "wechat"]
    assert [one["conversation"] for one in appeared["examples"]] == ["c-beside", "c-far"]
    with drafted.store.reading() as work:
        assert "保证提分" not in str(work.jobs.get(found["id"]).payload)


def test_a_draft_that_changes_meanwhile_ends_the_trial_with_a_reason(drafted: Service) -> None:
    begun = drafted.as_("ops").post(PATH, json={"stored": {}})
    drafted.as_("ops").post("/v1/sops", json={"yaml": DRAFT.replace("weight: 70", "weight: 60")})
    drafted.work()
    found = drafted.as_("ops").get(begun.headers["location"]).json()
    assert (found["state"], found["report"]) == ("failed", None)
    assert "try it again" in found["reason"]


@pytest.fixture
def without_models(sqlite_url: str) -> Iterator[Service]:
    """A service whose analyses another process makes."""
    made = make_service(sqlite_url, TickingClock())
    given = made.app.state.services
    made.app.state.services = type(given)(given.settings, given.store, given.intake, None)
    yield made
    made.store.close()


def test_where_no_models_are_loaded_pasted_conversations_are_refused(without_models: Service) -> None:
    path = PATH.replace("/2/", "/1/")
    answer = without_models.as_("ops").post(path, json={"conversations": [pasted()]})
    assert (answer.status_code, answer.json()["code"]) == (409, "conflict")
    assert without_models.as_("ops").post(path, json={"stored": {}}).status_code == 202


def test_a_trial_of_stored_conversations_works_on_both_databases(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = make_service(database_url, TickingClock())
    made.send(conversation(), conversation("c-far", "A09", FAR))
    made.as_("ops").post("/v1/sops", json={"yaml": DRAFT})
    monkeypatch.setattr(try_stored_sop, "AT_ONCE", 1)
    found = stored(made)
    assert (found["state"], found["counts"]) == ("done", {"compared": 2})
    assert found["report"]["findings"][0]["examples"][0]["conversation"] == "c-own"
    made.store.close()
