"""A company's taxonomy in a running service: a changed file counts at once, a broken one not, an imported one does."""

import io
import json
import os
import zipfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from models.protocols import Judge
from qa_service.config import Settings
from qa_service.domain.conversation_json import conversation_from_json
from qa_service.rulebook import parse_sop
from qa_service.workflows import load_codebook as reading
from qa_service.workflows.analyze_conversations import Analyzer
from qa_service.workflows.load_codebook import load_codebook
from tests.api.conftest import SOP, Service, TickingClock, conversation, make_service
from tests.workflows.test_try_sop import JUDGE

TAXONOMY = """
taxonomy: lark
version: 1
complaint: [{id: dorm, title: 宿舍卫生, examples: [宿舍里有蟑螂]}]
red_lines: [{id: single_room, title: 承诺单人间, points: 10, keywords: [单人间]}]
"""
NEXT = TAXONOMY.replace("version: 1", "version: 2").replace("points: 10", "points: 15")


def rewrite(path: Path, text: str) -> None:
    """Write the file, and let it look newer even where the clock of the disk is coarse."""
    before = path.stat().st_mtime_ns if path.exists() else 0
    path.write_text(text, "utf-8")
    os.utime(path, ns=(before + 10**9, before + 10**9))


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(reading, "_READ", {})
    path = tmp_path / "taxonomy.yaml"
    monkeypatch.setenv("QA_TAXONOMY", str(path))
    path.write_text(TAXONOMY, "utf-8")
    return path


@pytest.fixture
def service(sqlite_url: str, file: Path) -> Iterator[Service]:
    made = make_service(sqlite_url, TickingClock())
    yield made
    made.store.close()


def shown(service: Service) -> dict[str, Any]:
    body: dict[str, Any] = service.as_("qa_lead").get("/v1/taxonomy").json()
    return body


def test_a_changed_file_counts_at_once_and_a_broken_one_leaves_the_last_in_force(service: Service, file: Path) -> None:
    assert (shown(service)["version"], shown(service)["problem"]) == (1, None)
    rewrite(file, NEXT)
    assert shown(service)["version"] == 2
    rewrite(file, NEXT.replace("points: 15", "pionts: 15"))
    broken = shown(service)
    assert broken["version"] == 2 and "pionts" in broken["problem"] and "taxonomy.yaml:5" in broken["problem"]
    file.unlink()
    assert shown(service)["version"] == 2 and "cannot be read" in shown(service)["problem"]
    rewrite(file, TAXONOMY.replace("version: 1", "version: 3"))
    assert (shown(service)["version"], shown(service)["problem"]) == (3, None)


def test_the_same_words_written_again_are_the_same_codebook(file: Path) -> None:
    book = load_codebook()
    rewrite(file, TAXONOMY + "# nothing new\n")
    assert load_codebook() is book


def test_an_analyzer_that_follows_names_the_taxonomy_of_the_moment_and_another_keeps_its_own(file: Path) -> None:
    judge: Judge = JUDGE
    following, fixed = (
        Analyzer(judge, labels=partial(load_codebook, Settings())),
        Analyzer(judge, labels=load_codebook()),
    )
    talk, sop = conversation_from_json(conversation(), zone=Settings().zone), parse_sop(SOP, "sop")
    first = following.analyze_under(talk, sop)
    rewrite(file, NEXT)
    second, kept = following.analyze_under(talk, sop), fixed.analyze_under(talk, sop)
    assert first.versions["taxonomy"].startswith("lark-1-") and second.versions["taxonomy"].startswith("lark-2-")
    assert following.versions["taxonomy"] == second.versions["taxonomy"]
    assert kept == first, "the same input under the same taxonomy is the same analysis"


def put(service: Service, content: bytes, person: str = "qa_lead", name: str = "rulebook.zip") -> Any:
    return service.as_(person).post("/v1/rulebook", files={"file": (name, content)}, data={"reason": "搬家"})


def test_the_taxonomy_travels_with_the_rulebook_and_counts_where_it_arrives(
    service: Service, file: Path, tmp_path: Path, sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    packed = service.as_("qa_lead").get("/v1/rulebook.zip").content
    assert packed == service.as_("qa_lead").get("/v1/rulebook.zip").content
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        assert archive.read("taxonomy.yaml").decode() == TAXONOMY
        told = json.loads(archive.read("index.json"))["taxonomy"]
    assert (told["taxonomy"], told["version"], told["name"]) == ("lark", 1, load_codebook().taxonomy.name)
    monkeypatch.delenv("QA_TAXONOMY")
    monkeypatch.chdir(tmp_path)
    assert shown(service)["taxonomy"] is None
    answer = put(service, packed)
    assert answer.status_code == 201, answer.text
    assert answer.json()["taxonomy"] == {"taxonomy": "lark", "version": 1, "name": told["name"], "changed": True}
    assert (shown(service)["name"], (tmp_path / "var" / "taxonomy.yaml").read_text("utf-8")) == (told["name"], TAXONOMY)
    assert put(service, packed).json()["taxonomy"]["changed"] is False
    log = service.as_("admin").get("/v1/access-log", params={"target": f"taxonomy/{told['name']}"}).json()["items"]
    assert [(one["action"], one["caller"], one["reason"]) for one in log] == [("import_taxonomy", "lead-zhao", "搬家")]


def test_a_taxonomy_follows_the_one_before_or_is_refused_with_what_to_do(service: Service, file: Path) -> None:
    wrong = {
        "give it version 2": TAXONOMY.replace("points: 10", "points: 15"),
        "complaint dorm is gone; keep it with `retired: true`": NEXT.replace("id: dorm", "id: canteen"),
        "is taxonomy swallow, but lark counts here": NEXT.replace("lark", "swallow"),
        "new.yaml:5": NEXT.replace("points", "pionts"),
    }
    for told, text in wrong.items():
        answer = put(service, text.encode(), name="new.yaml")
        assert answer.status_code == 422 and told in answer.json()["detail"], answer.text
    refused = put(service, NEXT.encode(), "qa", "new.yaml")
    assert (refused.status_code, "takes the right to publish" in refused.json()["detail"]) == (403, True)
    assert shown(service)["version"] == 1
    renamed = NEXT.replace("id: dorm", "id: canteen") + (
        "changes: [{date: 2026-10-01, kind: complaint, renamed: dorm, to: canteen}]\n"
    )
    assert put(service, renamed.encode(), name="new.yaml").status_code == 201
    assert shown(service)["version"] == 2 and file.read_text("utf-8") == renamed
