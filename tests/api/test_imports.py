"""Files over HTTP."""

import json
from typing import Any

import pytest

from tests.api.conftest import Service, conversation

CSV = "通话编号,角色,内容\nk-1,坐席,您好我是小林\nk-1,客户,多少钱\nk-2,坐席,您好\n"


def send(service: Service, name: str, content: bytes, **form: str) -> Any:
    return service.as_("ops").post("/v1/imports", files={"file": (name, content)}, data=form)


def finished(service: Service, response: Any) -> dict[str, Any]:
    assert response.status_code == 202, response.text
    found: dict[str, Any] = service.as_("ops").get(response.headers["Location"]).json()
    return found


def test_a_file_of_conversations_is_taken_and_analysed(service: Service) -> None:
    lines = "\n".join(json.dumps(conversation(f"f-{n}"), ensure_ascii=False) for n in range(3))
    record = finished(service, send(service, "three.jsonl", lines.encode()))
    assert (record["state"], record["new"], record["defects"], record["by"]) == ("done", 3, 0, "ops-chen")
    service.work()
    assert service.as_("qa").get("/v1/conversations/f-2/analysis").status_code == 200


def test_bad_lines_are_named_and_their_neighbours_are_kept(service: Service) -> None:
    lines = [json.dumps(conversation("g-1"), ensure_ascii=False), "{broken", json.dumps({"id": "g-2"})]
    record = finished(service, send(service, "bad.jsonl", "\n".join(lines).encode()))
    assert (record["state"], record["new"], record["defects"]) == ("done", 1, 2)
    defects = service.as_("ops").get(f"/v1/imports/{record['id']}/defects").json()["items"]
    assert [one["row"] for one in defects] == [2, 3]
    after = service.as_("ops").get(f"/v1/imports/{record['id']}/defects", params={"after": defects[0]["position"]})
    assert [one["row"] for one in after.json()["items"]] == [3]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_a_table_is_read_with_a_column_mapping(encoding: str, service: Service) -> None:
    columns = {"conversation_id": "通话编号", "speaker": "角色", "text": "内容"}
    record = finished(service, send(service, "t.csv", CSV.encode(encoding), mapping=json.dumps({"columns": columns})))
    assert (record["state"], record["new"]) == ("done", 2), record


def test_the_same_file_again_changes_nothing(service: Service) -> None:
    line = json.dumps(conversation("h-1"), ensure_ascii=False).encode()
    assert finished(service, send(service, "one.jsonl", line))["new"] == 1
    again = finished(service, send(service, "one.jsonl", line))
    assert (again["new"], again["unchanged"]) == (0, 1)
    listed = service.as_("ops").get("/v1/imports", params={"limit": 1}).json()
    assert listed["items"][0]["id"] == again["id"]
    assert listed["next_cursor"]


@pytest.mark.parametrize(
    ("form", "word"),
    [({"format": "papyrus"}, "papyrus"), ({"mapping": "{"}, "JSON"), ({"mapping": "[]"}, "columns")],
    ids=["unknown format", "mapping is no JSON", "mapping is no mapping"],
)
def test_a_wrong_option_is_refused_at_once(form: dict[str, str], word: str, shared: Service) -> None:
    response = send(shared, "x.csv", CSV.encode(), **form)
    assert response.status_code == 422
    assert word in response.json()["detail"]


def test_an_upload_stays_in_memory(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_file(*_: Any, **__: Any) -> Any:
        raise AssertionError("an upload was written to disk")

    monkeypatch.setattr("tempfile.TemporaryFile", no_file)
    monkeypatch.setattr("tempfile.SpooledTemporaryFile.rollover", no_file)
    lines = "\n".join(json.dumps(conversation(f"m-{n}"), ensure_ascii=False) for n in range(3000))
    assert len(lines) > 1024 * 1024
    assert finished(service, send(service, "big.jsonl", lines.encode()))["new"] == 3000


def test_a_job_can_be_asked_for(service: Service) -> None:
    with service.store.reading() as work:
        job = work.jobs.find(limit=1)[0]
    seen = service.as_("ops").get(f"/v1/jobs/{job.id}").json()
    assert (seen["kind"], seen["state"], seen["attempts"]) == ("analyze", "done", 1)
    assert service.as_("ops").post(f"/v1/jobs/{job.id}/revival").status_code == 409
