"""Every endpoint, for everybody: nobody without a key, no role without its permission, nothing out of sight."""

import re
from typing import Any

import pytest

from qa_service.domain.role import PERMISSIONS, Action
from tests.api.conftest import PEOPLE, Service, conversation

ROLES = ("admin", "qa_lead", "qa", "trainer", "ops", "sales_manager", "team_lead", "agent")
OVERRIDE = {"decision": "confirm", "finding_key": "step/greeting"}
APPEAL = {"conversation_id": "absent", "finding_key": "step/needs", "reason": "问了"}
CASE = {"conversation_id": "absent", "turn": 0, "kind": "good"}
KEY = {"holder": "x", "role": "agent"}  # lacks agent_id: refused after the permission was checked
PROJECT = {
    **{"title": "x", "figure": "none", "target": 1, "owner": "x", "org": ["公司", "一部"]},
    **{"begins_on": "2026-11-01", "due_on": "2026-12-01"},
}  # names no figure: refused after the permission was checked
NODE = ["公司", "一部"]
RECIPIENT = {"name": "x", "format": "wecom", "org": NODE}  # lacks its address: refused after the permission was checked
SCHEDULE = {"weekday": 1, "hour": 9, "recipients": [999], "org": NODE}
TICKET = {"title": "x", "department": "x", "owner": "x", "org": NODE, "about": "topic"}  # names no topic
EVENT = {"customer_id": "U1", "event": "paid", "at": "2026-10-08T00:00:00Z"}

# Method, path, body, action. Ids are unknown ones, so that a permitted call changes nothing.
ENDPOINTS: tuple[tuple[str, str, Any, Action], ...] = (
    ("POST", "/v1/conversations", conversation(), Action.LOAD),
    ("POST", "/v1/conversations/batch", {"conversations": [conversation()]}, Action.LOAD),
    ("GET", "/v1/conversations", None, Action.READ),
    ("GET", "/v1/conversations/absent", None, Action.READ),
    ("GET", "/v1/conversations/absent/analysis", None, Action.READ),
    ("GET", "/v1/conversations/absent/analyses", None, Action.READ),
    ("GET", "/v1/conversations/absent/history", None, Action.READ),
    ("POST", "/v1/conversations/absent/original", {"reason": "投诉核实"}, Action.SEE_UNMASKED),
    ("GET", "/v1/analyses/999", None, Action.READ),
    ("POST", "/v1/imports", None, Action.LOAD),
    ("GET", "/v1/imports", None, Action.LOAD),
    ("GET", "/v1/imports/999", None, Action.LOAD),
    ("GET", "/v1/imports/999/defects", None, Action.LOAD),
    ("GET", "/v1/jobs/999", None, Action.LOAD),
    ("POST", "/v1/jobs/999/revival", None, Action.LOAD),
    ("GET", "/v1/sops", None, Action.READ_SOP),
    ("POST", "/v1/sops", {"yaml": "nonsense"}, Action.EDIT_SOP),
    ("GET", "/v1/sops/absent", None, Action.READ_SOP),
    ("GET", "/v1/sops/absent/versions/1", None, Action.READ_SOP),
    ("POST", "/v1/sops/absent/versions/1/publication", {}, Action.PUBLISH_SOP),
    ("POST", "/v1/sops/absent/versions/1/retirement", {}, Action.PUBLISH_SOP),
    ("GET", "/v1/sops/absent/versions/1/yaml", None, Action.READ_SOP),
    ("GET", "/v1/sops/absent/versions/1/diff", None, Action.READ_SOP),
    ("GET", "/v1/sops/absent/rollouts", None, Action.READ_SOP),
    ("GET", "/v1/sops/absent/history", None, Action.READ_SOP),
    ("POST", "/v1/sops/absent/versions/1/rollouts", {"waves": [{}]}, Action.PUBLISH_SOP),
    ("POST", "/v1/sops/absent/rollouts/999/end", {"reason": "试点结束"}, Action.PUBLISH_SOP),
    ("POST", "/v1/sops/absent/rollback", {"reason": "有误"}, Action.PUBLISH_SOP),
    ("POST", "/v1/sops/absent/versions/1/trial", {"stored": {}}, Action.EDIT_SOP),
    ("GET", "/v1/trials/999", None, Action.EDIT_SOP),
    ("GET", "/v1/rulebook.zip", None, Action.READ_SOP),
    ("GET", "/v1/taxonomy", None, Action.READ_SOP),
    ("POST", "/v1/rulebook", None, Action.EDIT_SOP),
    ("POST", "/v1/outcomes", EVENT, Action.LOAD),
    ("POST", "/v1/outcomes/batch", {"events": [EVENT]}, Action.LOAD),
    ("GET", "/v1/reasons", None, Action.REPORT),
    ("GET", "/v1/course", None, Action.REPORT),
    ("GET", "/v1/needs/topics", None, Action.REPORT),
    ("GET", "/v1/topics", None, Action.REPORT),
    ("GET", "/v1/topics/events", None, Action.REPORT),
    ("GET", "/v1/topics/absent", None, Action.REPORT),
    ("GET", "/v1/topics/absent/statements", None, Action.REPORT),
    ("POST", "/v1/topics/updates", None, Action.CURATE_TOPICS),
    ("POST", "/v1/topics/events/999/confirmation", None, Action.CURATE_TOPICS),
    ("POST", "/v1/topics/events/999/undoing", None, Action.CURATE_TOPICS),
    ("POST", "/v1/topics/absent/name", {"label": "上课时间"}, Action.CURATE_TOPICS),
    ("POST", "/v1/topics/absent/merger", {"into": "t-other"}, Action.CURATE_TOPICS),
    ("POST", "/v1/topics/absent/division", {"statements": [1], "label": "周末班"}, Action.CURATE_TOPICS),
    ("GET", "/v1/effects", None, Action.REPORT),
    ("GET", "/v1/suggestions", None, Action.REPORT),
    ("POST", "/v1/suggestions", None, Action.DECIDE_SUGGESTION),
    ("GET", "/v1/suggestions/absent", None, Action.REPORT),
    ("POST", "/v1/suggestions/absent/decisions", {"choice": "accept", "reason": "试"}, Action.DECIDE_SUGGESTION),
    ("GET", "/v1/voc/2026-W41", None, Action.REPORT),
    ("GET", "/v1/trends/2026-W41", None, Action.REPORT),
    ("GET", "/v1/sales/2026-W41", None, Action.REPORT),
    ("GET", "/v1/coaching/absent", None, Action.COACHING_REPORT),
    ("GET", "/v1/coaching/teams/absent", None, Action.COACHING_REPORT),
    ("POST", "/v1/coaching/cases", CASE, Action.WRITE_COACHING),
    ("GET", "/v1/coaching/cases", None, Action.READ_COACHING),
    ("GET", "/v1/coaching/cases/absent", None, Action.READ_COACHING),
    ("PUT", "/v1/coaching/cases/absent/sharing", {"agents": []}, Action.WRITE_COACHING),
    ("DELETE", "/v1/coaching/cases/absent", None, Action.WRITE_COACHING),
    ("POST", "/v1/coaching/sets", {"title": "嫌贵", "cases": ["absent"]}, Action.WRITE_COACHING),
    ("GET", "/v1/coaching/sets", None, Action.READ_COACHING),
    ("GET", "/v1/coaching/sets/absent", None, Action.READ_COACHING),
    ("PUT", "/v1/coaching/sets/absent", {"cases": []}, Action.WRITE_COACHING),
    ("POST", "/v1/coaching/talks", {"agent_id": "absent"}, Action.WRITE_COACHING),
    ("GET", "/v1/coaching/talks", None, Action.READ_COACHING),
    ("POST", "/v1/coaching/wordings", {"objection": " ", "text": " "}, Action.WRITE_COACHING),
    ("GET", "/v1/coaching/wordings", None, Action.READ_COACHING),
    ("POST", "/v1/coaching/wordings/absent/approval", None, Action.WRITE_COACHING),
    ("DELETE", "/v1/coaching/wordings/absent", None, Action.WRITE_COACHING),
    ("GET", "/v1/sop-versions/absent/effect", None, Action.REPORT),
    ("GET", "/v1/alarms", None, Action.REPORT),
    ("POST", "/v1/projects", PROJECT, Action.MANAGE_PROJECT),
    ("GET", "/v1/projects", None, Action.READ_PROJECT),
    ("GET", "/v1/projects/999", None, Action.READ_PROJECT),
    ("PATCH", "/v1/projects/999", {}, Action.MANAGE_PROJECT),
    ("DELETE", "/v1/projects/999", None, Action.MANAGE_PROJECT),
    ("POST", "/v1/projects/999/actions", {"text": "x"}, Action.MANAGE_PROJECT),
    ("PATCH", "/v1/projects/999/actions/999", {}, Action.MANAGE_PROJECT),
    ("POST", "/v1/projects/999/closure", {"conclusion": "x"}, Action.MANAGE_PROJECT),
    ("POST", "/v1/recipients", RECIPIENT, Action.SEND),
    ("GET", "/v1/recipients", None, Action.SEND),
    ("PATCH", "/v1/recipients/999", {}, Action.SEND),
    ("DELETE", "/v1/recipients/999", None, Action.SEND),
    ("POST", "/v1/recipients/999/trial", None, Action.SEND),
    ("GET", "/v1/deliveries", None, Action.SEND),
    ("POST", "/v1/deliveries/999/retry", None, Action.SEND),
    ("POST", "/v1/schedules", SCHEDULE, Action.SEND),
    ("GET", "/v1/schedules", None, Action.SEND),
    ("PATCH", "/v1/schedules/999", {}, Action.SEND),
    ("DELETE", "/v1/schedules/999", None, Action.SEND),
    ("POST", "/v1/tickets", TICKET, Action.MANAGE_TICKET),
    ("GET", "/v1/tickets", None, Action.READ_TICKET),
    ("GET", "/v1/tickets/999", None, Action.READ_TICKET),
    ("PATCH", "/v1/tickets/999", {}, Action.MANAGE_TICKET),
    ("POST", "/v1/tickets/999/conversations", {"conversations": [{"conversation_id": "x"}]}, Action.MANAGE_TICKET),
    ("POST", "/v1/tickets/999/steps", {"state": "closed"}, Action.READ_TICKET),
    ("GET", "/v1/reviews/queue", None, Action.OVERRIDE),
    ("GET", "/v1/reviews/labels", None, Action.REPORT),
    ("GET", "/v1/reviews/absent", None, Action.READ),
    ("POST", "/v1/reviews/absent/overrides", OVERRIDE, Action.OVERRIDE),
    ("POST", "/v1/reviews/absent/comments", {"text": "好"}, Action.COMMENT),
    ("POST", "/v1/reviews/absent/settlement", None, Action.OVERRIDE),
    ("POST", "/v1/appeals", APPEAL, Action.APPEAL),
    ("GET", "/v1/appeals", None, Action.READ),
    ("GET", "/v1/appeals/absent", None, Action.READ),
    ("POST", "/v1/appeals/absent/decisions", {"accepted": True, "reason": "对"}, Action.DECIDE_FIRST),
    ("POST", "/v1/appeals/absent/escalation", None, Action.APPEAL),
    ("POST", "/v1/periods", {"month": "2126-09", "reason": "月结"}, Action.CLOSE_PERIOD),
    ("GET", "/v1/periods", None, Action.READ),
    ("GET", "/v1/periods/999", None, Action.READ),
    ("POST", "/v1/rescores", {"team": "没有的组"}, Action.RESCORE),
    ("GET", "/v1/rescores", None, Action.RESCORE),
    ("GET", "/v1/rescores/999", None, Action.RESCORE),
    ("POST", "/v1/keys", KEY, Action.ADMINISTER),
    ("GET", "/v1/keys", None, Action.ADMINISTER),
    ("DELETE", "/v1/keys/absent", None, Action.ADMINISTER),
    ("GET", "/v1/users", None, Action.ADMINISTER),
    ("GET", "/v1/access-log", None, Action.ADMINISTER),
    ("DELETE", "/v1/customers/absent", None, Action.ADMINISTER),
    ("GET", "/v1/customers/absent/journey", None, Action.READ),
)
IDS = [f"{method}-{path}" for method, path, _, _ in ENDPOINTS]


def ask(service: Service, person: str, method: str, path: str, body: Any) -> Any:
    uploads = method == "POST" and path in ("/v1/imports", "/v1/rulebook")
    files = {"file": ("x.jsonl", b"{}")} if uploads else None
    return service.as_(person).request(method, path, json=body, files=files)


def test_every_endpoint_stands_in_the_table(shared: Service) -> None:
    stated = {(method, path.replace("999", "{}").replace("absent", "{}")) for method, path, _, _ in ENDPOINTS}
    plain = {(method, path.replace("/versions/1", "/versions/{}").replace("2026-W41", "{}")) for method, path in stated}
    served = {
        (method.upper(), re.sub("{[^}]*}", "{}", path))
        for path, operations in shared.app.openapi()["paths"].items()
        for method in operations
        if path.startswith("/v1/")
    }
    assert plain == served


@pytest.mark.parametrize(("method", "path", "body", "action"), ENDPOINTS, ids=IDS)
def test_without_a_key_nothing_is_answered(method: str, path: str, body: Any, action: Action, shared: Service) -> None:
    response = ask(shared, "", method, path, body)
    assert response.status_code == 401
    assert response.json()["code"] == "unauthenticated"
    assert response.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize(("method", "path", "body", "action"), ENDPOINTS, ids=IDS)
def test_each_role_may_what_the_table_says_and_nothing_else(
    method: str, path: str, body: Any, action: Action, shared: Service
) -> None:
    for role in ROLES:
        response = ask(shared, role, method, path, body)
        if PEOPLE[role].role in PERMISSIONS[action]:
            assert response.status_code not in (401, 403), (role, response.text)
            unknown = "absent" in path or "999" in path or body == APPEAL
            assert not unknown or response.status_code == 404 or path.startswith("/v1/sops"), (role, response.text)
        else:
            assert response.status_code == 403, (role, response.text)
            assert response.json()["code"] == "forbidden"
            assert action.value in response.json()["detail"]


SIGHT = {
    "admin": (200, 200, 200),
    "qa_lead": (200, 200, 200),
    "qa": (200, 200, 200),
    "trainer": (200, 200, 200),
    "ops": (200, 200, 200),
    "sales_manager": (200, 200, 404),
    "team_lead": (200, 200, 404),
    "agent": (200, 404, 404),
}
SIGHTS = ("", "/analysis", "/analyses", "/history")


@pytest.mark.parametrize("end", SIGHTS, ids=["itself", "analysis", "analyses", "history"])
@pytest.mark.parametrize("role", ROLES)
def test_what_lies_out_of_reach_does_not_exist(role: str, end: str, shared: Service) -> None:
    client = shared.as_(role)
    seen = [client.get(f"/v1/conversations/{one}{end}").status_code for one in ("c-own", "c-beside", "c-far")]
    assert tuple(seen) == SIGHT[role]


@pytest.mark.parametrize("role", ROLES)
def test_lists_reviews_and_analyses_keep_to_the_same_reach(role: str, shared: Service) -> None:
    client = shared.as_(role)
    every = ("c-own", "c-beside", "c-far")
    within = {one for one, status in zip(every, SIGHT[role], strict=True) if status == 200}
    assert {line["id"] for line in client.get("/v1/conversations").json()["items"]} == within
    assert {one for one in every if client.get(f"/v1/reviews/{one}").status_code == 200} == within
    ids = [shared.as_("admin").get(f"/v1/conversations/{one}").json()["id"] for one in every]
    numbers = [shared.as_("admin").get(f"/v1/conversations/{one}/analyses").json()["items"][0]["id"] for one in ids]
    assert {
        one for one, n in zip(every, numbers, strict=True) if client.get(f"/v1/analyses/{n}").status_code == 200
    } == (within)


@pytest.mark.parametrize(
    ("person", "statuses"),
    [
        ("admin", (403, 403, 403)),
        ("qa_lead", (201, 201, 201)),
        ("qa", (201, 201, 201)),
        ("trainer", (201, 201, 201)),
        ("ops", (201, 201, 201)),
        ("sales_manager", (201, 201, 404)),
        ("team_lead", (201, 201, 404)),
        ("agent", (201, 404, 404)),
    ],
)
def test_comments_are_written_where_one_may_read(person: str, statuses: tuple[int, ...], shared: Service) -> None:
    client = shared.as_(person)
    every = ("c-own", "c-beside", "c-far")
    said = [client.post(f"/v1/reviews/{one}/comments", json={"text": "看过"}).status_code for one in every]
    assert tuple(said) == statuses


@pytest.mark.parametrize(
    ("person", "statuses"),
    [
        ("admin", (403, 403)),
        ("qa_lead", (201, 201)),
        ("qa", (403, 403)),
        ("trainer", (403, 403)),
        ("ops", (403, 403)),
        ("sales_manager", (201, 404)),
        ("team_lead", (201, 404)),
        ("agent", (201, 404)),
    ],
)
def test_appeals_are_filed_for_ones_own_part_only(person: str, statuses: tuple[int, ...], service: Service) -> None:
    client = service.as_(person)
    filed = []
    for one in ("c-own", "c-far"):
        body = {"conversation_id": one, "finding_key": "red_line/guarantee_outcome/2", "reason": "那是读条款"}
        filed.append(client.post("/v1/appeals", json=body).status_code)
    assert tuple(filed) == statuses


def test_reports_cover_the_callers_part_only(shared: Service) -> None:
    counts = {}
    for role in ("admin", "sales_manager", "agent"):
        rows = shared.as_(role).get("/v1/reasons?kind=refund").json()["items"]
        counts[role] = next(row["n"] for row in rows if row["reason"] == "")
    assert counts == {"admin": 3, "sales_manager": 2, "agent": 1}


def test_a_revoked_key_opens_nothing(service: Service) -> None:
    admin = service.as_("admin")
    made = admin.post("/v1/keys", json={"holder": "temp", "role": "ops"}).json()
    client = service.as_("")
    headers = {"Authorization": f"Bearer {made['secret']}"}
    assert client.get("/v1/conversations", headers=headers).status_code == 200
    assert admin.delete(f"/v1/keys/{made['id']}").json()["revoked_at"] is not None
    assert client.get("/v1/conversations", headers=headers).status_code == 401


def test_secrets_are_shown_once_and_kept_as_digests(service: Service) -> None:
    admin = service.as_("admin")
    made = admin.post("/v1/keys", json={"holder": "new", "role": "agent", "agent_id": "A77"}).json()
    assert made["secret"].startswith("qa_")
    listed = admin.get("/v1/keys").text
    assert made["id"] in listed
    assert made["secret"] not in listed
    assert all(made["secret"].encode() not in path.read_bytes() for path in service.store.files() if path.exists())


@pytest.mark.parametrize(
    ("body", "word"),
    [
        ({"holder": "x", "role": "agent"}, "agent_id"),
        ({"holder": "x", "role": "team_lead"}, "org"),
        ({"holder": "  ", "role": "ops"}, "holder"),
        ({"holder": "x", "role": "king"}, "role"),
    ],
    ids=["agent without an id", "team lead without a node", "no name", "no such role"],
)
def test_a_key_that_would_see_nothing_is_refused(body: dict[str, Any], word: str, shared: Service) -> None:
    response = shared.as_("admin").post("/v1/keys", json=body)
    assert response.status_code == 422
    assert word in response.json()["detail"]


def test_one_person_has_one_role(shared: Service) -> None:
    admin = shared.as_("admin")
    assert admin.post("/v1/keys", json={"holder": "qa-wang", "role": "qa"}).status_code == 201
    assert admin.post("/v1/keys", json={"holder": "qa-wang", "role": "admin"}).status_code == 409
    people = {one["id"]: one for one in admin.get("/v1/users").json()["items"]}
    assert people["qa-wang"]["keys"] == 2
