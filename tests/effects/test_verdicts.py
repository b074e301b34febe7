import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from qa_service.domain.effect import Effect, EffectVerdict, Grade, Target, TargetKind, effect_to_json
from qa_service.domain.insight import insight_from_document
from qa_service.effects.verdicts import verdict
from qa_service.errors import InvalidInput
from qa_service.rulebook import default_file
from qa_service.workflows.compute_effects import EffectsQuestion, compute_effects, write_effects
from qa_service.workflows.load_insight import load_insight
from tests.judged_cases import SOP, Case, judged


def effect(**values: Any) -> Effect:
    plain: dict[str, Any] = {
        "sop": "trial",
        "target": Target(TargetKind.STEP, "needs"),
        "outcome": "converted",
        "n_exposed": 900,
        "n_unexposed": 900,
        "n_trimmed": 3,
        "n_agents": 20,
        "raw_difference": 0.1,
        "effect": 0.05,
        "ci_low": 0.02,
        "ci_high": 0.08,
        "p_value": 0.001,
        "q_value": 0.01,
        "grade": Grade.ADJUSTED,
        "verdict": EffectVerdict.NO_EVIDENCE,
        "method": "aipw_crossfit",
        "adjusted_for": ("agent", "week"),
    }
    return Effect(**plain | values)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({}, "helps"),
        ({"q_value": 0.10}, "helps"),
        ({"effect": -0.05, "ci_low": -0.08, "ci_high": -0.02}, "hurts"),
        ({"outcome": "refunded"}, "hurts"),
        ({"outcome": "complained", "effect": -0.05, "ci_low": -0.08, "ci_high": -0.02}, "helps"),
        ({"q_value": 0.5, "effect": 0.0, "ci_low": -0.015, "ci_high": 0.02}, "negligible"),
        ({"q_value": 0.5, "effect": 0.0, "ci_low": -0.05, "ci_high": 0.05}, "not_enough_data"),
        ({"q_value": 0.5, "effect": 0.01, "ci_low": -0.02, "ci_high": 0.04, "n_agents": 7}, "not_enough_data"),
        ({"q_value": 0.5, "effect": 0.01, "ci_low": -0.02, "ci_high": 0.04, "n_exposed": 99}, "not_enough_data"),
        ({"q_value": 0.5, "effect": 0.01, "ci_low": -0.02, "ci_high": 0.04}, "no_evidence"),
        ({"effect": None, "ci_low": None, "ci_high": None, "q_value": None}, "not_enough_data"),
    ],
)
def test_the_first_verdict_that_holds_is_given(values: dict[str, Any], said: str) -> None:
    assert verdict(effect(**values), load_insight().effects) == said


def test_an_effect_is_written_as_the_contract_says() -> None:
    body = effect_to_json(effect(effect=1 / 3))
    assert list(body) == [
        *("sop", "target", "outcome", "n_exposed", "n_unexposed", "n_trimmed", "n_agents", "raw_difference"),
        *("effect", "ci_low", "ci_high", "p_value", "q_value", "grade", "verdict", "method", "adjusted_for"),
        "checks",
    ]
    assert body["target"] == {"kind": "step", "id": "needs"}
    assert body["effect"] == 0.333333


def test_effects_are_written_one_a_line_for_every_target(tmp_path: Path) -> None:
    pairs = [judged(Case(id=f"c{n}", day=date(2026, 9, 21), done=["greeting"])) for n in range(5)]
    found = compute_effects(pairs, EffectsQuestion(["refunded", "converted"], [SOP]))
    assert found == []
    assert write_effects([effect(), effect()], tmp_path / "effects.jsonl") == 2
    assert json.loads((tmp_path / "effects.jsonl").read_text("utf-8").splitlines()[1])["verdict"] == "no_evidence"


def test_an_unknown_outcome_is_refused_with_the_known_ones() -> None:
    with pytest.raises(InvalidInput, match="unknown outcome bought; choose from converted"):
        compute_effects([], EffectsQuestion(["bought"]))


def test_a_typo_in_the_numbers_of_the_rulebook_is_named() -> None:
    document = dict(default_file("insight.yaml"))
    document["voice"] = document["voice"] | {"tops": 3}
    with pytest.raises(InvalidInput, match=r"voice: unknown keys \['tops'\]"):
        insight_from_document(document)
