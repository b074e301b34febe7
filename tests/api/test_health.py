"""Alive, ready, measured."""

import time
from typing import Any

import pytest

from tests.api.conftest import Service, TickingClock, conversation, make_service


def test_alive_and_ready_are_answered_without_a_key(shared: Service) -> None:
    assert shared.as_("").get("/healthz").json()["status"] == "ok"
    ready = shared.as_("").get("/readyz")
    assert (ready.status_code, ready.json()) == (200, {"ready": True, "database": True, "analyzer": True})


def test_without_its_database_the_service_is_not_ready(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(_: Any) -> bool:
        raise OSError("no database")

    monkeypatch.setattr("qa_service.store.Store.ready", away)
    ready = service.as_("").get("/readyz")
    assert (ready.status_code, ready.json()["ready"]) == (503, False)
    assert service.as_("").get("/healthz").status_code == 200


def test_metrics_count_requests_by_route_and_jobs_by_state(service: Service) -> None:
    service.as_("qa").get("/v1/conversations/c-own")
    service.as_("ops").post("/v1/conversations", json=conversation("c-waits"))
    text = service.as_("").get("/metrics").text
    assert 'route="/v1/conversations/{conversation_id:path}",status="200"' in text
    assert "c-own" not in text
    assert 'qa_jobs{state="queued"} 1.0' in text
    assert "qa_conversations 4.0" in text


def test_a_worker_in_the_same_process_analyses_by_itself(sqlite_url: str) -> None:
    service = make_service(sqlite_url, TickingClock(), worker_in_process=True)
    with service.as_("ops") as client:
        client.post("/v1/conversations", json=conversation())
        deadline = time.monotonic() + 20
        while client.get("/v1/conversations/c-own/analysis").status_code == 202:
            assert time.monotonic() < deadline
            time.sleep(0.05)
        assert client.get("/v1/conversations/c-own/analysis").json()["sop"] == "trial-call"
    service.store.close()
