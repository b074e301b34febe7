"""A company's own taxonomy in the service: shown, chosen by reviewers, counted in the score."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from qa_service.domain.analysis import Analysis
from qa_service.domain.conversation import Conversation
from qa_service.domain.evidence import EvidenceSpan
from qa_service.domain.finding import RedLineFinding
from qa_service.domain.score import ScoredFindings, score
from qa_service.domain.sop import Sop
from tests.api.conftest import Service, TickingClock, conversation, make_service
from tests.keyword_analyzer import KeywordAnalyzer

TAXONOMY = """
taxonomy: lark
version: 3
departments: {campus: 校区后勤}
complaint: [{id: dorm, title: 宿舍卫生, department: campus, examples: [宿舍里有蟑螂]}]
red_lines: [{id: single_room, title: 承诺单人间, points: 10, examples: [给您安排单人间]}]
"""
DECISION = {"decision": "change", "finding_key": "complaint", "reason": "客户说的是宿舍"}


class Own(KeywordAnalyzer):
    """Finds the red line that holds under every SOP where its words stand."""

    def analyze(self, conversation: Conversation, sops: Sequence[Sop]) -> Analysis:
        made = super().analyze(conversation, sops)
        assert "single_room" in {line.id for line in sops[0].red_lines}
        line = RedLineFinding("single_room", EvidenceSpan(0, 0, 2), conversation.turns[0].text[:2], 0.95)
        lines = (line, *made.red_lines)
        found = ScoredFindings(made.steps, made.orders, made.obligations, lines)
        return replace(made, red_lines=lines, score=score(sops[0], found))


@pytest.fixture
def own(sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    path = tmp_path / "taxonomy.yaml"
    path.write_text(TAXONOMY, "utf-8")
    monkeypatch.setenv("QA_TAXONOMY", str(path))
    made = make_service(sqlite_url, TickingClock())
    made.analyzer = Own()
    mild = [{"speaker": "agent", "text": "您好，孩子几年级"}, {"speaker": "customer", "text": "我要投诉"}]
    made.send(conversation(turns=mild))
    yield made
    made.store.close()


def test_the_labels_that_count_are_shown(own: Service) -> None:
    body: dict[str, Any] = own.as_("agent").get("/v1/taxonomy").json()
    assert (body["taxonomy"], body["version"]) == ("lark", 3)
    dorm = next(one for one in body["complaint"] if one["own"])
    assert (dorm["id"], dorm["title"], dorm["departments"]) == ("dorm", "宿舍卫生", ["campus"])
    assert body["departments"]["campus"] == "校区后勤"
    assert [one["id"] for one in body["red_lines"] if one["own"]] == ["single_room"]


def test_without_a_taxonomy_the_built_in_labels_are_shown(shared: Service) -> None:
    body = shared.as_("agent").get("/v1/taxonomy").json()
    assert (body["taxonomy"], body["changes"]) == (None, [])
    assert len(body["complaint"]) == 13


def test_a_reviewer_chooses_an_own_reason_and_an_own_red_line_counts(own: Service) -> None:
    qa, path = own.as_("qa"), "/v1/reviews/c-own"
    value = {"detected": True, "turns": [1], "reasons": [{"id": "dorm", "turns": [1]}]}
    assert qa.post(f"{path}/overrides", json=DECISION | {"value": value}).status_code == 201
    final = qa.get(path).json()["final"]
    assert [reason["id"] for reason in final["complaint"]["reasons"]] == ["dorm"]
    assert [line["id"] for line in final["red_lines"]] == ["single_room"]
    steps = 100 * 40 / 60
    assert final["score"] == pytest.approx(steps - 10, abs=0.01)
