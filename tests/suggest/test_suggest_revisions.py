import json
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest

from qa_service.domain.conversation import Outcome
from qa_service.domain.effect import OUTCOMES
from qa_service.domain.judged import JudgedConversation
from qa_service.workflows.compute_effects import EffectsQuestion
from qa_service.workflows.suggest_revisions import suggest_revisions, write_suggestions
from tests.judged_cases import SOP, Case, judged

MONDAY = date(2026, 8, 3)


def world(effect: float, contacts: int = 4000) -> list[JudgedConversation]:
    """Agents of different skill; asking for needs has the planted effect, pitching has none."""
    rng = np.random.default_rng(7)
    pairs = []
    for number in range(contacts):
        agent = int(rng.integers(0, 20))
        skill = (agent - 9.5) / 10
        needs, pitch = rng.random(2) < 0.5 + 0.2 * skill
        converted = rng.random() < 0.25 + 0.1 * skill + effect * (needs - 0.5)
        done = [name for name, yes in (("greeting", True), ("needs", needs), ("pitch", pitch)) if yes]
        case = Case(
            id=f"c{number:05d}",
            day=MONDAY + timedelta(days=number % 56),
            agent=f"A{agent:02d}",
            done=done,
            owed=("greeting", "needs", "pitch"),
            outcome=Outcome(converted=bool(converted)),
            turns_after=4,
        )
        pairs.append(judged(case))
    return pairs


@pytest.fixture
def question() -> EffectsQuestion:
    return EffectsQuestion(OUTCOMES, [SOP])


def test_a_planted_habit_that_helps_is_found_from_conversations_alone(
    question: EffectsQuestion, tmp_path: Path
) -> None:
    found = suggest_revisions(iter(world(0.12)), question)
    assert [(one.kind, one.target_id) for one in found] == [("enforce_step", "needs")]
    assert write_suggestions(found, tmp_path / "s.jsonl") == 1
    body = json.loads((tmp_path / "s.jsonl").read_text("utf-8"))
    assert abs(body["evidence"]["effect"] - 0.12) < 0.05


def test_where_nothing_is_planted_nothing_is_claimed(question: EffectsQuestion) -> None:
    assert [one.kind for one in suggest_revisions(world(0.0), question)] == []


def test_few_conversations_suggest_nothing(question: EffectsQuestion) -> None:
    assert suggest_revisions(world(0.12, contacts=60), question) == []
    assert suggest_revisions([], question) == []
