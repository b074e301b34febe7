"""Versions of SOPs over HTTP: who is judged by which, how it came about, what it changed, and the whole rulebook."""

import io
import zipfile
from typing import Any

import pytest

from tests.api.conftest import FAR, ORG, SOP, Service, conversation

V1, V2, V3 = (SOP.replace("version: 1", f"version: {n}").replace("weight: 10", f"weight: {n}0") for n in (1, 2, 3))


@pytest.fixture
def drafted(service: Service) -> Service:
    """A service whose SOP has version 1 published and versions 2 and 3 as drafts."""
    for text in (V2, V3):
        body = {"yaml": text, "reason": "加权重"}
        assert service.as_("ops").post("/v1/sops", json=body).status_code == 201
    return service


def roll_out(service: Service, version: int, *waves: dict[str, Any], status: int = 201) -> Any:
    body = {"waves": list(waves), "reason": "先试点"}
    answer = service.as_("sales_manager").post(f"/v1/sops/trial-call/versions/{version}/rollouts", json=body)
    assert answer.status_code == status, answer.text
    return answer.json()


def judged_by(service: Service, name: str, at: str | None, org: list[str] = ORG) -> int:
    service.send(conversation(name, org=org, started_at=at))
    version: int = service.as_("admin").get(f"/v1/conversations/{name}/analysis").json()["sop_version"]
    return version


def test_a_team_works_by_the_new_version_from_its_day_on(drafted: Service) -> None:
    made = roll_out(drafted, 2, {"org": ORG, "from": "2026-10-08"}, {"from": "2026-10-20T09:00:00"})["items"]
    assert [(one["org"], one["starts_at"]) for one in made] == [
        (ORG, "2026-10-07T16:00:00Z"),
        ([], "2026-10-20T01:00:00Z"),
    ], "days and times are those of the service's zone"
    assert judged_by(drafted, "c-1", "2026-10-07T23:59:00+08:00") == 1
    assert judged_by(drafted, "c-2", "2026-10-08T00:00:00+08:00") == 2
    assert judged_by(drafted, "c-3", "2026-10-08T12:00:00+08:00", FAR) == 1
    assert judged_by(drafted, "c-4", "2026-10-20T09:00:00+08:00", FAR) == 2
    assert judged_by(drafted, "c-5", None) == 2, "without a time, as of now"
    states = [one["state"] for one in drafted.as_("agent").get("/v1/sops/trial-call").json()["items"]]
    assert states == ["published", "published", "draft"]
    assert drafted.as_("ops").post("/v1/sops", json={"yaml": V2 + "# x"}).status_code == 409


def test_a_conversation_that_moves_to_another_team_is_judged_again(drafted: Service) -> None:
    roll_out(drafted, 2, {"org": ORG, "from": "2026-10-01"})
    assert judged_by(drafted, "c-1", "2026-10-08T12:00:00+08:00", FAR) == 1
    moved = conversation("c-1", org=ORG, started_at="2026-10-08T12:00:00+08:00")
    assert drafted.as_("ops").post("/v1/conversations", json=moved).json()["arrival"] == "updated"
    drafted.work()
    analyses = drafted.as_("admin").get("/v1/conversations/c-1/analyses").json()["items"]
    assert [one["analysis"]["sop_version"] for one in analyses] == [1, 2]


def test_a_product_may_come_first(drafted: Service) -> None:
    roll_out(drafted, 2, {"products": ["阅读"], "from": "2026-10-01"})
    assert judged_by(drafted, "c-1", "2026-10-08T12:00:00+08:00") == 2


def test_a_rollback_is_one_call_and_is_on_record(drafted: Service) -> None:
    manager = drafted.as_("sales_manager")
    manager.post("/v1/sops/trial-call/versions/2/publication", json={"reason": "推广"})
    assert judged_by(drafted, "c-1", None) == 2
    assert manager.post("/v1/sops/trial-call/rollback", json={}).status_code == 422
    assert manager.post("/v1/sops/trial-call/rollback", json={"reason": "  "}).status_code == 422
    back = manager.post("/v1/sops/trial-call/rollback", json={"reason": "投诉变多"})
    assert (back.status_code, back.json()["withdrawn"]) == (200, 2)
    assert [(one["version"], one["kind"]) for one in back.json()["begun"]] == [(1, "rollback")]
    assert judged_by(drafted, "c-2", None) == 1
    kept = manager.get("/v1/sops/trial-call/rollouts").json()["items"]
    assert [(one["version"], one["kind"]) for one in kept] == [(1, "publication"), (2, "publication"), (1, "rollback")]
    assert (kept[1]["ended_by"], kept[1]["end_reason"]) == ("manager-sun", "投诉变多")
    again = manager.post("/v1/sops/trial-call/rollback", json={"reason": "再退"})
    assert (again.status_code, again.json()["code"]) == (409, "conflict")
    log = drafted.as_("admin").get("/v1/access-log", params={"target": "sop/trial-call/2"}).json()["items"]
    done = {(line["caller"], line["action"], line["reason"]) for line in log}
    assert {("manager-sun", "roll_back_sop", "投诉变多"), ("manager-sun", "publish_sop", "推广")} <= done


def test_a_pilot_is_ended_by_itself(drafted: Service) -> None:
    (pilot,) = roll_out(drafted, 2, {"org": ORG})["items"]
    path = f"/v1/sops/trial-call/rollouts/{pilot['id']}/end"
    assert drafted.as_("ops").post(path, json={"reason": "试点结束"}).status_code == 403
    lead = drafted.as_("qa_lead")
    assert lead.post(path.replace("trial-call", "other"), json={"reason": "x"}).status_code == 404
    ended = lead.post(path, json={"reason": "试点结束"})
    assert (ended.status_code, ended.json()["ended_by"], ended.json()["end_reason"]) == (200, "lead-zhao", "试点结束")
    assert lead.post(path, json={"reason": "试点结束"}).status_code == 409
    assert judged_by(drafted, "c-1", None) == 1


@pytest.mark.parametrize(
    "waves",
    [
        *([], [{"from": "soon"}], [{"team": "一组"}], [{"org": [""]}], [{"org": "一组"}]),
        *([{"from": day}] for day in ("0001-01-01", "9999-12-31", "1999-12-31T00:00:00Z", "2101-01-01")),
    ],
    ids=["no wave", "no date", "unknown field", "empty node", "no list", "year 1", "year 9999", "1999", "2101"],
)
def test_a_plan_that_cannot_be_read_is_refused(waves: list[Any], shared: Service) -> None:
    answer = shared.as_("qa_lead").post("/v1/sops/trial-call/versions/1/rollouts", json={"waves": waves})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_input")


def test_an_unknown_field_is_told_with_those_that_are_known(shared: Service) -> None:
    path = "/v1/sops/trial-call/versions/1/rollouts"
    (told,) = shared.as_("qa_lead").post(path, json={"waves": [{"team": "一组"}]}).json()["errors"]
    assert (told["field"], told["message"]) == (
        "body.waves.0.team",
        "not a known field; known are org, products, from, replaces",
    )
    (told,) = shared.as_("qa_lead").get("/v1/reviews/queue?teem=x").json()["errors"]
    assert told["field"] == "query.teem"
    assert "agent, team, product, from, to, week" in told["message"]


def test_a_place_where_no_conversation_lies_is_warned_of(drafted: Service) -> None:
    drafted.send(conversation("c-1", org=ORG))
    made = roll_out(drafted, 2, {"org": ORG}, {"org": ORG[:1], "products": ["阅读"]}, {})
    assert made["warnings"] == []
    made = roll_out(drafted, 2, {"org": ["公司", "一步"]}, {"org": ORG, "products": ["写作"]}, {"org": ORG[:2]})
    assert [one.partition(";")[0] for one in made["warnings"]] == [
        "no stored conversation lies at 公司 / 一步",
        "no stored conversation lies at 公司 / 一部 / 一组 with products 写作",
    ]


@pytest.mark.parametrize(
    ("line", "wrong", "said"),
    [
        ("version: 1", "version: 99999999999999999999", "the draft:3: `version` must be at most 2147483647"),
        ("sop: trial-call", "sop: ../../etc/passwd", "the draft:2: `sop` must be 1 to 80 letters"),
        ("pass_score: 60", "pass_score: 180", "the draft:7: `pass_score` must be at most 100"),
    ],
    ids=["version", "name", "pass score"],
)
def test_a_draft_out_of_bounds_is_refused_with_its_line(line: str, wrong: str, said: str, shared: Service) -> None:
    answer = shared.as_("ops").post("/v1/sops", json={"yaml": SOP.replace(line, wrong)})
    assert answer.status_code == 422
    assert said in answer.json()["detail"]


def test_what_a_version_changes_is_said_in_both_languages(drafted: Service) -> None:
    client = drafted.as_("agent")
    told = client.get("/v1/sops/trial-call/versions/3/diff").json()
    assert (told["from"], told["to"]) == (2, 3)
    (one,) = told["items"]
    assert (one["zh"], one["en"]) == ("步骤「开场」权重 20 → 30", "Step “开场”: weight 20 → 30")
    assert (one["part"], one["field"], one["before"], one["after"]) == ("step", "weight", 20, 30)
    told = client.get("/v1/sops/trial-call/versions/3/diff", params={"from": 1}).json()
    assert (told["from"], told["items"][0]["before"]) == (1, 10)
    first = client.get("/v1/sops/trial-call/versions/1/diff")
    assert (first.status_code, "before 1" in first.json()["detail"]) == (404, True)
    assert client.get("/v1/sops/trial-call/versions/3/diff", params={"from": 9}).status_code == 404


def test_one_version_is_a_file_of_yaml(shared: Service) -> None:
    answer = shared.as_("trainer").get("/v1/sops/trial-call/versions/1/yaml")
    assert (answer.status_code, answer.text) == (200, SOP)
    assert answer.headers["content-type"].startswith("application/yaml")


def upload(service: Service, content: bytes, person: str = "ops", name: str = "rulebook.zip") -> Any:
    return service.as_(person).post("/v1/rulebook", files={"file": (name, content)}, data={"reason": "搬家"})


def zipped(**texts: str) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as made:
        for name, text in texts.items():
            made.writestr(f"{name}.yaml", text)
    return content.getvalue()


def test_a_rulebook_moves_to_another_service_and_back_again_changes_nothing(drafted: Service) -> None:
    exported = drafted.as_("qa").get("/v1/rulebook.zip")
    assert exported.headers["content-type"] == "application/zip"
    assert drafted.as_("qa").get("/v1/rulebook.zip").content == exported.content
    with zipfile.ZipFile(io.BytesIO(exported.content)) as made:
        assert made.namelist() == ["index.json", *(f"sops/trial-call/v{n}.yaml" for n in (1, 2, 3))]
        assert made.read("sops/trial-call/v2.yaml").decode() == V2
    again = upload(drafted, exported.content)
    assert (again.status_code, again.json()["drafts"]) == (201, [])
    assert [(one["version"], one["state"]) for one in again.json()["unchanged"]] == [
        (1, "published"),
        (2, "draft"),
        (3, "draft"),
    ]


def test_what_is_new_becomes_a_draft_and_what_is_there_is_left_alone(drafted: Service) -> None:
    other = SOP.replace("trial-call", "after-call")
    made = upload(drafted, zipped(a=V1, b=V2.replace("约时间", "定时间"), c=other)).json()
    assert [(one["slug"], one["version"], one["reason"]) for one in made["drafts"]] == [
        ("trial-call", 2, "搬家"),
        ("after-call", 1, "搬家"),
    ]
    assert [(one["version"], one["state"]) for one in made["unchanged"]] == [(1, "published")]
    assert "定时间" in drafted.as_("ops").get("/v1/sops/trial-call/versions/2").json()["yaml"]


def test_one_mistake_and_nothing_is_imported(drafted: Service) -> None:
    fine = SOP.replace("trial-call", "after-call")
    bad = SOP.replace("weight: 30", "wieght: 30")
    refused = upload(drafted, zipped(fine=fine, bad=bad, worse="steps: [", other=V1.replace("约时间", "定时间")))
    assert (refused.status_code, refused.json()["code"]) == (422, "invalid_sop")
    told = [one["message"] for one in refused.json()["errors"]]
    assert [one.split(": ")[0] for one in told] == ["bad.yaml:10", "worse.yaml:1"]
    assert drafted.as_("ops").get("/v1/sops/after-call").json()["items"] == []
    published = upload(drafted, zipped(fine=fine, other=V1.replace("约时间", "定时间")))
    assert published.status_code == 422
    assert "give it version 4" in published.json()["errors"][0]["message"]
    twice = upload(drafted, zipped(a=fine, b=fine))
    assert "as is a.yaml" in twice.json()["errors"][0]["message"]
    assert drafted.as_("ops").get("/v1/sops/after-call").json()["items"] == []


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", b"PK\x03\x04rubbish", b"", zipped(**{"../x": SOP})])
def test_what_is_no_rulebook_is_refused_with_a_sentence(content: bytes, shared: Service) -> None:
    refused = upload(shared, content)
    assert (refused.status_code, refused.json()["code"]) == (422, "invalid_sop")
    assert refused.json()["errors"]


def test_a_single_sop_is_imported_as_yaml(drafted: Service) -> None:
    made = upload(drafted, SOP.replace("trial-call", "after-call").encode(), name="after.yaml")
    assert [one["slug"] for one in made.json()["drafts"]] == ["after-call"]
    assert upload(drafted, SOP.encode(), "agent").status_code == 403


def test_a_published_version_never_changes(drafted: Service) -> None:
    before = drafted.as_("ops").get("/v1/sops/trial-call/versions/1").json()
    changed = SOP.replace("约时间", "定时间")
    assert drafted.as_("ops").post("/v1/sops", json={"yaml": changed}).status_code == 409
    assert upload(drafted, changed.encode(), name="x.yaml").status_code == 422
    drafted.as_("qa_lead").post("/v1/sops/trial-call/versions/2/publication", json={})
    assert drafted.as_("ops").post("/v1/sops", json={"yaml": changed}).status_code == 409, "nor a retired one"
    after = drafted.as_("ops").get("/v1/sops/trial-call/versions/1").json()
    kept = ("yaml", "digest", "written_by", "written_at", "reason", "published_by", "published_at")
    assert {name: after[name] for name in kept} == {name: before[name] for name in kept}


def test_a_version_is_retired_with_or_without_a_reason(drafted: Service) -> None:
    roll_out(drafted, 2, {"org": ORG})
    lead = drafted.as_("qa_lead")
    assert lead.post("/v1/sops/trial-call/versions/2/retirement", json={"reason": "作废"}).json()["state"] == "retired"
    assert lead.get("/v1/sops/trial-call/rollouts").json()["items"][1]["end_reason"] == "作废"
    assert lead.post("/v1/sops/trial-call/versions/1/retirement").json()["state"] == "retired"


def test_a_rollback_keeps_the_first_publication_and_is_an_event_of_its_own(drafted: Service) -> None:
    manager, path = drafted.as_("sales_manager"), "/v1/sops/trial-call/versions"
    first = manager.get(f"{path}/1").json()
    drafted.clock.step(3600)
    assert manager.post(f"{path}/2/publication", json={"reason": "新版"}).status_code == 200
    drafted.clock.step(3600)
    assert manager.post("/v1/sops/trial-call/rollback", json={"reason": "投诉变多"}).status_code == 200
    back = manager.get(f"{path}/1").json()
    assert (back["state"], back["retired_at"]) == ("published", None)
    assert [back[one] for one in ("published_by", "published_at")] == [
        first[one] for one in ("published_by", "published_at")
    ]
    told = manager.get("/v1/sops/trial-call/history").json()["items"]
    assert [(one["event"], one["version"]) for one in told] == [
        ("draft_saved", 1),
        ("published", 1),
        ("draft_saved", 2),
        ("draft_saved", 3),
        ("published", 2),
        ("rolled_back", 2),
    ]
    assert (told[-1]["by"], told[-1]["reason"]) == ("manager-sun", "投诉变多")
    assert told[-1]["at"] > told[-2]["at"] > first["published_at"]
    assert manager.get("/v1/sops/absent/history").status_code == 404
