"""Whatever goes wrong is told as a problem with a code and a remedy, and never tells what it should not."""

import io
import json
from collections.abc import Iterator
from typing import Any

import pytest

import qa_service.errors
from qa_service.api.error_responses import STATUS, status_of
from qa_service.errors import QaError
from tests.api.conftest import Service, conversation, make_service
from tests.conftest import StepClock

MEMBERS = {"type", "title", "status", "detail", "instance", "code", "errors"}


@pytest.fixture
def small(sqlite_url: str, clock: StepClock) -> Iterator[Service]:
    """A service that takes little at a time."""
    made = make_service(sqlite_url, clock, max_body_bytes=4096, max_batch=2)
    yield made
    made.store.close()


def check(response: Any, status: int, code: str) -> dict[str, Any]:
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    body: dict[str, Any] = response.json()
    assert set(body) == MEMBERS
    assert (body["status"], body["code"], body["type"]) == (status, code, f"urn:qa-service:problem:{code}")
    assert body["title"]
    assert body["detail"]
    return body


def test_every_error_of_the_service_has_a_status() -> None:
    kinds = [kind for kind in vars(qa_service.errors).values() if isinstance(kind, type) and issubclass(kind, QaError)]
    for kind in kinds:
        if kind is not QaError:
            assert kind.code in STATUS, kind
            assert status_of(kind("…")) == STATUS[kind.code]


def test_an_error_of_another_room_takes_the_status_of_its_parent() -> None:
    class Odd(qa_service.errors.Conflict):
        code = "odd"

    assert status_of(Odd("…")) == 409


def test_fields_that_do_not_fit_are_named_without_their_content(shared: Service) -> None:
    marker = "绝密内容"
    body = check(
        shared.as_("ops").post("/v1/conversations", json={"id": {"x": marker}, "turns": marker}), 422, "invalid_input"
    )
    assert {one["field"] for one in body["errors"]} >= {"body.turns"}
    assert marker not in json.dumps(body, ensure_ascii=False)


def test_a_broken_conversation_names_its_field(shared: Service) -> None:
    broken = conversation("x", turns=[{"speaker": "robot", "text": "…"}])
    body = check(shared.as_("ops").post("/v1/conversations", json=broken), 422, "invalid_conversation")
    assert "turns[0].speaker" in body["detail"]


@pytest.mark.parametrize("content", [b"{", b"", b"\xff\xfe", b"[" * 50_000], ids=["cut", "empty", "no text", "deep"])
def test_a_body_that_is_no_json_is_refused(content: bytes, shared: Service) -> None:
    headers = {"content-type": "application/json"}
    check(shared.as_("ops").post("/v1/conversations", content=content, headers=headers), 422, "invalid_input")


def test_an_unknown_address_and_a_wrong_method_point_to_the_documentation(shared: Service) -> None:
    assert "/docs" in check(shared.as_("qa").get("/v1/nothing"), 404, "not_found")["detail"]
    response = shared.as_("qa").put("/v1/jobs/1")
    check(response, 405, "method_not_allowed")
    assert response.headers["allow"]


def test_a_body_over_the_limit_is_refused_before_it_is_read(small: Service) -> None:
    content = json.dumps(conversation(tags={"x": "好" * 5000})).encode()
    body = check(small.as_("ops").post("/v1/conversations", content=content), 413, "too_large")
    assert "4096" in body["detail"]


def test_a_body_that_does_not_say_its_length_is_refused_on_the_way(small: Service) -> None:
    sent = 0

    def chunks() -> Iterator[bytes]:
        nonlocal sent
        yield b'{"id": "x", "turns": ["'
        for _ in range(200):
            sent += 1024
            yield b"a" * 1024
        yield b'"]}'

    headers = {"content-type": "application/json"}
    check(small.as_("ops").post("/v1/conversations", content=chunks(), headers=headers), 413, "too_large")
    upload = io.BytesIO(b"x" * 10_000)
    check(small.as_("ops").post("/v1/imports", files={"file": ("x.txt", upload)}), 413, "too_large")


def test_a_batch_over_the_limit_is_refused_whole(small: Service) -> None:
    many = {"conversations": [{"id": str(n)} for n in range(3)]}
    assert "at most 2" in check(small.as_("ops").post("/v1/conversations/batch", json=many), 413, "too_large")["detail"]
    event = {"customer_id": "U1", "event": "paid", "at": "2026-10-08T00:00:00Z"}
    check(small.as_("ops").post("/v1/outcomes/batch", json={"events": [event] * 3}), 413, "too_large")


def test_a_failure_on_our_side_shows_nothing_of_what_was_inside(
    service: Service, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: Any, **__: Any) -> Any:
        raise RuntimeError("客户说：我的身份证是 110101199003074514")

    monkeypatch.setattr("qa_service.store.conversations.Conversations.page", fail)
    response = service.as_("qa").get("/v1/conversations")
    assert "110101" not in response.text
    check(response, 500, "internal_error")
    logged = capfd.readouterr()
    assert "110101" not in logged.out + logged.err


def test_answers_are_not_kept_on_the_way(shared: Service) -> None:
    response = shared.as_("qa").get("/v1/conversations")
    assert response.headers["cache-control"] == "no-store"
    assert response.headers["x-content-type-options"] == "nosniff"
    assert response.headers["x-request-id"]


@pytest.mark.parametrize(
    "header", ["Bearer nonsense", "Basic YTpi", "Bearer", "Bearer \udcff"], ids=["unknown", "basic", "empty", "odd"]
)
def test_a_wrong_key_is_refused(header: str, shared: Service) -> None:
    headers = {"Authorization": header.encode("utf-8", "surrogateescape")}
    check(shared.as_("").get("/v1/conversations", headers=headers), 401, "unauthenticated")


@pytest.mark.parametrize("text", ["\x00", "\ud800", "好\x00"], ids=["NUL", "half a pair", "NUL inside"])
def test_what_no_database_keeps_is_refused(text: str, shared: Service) -> None:
    lead = shared.as_("qa_lead")
    headers = {"content-type": "application/json"}
    for path, body in (
        ("/v1/reviews/c-own/comments", {"text": text}),
        ("/v1/reviews/c-own/overrides", {"decision": "change", "finding_key": "need/1/0", "value": {"text": text}}),
        ("/v1/outcomes", {"customer_id": text, "event": "paid", "at": "2026-10-08T00:00:00Z"}),
        ("/v1/conversations/c-own/original", {"reason": text}),
        ("/v1/conversations", conversation("c-odd", product=text)),
    ):
        response = lead.post(path, content=json.dumps(body).encode(), headers=headers)
        assert response.status_code == 422, (path, response.text)


def test_a_nul_in_an_address_names_nothing(shared: Service) -> None:
    check(shared.as_("qa").get("/v1/conversations/%00"), 404, "not_found")
    check(shared.as_("qa").get("/v1/conversations?agent=%00"), 404, "not_found")


FAR_DAYS = ("0001-01-01", "9999-12-31")
DATED = (
    "/v1/conversations",
    "/v1/reviews/queue",
    "/v1/reasons",
    "/v1/effects",
    "/v1/course",
)


@pytest.mark.parametrize("path", DATED)
def test_days_and_weeks_of_no_conversation_are_refused_in_every_list(shared: Service, path: str) -> None:
    client = shared.as_("qa_lead")
    queries = [{side: day} for side in ("from", "to") for day in FAR_DAYS] + [
        {"week": "0001-W01"},
        {"week": "2026-W54"},
    ]
    for query in queries:
        answer = client.get(path, params=query)
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid_input"), (query, answer.text)
        told = "is not an ISO week" if query.get("week") == "2026-W54" else "is not between 1970 and 2199"
        assert told in answer.json()["detail"]


def test_days_of_no_conversation_are_refused_in_requests_too(shared: Service) -> None:
    client = shared.as_("qa_lead")
    for day in FAR_DAYS:
        wanted = {"from": day, "to": day}
        for path, body in (
            ("/v1/rescores", wanted),
            ("/v1/periods", wanted | {"reason": "月结"}),
            ("/v1/sops/trial-call/versions/1/trial", {"stored": wanted}),
        ):
            answer = client.post(path, json=body)
            assert (answer.status_code, "is not between" in answer.json()["detail"]) == (422, True), answer.text
        assert client.get("/v1/customers/U-c-own/journey", params={"as_of": day}).status_code == 422
        assert client.get("/v1/effects", params={"as_of": day}).status_code == 422
        for path in ("/v1/coaching/A01", "/v1/coaching/teams/一组"):
            for side in ("from", "to"):
                assert client.get(path, params={side: day}).status_code == 422
    for week in ("0001-W01", "9999-W52"):
        assert client.get(f"/v1/voc/{week}").status_code == 422
    for month in ("0001-01", "9999-12"):
        assert client.post("/v1/periods", json={"month": month, "reason": "月结"}).status_code == 422
