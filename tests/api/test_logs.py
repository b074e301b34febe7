"""Logs carry ids, never what a customer said."""

import json

import pytest

from qa_service.logs import configure_logs, logger
from tests.api.conftest import Service, conversation

MARKER = "海棠依旧知否知否"


@pytest.fixture
def quiet() -> None:
    configure_logs("DEBUG")


def test_nothing_that_was_said_reaches_the_log(
    quiet: None, service: Service, capfd: pytest.CaptureFixture[str]
) -> None:
    spoken = conversation(
        "c-marked", turns=[{"speaker": "customer", "text": MARKER}, {"speaker": "agent", "text": MARKER}]
    )
    service.send(spoken)
    ops, qa = service.as_("ops"), service.as_("qa")
    ops.post("/v1/conversations", json=spoken | {"turns": [{"speaker": "agent", "text": MARKER, "start_ms": MARKER}]})
    ops.post("/v1/conversations/batch", json={"conversations": [{"id": MARKER}]})
    ops.post("/v1/imports", files={"file": (f"{MARKER}.jsonl", MARKER.encode())})
    qa.post("/v1/reviews/c-marked/comments", json={"text": MARKER})
    qa.get("/v1/conversations", params={"customer": MARKER})
    qa.get(f"/v1/conversations/{MARKER}")
    logged = "".join(capfd.readouterr())
    lines = [json.loads(line) for line in logged.splitlines() if line.startswith("{")]
    assert {"/v1/conversations", "/v1/imports"} <= {line.get("route") for line in lines}
    assert {line.get("caller") for line in lines} >= {"ops-chen", "qa-wang"}
    assert MARKER not in logged
    assert json.dumps(MARKER)[1:-1] not in logged


def test_only_known_fields_are_written_and_of_errors_only_their_kind(
    quiet: None, capfd: pytest.CaptureFixture[str]
) -> None:
    try:
        raise ValueError(MARKER)
    except ValueError as error:
        logger("test").warning("something", text=MARKER, conversation_id="c-1", error=error)
    line = json.loads("".join(capfd.readouterr()))
    assert (line["event"], line["conversation_id"], line["error_type"]) == ("something", "c-1", "ValueError")
    assert "test_logs.py" in line["error_places"][0]
    assert MARKER not in json.dumps(line, ensure_ascii=False)
