"""What a version changed, and problem projects, over real HTTP: measured, within reach, with permissions, audited."""

import threading
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx2 as httpx
import numpy as np
import pytest
import uvicorn

from qa_service.domain.analysis import NO_REFUND, Analysis
from qa_service.domain.conversation_json import conversation_from_json
from qa_service.domain.finding import GrievanceFinding, StepFinding, StepStatus
from qa_service.domain.score import Score, ScoreState
from tests.api.conftest import SOP, Service, TickingClock, make_service
from tests.conftest import free_port

ZONE = ZoneInfo("Asia/Shanghai")
FIRST, LAST, CHANGED = date(2026, 5, 4), date(2026, 10, 8), date(2026, 7, 20)
ALARMING = date(2026, 9, 7)
TEAMS = [["公司", "一部", f"{n}组"] for n in range(4)] + [["公司", "二部", f"{n}组"] for n in range(4)]
V2 = SOP.replace("version: 1", "version: 2").replace("weight: 20", "weight: 25")
STEPS = ("greeting", "needs", "booking")


def fill(service: Service) -> None:
    """Eight teams of three for five months; half of the first department sells more and books more since July."""
    rng = np.random.default_rng(3)
    bodies, analyses = [], []
    for number in range(24):
        org, skill = TEAMS[number % 8], rng.normal(0, 0.05)
        for day in range(0, (LAST - FIRST).days + 1, 2):
            at = FIRST + timedelta(days=day)
            new = at >= CHANGED and number % 8 in (0, 1, 4)
            for one in (0,):
                sold = bool(rng.random() < 0.15 + skill + 0.35 * new)
                conversation_id = f"c-{number}-{day}-{one}"
                bodies.append(
                    {
                        "id": conversation_id,
                        "turns": [{"speaker": "agent", "text": "您好"}],
                        "product": "阅读",
                        "agent": {"id": f"A{number:02d}", "org": org},
                        "customer": {"id": f"U-{conversation_id}"},
                        "started_at": datetime(at.year, at.month, at.day, 10 + one, tzinfo=ZONE).isoformat(),
                        "outcome": {"converted": sold},
                    }
                )
                done = rng.random(3) < (0.7, 0.7, 0.4 + 0.5 * new)
                refund = rng.random() < (0.4 if at >= ALARMING and org[1] == "一部" else 0.05)
                analyses.append(analysed(conversation_id, done, 2 if new else 1, refund=bool(refund)))
    with service.store.unit_of_work() as work:
        for start in range(0, len(bodies), 500):
            work.conversations.add_many([conversation_from_json(one) for one in bodies[start : start + 500]])
        for analysis in analyses:
            one = work.conversations.numbered(analysis.conversation_id)
            work.analyses.add(analysis, number=one.number, turns_digest=one.digest, sop_digest="d")


def analysed(conversation_id: str, done: Any, version: int, *, refund: bool) -> Analysis:
    status = {True: StepStatus.DONE, False: StepStatus.MISSED}
    steps = tuple(
        StepFinding(step, status[bool(did)], (0,) if did else (), 0.9, 0.9)
        for step, did in zip(STEPS, done, strict=True)
    )
    score = Score(70.0, 70.0, 70.0, ScoreState.SETTLED, True, None)
    asked = GrievanceFinding("refund", detected=True, turns=(0,), confidence=0.9) if refund else NO_REFUND
    versions = {"models": "m", "code": "c"}
    return Analysis(conversation_id, "trial-call", version, versions, score=score, steps=steps, refund=asked)


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory, migrated_sqlite: Any) -> Iterator[Service]:
    path = tmp_path_factory.mktemp("changes") / "qa.db"
    path.write_bytes(migrated_sqlite.read_bytes())
    made = make_service(f"sqlite:///{path}", TickingClock())
    fill(made)
    assert made.as_("ops").post("/v1/sops", json={"yaml": V2, "reason": "约时间更重要"}).status_code == 201
    waves = [{"org": TEAMS[n], "from": CHANGED.isoformat()} for n in (0, 1, 4)]
    answer = made.as_("qa_lead").post(
        "/v1/sops/trial-call/versions/2/rollouts", json={"waves": waves, "reason": "试点"}
    )
    assert answer.status_code == 201, answer.text
    yield made
    made.store.close()


@pytest.fixture(scope="module")
def address(filled: Service) -> Iterator[str]:
    """The service behind a real HTTP server."""
    port = free_port()
    server = uvicorn.Server(uvicorn.Config(filled.app, port=port, log_config=None))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive(), "the server did not start"
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join(timeout=20)


def get(address: str, service: Service, person: str, path: str) -> httpx.Response:
    headers = {"Authorization": f"Bearer {service.secrets[person]}"}
    return httpx.get(f"{address}{path}", headers=headers, timeout=60)


@pytest.fixture(scope="module")
def effect(address: str, filled: Service) -> dict[str, Any]:
    answer = get(address, filled, "ops", "/v1/sop-versions/trial-call@2/effect")
    assert answer.status_code == 200, answer.text
    return answer.json()


def of(body: dict[str, Any], figure: str) -> dict[str, Any]:
    return next(one for one in body["items"] if one["figure"] == figure)


def test_a_version_that_sells_more_is_told_with_its_n_and_interval(effect: dict[str, Any]) -> None:
    assert (effect["since_version"], effect["since"], effect["as_of"]) == (1, "2026-07-20", "2026-10-09")
    sold = of(effect, "converted")
    assert (sold["verdict"], sold["grade"], sold["method"]) == ("better", "C", "staggered_differences")
    assert 0 < sold["ci_low"] < 0.35 < sold["ci_high"]
    assert sold["n_teams"] == {"changed": 3, "others": 5} and sold["n_agents"] == 24
    assert sold["changed"]["after"]["n"] == 3 * 3 * 40
    assert of(effect, "red_line")["verdict"] in ("no_difference", "cannot_tell")
    told = sold["statement"]["zh"]
    assert told.startswith("成交率：之前 ") and "（n=351）" in told and "（n=360）" in told and "确有好转" in told
    assert "the two versions measure it differently" in of(effect, "score")["statement"]["en"]


def test_only_steps_that_changed_are_told_and_a_score_counted_otherwise_is_not_compared(effect: dict[str, Any]) -> None:
    assert [one["figure"] for one in effect["items"] if one["figure"].startswith("step/")] == ["step/booking"]
    assert of(effect, "step/booking")["verdict"] == "better"
    score = of(effect, "score")
    assert (score["verdict"], score["grade"]) == ("cannot_tell", "D")
    assert "measured_otherwise" in score["because"]


def test_looked_at_earlier_what_came_later_is_not_known(address: str, filled: Service) -> None:
    early = get(address, filled, "ops", "/v1/sop-versions/trial-call@2/effect?as_of=2026-07-21").json()
    assert of(early, "converted")["verdict"] == "cannot_tell"
    assert "few_conversations" in of(early, "converted")["because"]
    before = get(address, filled, "ops", "/v1/sop-versions/trial-call@2/effect?as_of=2026-07-01").json()
    assert (before["since"], before["items"]) == (None, [])


def test_each_sees_the_effect_in_their_own_part(address: str, filled: Service) -> None:
    sold = of(get(address, filled, "sales_manager", "/v1/sop-versions/trial-call@2/effect").json(), "converted")
    assert sold["n_agents"] == 12 and sold["n_teams"] == {"changed": 2, "others": 2}
    assert "few_teams" in sold["because"] and sold["grade"] == "D"
    assert get(address, filled, "qa", "/v1/sop-versions/trial-call@2/effect").status_code == 403


@pytest.mark.parametrize("version_id", ["trial-call@9", "absent@1", "trial-call", "7"])
def test_a_version_that_is_not_there_is_told(version_id: str, address: str, filled: Service) -> None:
    answer = get(address, filled, "ops", f"/v1/sop-versions/{version_id}/effect")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def test_the_first_version_has_no_before(address: str, filled: Service) -> None:
    answer = get(address, filled, "ops", "/v1/sop-versions/trial-call@1/effect").json()
    assert (answer["since"], answer["since_version"], answer["items"]) == (None, None, [])


WANTED: dict[str, Any] = {
    "title": "一部转化偏低",
    "problem": "试听后无人跟进",
    "figure": "converted",
    "target": 0.25,
    "begins_on": CHANGED.isoformat(),
    "due_on": "2026-12-31",
    "department": "sales",
    "owner": "lead-qian",
    "org": TEAMS[0],
    "actions": [{"text": "当天回访", "owner": "lead-qian", "due_on": "2026-08-01"}],
}


def begin(service: Service, person: str = "sales_manager", status: int = 201, **changes: Any) -> dict[str, Any]:
    answer = service.as_(person).post("/v1/projects", json=WANTED | changes)
    assert answer.status_code == status, answer.text
    body: dict[str, Any] = answer.json()
    return body


def test_a_project_begins_with_a_baseline_of_its_own_place_and_is_watched(address: str, filled: Service) -> None:
    made = begin(filled, title="一组转化偏低")
    base = made["baseline"]
    assert (base["first"], base["last"], base["n"], base["n_agents"]) == ("2026-05-25", "2026-07-19", 84, 3)
    assert base["low"] < base["mean"] < base["high"]
    watched = get(address, filled, "ops", f"/v1/projects/{made['id']}").json()
    progress = watched["progress"]
    assert progress["now"]["n"] == 3 * 40 and progress["now"]["mean"] > base["mean"]
    change = progress["change"]
    assert change["figure"] == "converted" and change["n_teams"] == {"changed": 1, "others": 7}
    assert change["verdict"] in ("better", "cannot_tell") and change["grade"] == "D"
    assert change["others"]["before"]["mean"] is not None
    seen = get(address, filled, "sales_manager", f"/v1/projects/{made['id']}").json()["progress"]["change"]
    assert seen["others"]["before"] == {"mean": None, "n": change["others"]["before"]["n"]}


def test_a_branch_wide_project_that_worked_is_called_real_and_closed_with_that(filled: Service) -> None:
    manager = filled.as_("qa_lead")
    made = begin(filled, "qa_lead", figure="step/booking", sop="trial-call", target=0.6, org=["公司", "一部"])
    path = f"/v1/projects/{made['id']}"
    change = manager.get(path).json()["progress"]["change"]
    assert change["figure"] == "step/booking" and change["others"]["after"]["n"] > 0
    (action,) = made["actions"]
    done = manager.patch(f"{path}/actions/{action['id']}", json={"done_on": "2026-08-02"}).json()
    assert done["actions"][0] == {**action, "done_on": "2026-08-02"}
    more = manager.post(f"{path}/actions", json={"text": "周会复盘"}).json()
    assert [one["text"] for one in more["actions"]] == ["当天回访", "周会复盘"]
    assert manager.patch(path, json={"target": 0.65, "owner": "ops-chen"}).json()["target"] == 0.65
    closed = manager.post(f"{path}/closure", json={"conclusion": "并入日常"}).json()
    assert (closed["state"], closed["conclusion"], closed["closed_by"]) == ("closed", "并入日常", "lead-zhao")
    assert manager.get(path).json()["progress"]["change"]["figure"] == "step/booking"
    for method, end, body in (
        ("PATCH", "", {"target": 0.7}),
        ("POST", "/actions", {"text": "x"}),
        ("POST", "/closure", {"conclusion": "x"}),
    ):
        again = manager.request(method, path + end, json=body)
        assert (again.status_code, again.json()["code"]) == (409, "conflict")
    states = {one["id"]: one["state"] for one in manager.get("/v1/projects?state=closed").json()["items"]}
    assert states == {made["id"]: "closed"}
    log = filled.as_("admin").get("/v1/access-log", params={"target": f"project/{made['id']}"}).json()["items"]
    done_to_it = {line["action"] for line in log}
    assert {"begin_project", "change_project", "add_project_action", "change_project_action", "close_project"} <= (
        done_to_it
    )


def test_who_sees_and_who_manages_a_project(filled: Service) -> None:
    made = begin(filled, "ops", org=TEAMS[4], owner="ma", title="二部", begins_on="2026-11-01", target=0.9)
    path = f"/v1/projects/{made['id']}"
    seen = {person: filled.as_(person).get(path).status_code for person in filled.secrets}
    all_see = {"admin", "qa_lead", "qa_lead_2", "qa", "qa_2", "trainer", "ops", "far_manager", "agent_2"}
    assert {person for person, status in seen.items() if status == 200} == all_see
    assert {status for person, status in seen.items() if person not in all_see} == {404}
    assert filled.as_("sales_manager").patch(path, json={"target": 0.95}).status_code == 404
    assert filled.as_("agent_2").patch(path, json={"target": 0.95}).status_code == 403
    begin(filled, "sales_manager", 403, org=["公司"])
    begin(filled, "sales_manager", 403, org=[])
    begin(filled, "team_lead", 403)
    listed = {one["id"] for one in filled.as_("sales_manager").get("/v1/projects").json()["items"]}
    assert made["id"] not in listed
    assert filled.as_("far_manager").delete(path).status_code == 204
    assert filled.as_("ops").get(path).status_code == 404


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"figure": "revenue"}, "choose from"),
        ({"figure": "step/booking"}, "sop"),
        ({"target": 0.01}, "must lie above"),
        ({"figure": "score", "target": 20}, "must lie above"),
        ({"target": 30}, "0 to 1"),
        ({"due_on": "2026-07-20"}, "due"),
    ],
    ids=["no such figure", "a step of no SOP", "reached already", "score reached already", "a percent", "no time"],
)
def test_a_project_that_makes_no_sense_is_refused(changes: dict[str, Any], word: str, filled: Service) -> None:
    assert word in begin(filled, "ops", 422, **changes)["detail"]


def test_a_project_before_its_begin_has_no_change_and_one_without_data_no_baseline(filled: Service) -> None:
    made = begin(filled, "ops", begins_on="2026-11-01", org=["公司", "三部"], figure="refunded", target=0.02)
    assert made["baseline"]["n"] == 0 and made["baseline"]["mean"] is None
    progress = filled.as_("ops").get(f"/v1/projects/{made['id']}").json()["progress"]
    assert (progress["change"], progress["reached"]) == (None, "cannot_tell")


def test_a_team_whose_refund_requests_double_raises_the_alarm_within_its_managers_sight(filled: Service) -> None:
    found = filled.as_("ops").get("/v1/alarms").json()["items"]
    alarms = {(one["dimension"], one["level"]) for one in found if one["raised"]}
    assert {one["figure"] for one in found} == {"refund_request"}, "what nobody said is not watched"
    assert ("", "") in alarms
    whole = next(one for one in found if not one["dimension"])
    assert whole["k"] > whole["expected"] and whole["rising_since"] >= "2026-W36"
    assert 0 < whole["usual"] < 0.15 and whole["n_before"] > 300 and whole["found"] > 0.5
    assert not [one for one in filled.as_("far_manager").get("/v1/alarms").json()["items"] if one["raised"]]
    assert filled.as_("ops").get("/v1/alarms?as_of=2026-08-30").json()["items"][0]["raised"] is None
