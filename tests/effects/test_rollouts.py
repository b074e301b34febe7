import json
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from qa_service.domain.conversation import Outcome
from qa_service.domain.declared_rollout import rollout_from_json
from qa_service.effects.assigned import AssignedColumns
from qa_service.effects.balance import balance
from qa_service.effects.confounders import Design
from qa_service.errors import InvalidInput
from qa_service.rulebook import parse_sop
from qa_service.workflows.compute_effects import EffectsQuestion, answer_effects, effects_run, read_rollouts
from qa_service.workflows.read_judged import JudgedFiles
from tests.effects.planted import World, draw
from tests.effects.planted_files import write_world
from tests.judged_cases import CHINA, SOP, Case, judged

MONDAY = date(2026, 9, 21)


def body(**values: Any) -> dict[str, Any]:
    plain = {"sop": "trial", "from_version": 3, "to_version": 4, "unit": "agent", "mechanism": "randomised"}
    assigned = [{"unit_id": "A1", "at": "2026-09-22T00:00:00+08:00", "arm": "to"}, {"unit_id": "A2", "arm": "from"}]
    return plain | {"assigned": assigned} | values


@pytest.mark.parametrize(
    ("arm", "new"), [("to", True), (4, True), ("v4", True), ("treatment", True), ("from", False), ("3", False)]
)
def test_an_arm_is_the_number_of_its_version_or_a_plain_name(arm: object, new: bool) -> None:
    rollout = rollout_from_json(body(assigned=[{"unit_id": "A1", "arm": arm}]), CHINA)
    assert rollout.assigned[0].new is new


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"unit": "planet"}, "agent"),
        ({"mechanism": "luck"}, "randomised, rota, chosen"),
        ({"assigned": [{"unit_id": "A1", "arm": "purple"}]}, "write the number of its version"),
        ({"assigned": [{"unit_id": "A1", "at": "soon", "arm": "to"}]}, "soon"),
    ],
)
def test_a_rollout_that_cannot_be_read_says_why(values: dict[str, Any], said: str) -> None:
    with pytest.raises(InvalidInput, match=said):
        rollout_from_json(body(**values), CHINA)


def test_a_missing_field_is_named() -> None:
    with pytest.raises(InvalidInput, match="mechanism"):
        rollout_from_json({key: value for key, value in body().items() if key != "mechanism"}, CHINA)


def test_a_file_holds_one_rollout_or_several(tmp_path: Path) -> None:
    for text in (json.dumps(body()), json.dumps([body()]), json.dumps(body()) + "\n"):
        (tmp_path / "rollout.json").write_text(text, "utf-8")
        assert len(read_rollouts(tmp_path / "rollout.json", CHINA)) == 1


def test_a_unit_belongs_to_an_arm_from_the_moment_it_was_assigned() -> None:
    columns = AssignedColumns(rollout_from_json(body(), CHINA), CHINA)
    for agent, days in (("A1", 0), ("A1", 1), ("A2", 0), ("A3", 5)):
        columns.add(judged(Case(id=f"c{agent}{days}", day=MONDAY + timedelta(days=days), agent=agent)).conversation)
    assert columns.finish().arms.tolist() == [-1, 1, 0, -1]


def test_uneven_arms_are_told_from_even_ones() -> None:
    rng = np.random.default_rng(0)
    agents = np.repeat(np.arange(40), 50)
    leads = rng.integers(0, 3, 2000)
    known = Design((agents, leads), (40, 3), agents, ("agent", "tags.lead_source"))
    even = (agents % 2).astype(float)
    skewed = np.where(even == 1, np.minimum(leads + rng.integers(0, 2, 2000), 2), leads)
    assert balance(known, agents, even, 299) > 0.05
    assert balance(replace(known, codes=(agents, skewed)), agents, even, 299) < 0.01


def world_files(tmp_path: Path, **values: Any) -> Any:
    world = World(contacts=2000, agents=30, effects=(0.1, 0.0), lift=0.6, rollout="customer")
    written = write_world(draw(world, 4), tmp_path, 4)
    rollout = json.loads(written.rollout.read_text("utf-8")) | values
    written.rollout.write_text(json.dumps(rollout), "utf-8")
    rollouts = read_rollouts(written.rollout, CHINA)
    return answer_effects(
        JudgedFiles([written.results], [written.conversations]), EffectsQuestion(["converted"], rollouts=rollouts)
    )


@pytest.mark.parametrize(("mechanism", "grade"), [("randomised", "A"), ("rota", "B"), ("chosen", "C")])
def test_the_grade_is_what_the_mechanism_is_worth(tmp_path: Path, mechanism: str, grade: str) -> None:
    answer = world_files(tmp_path, mechanism=mechanism)
    assert answer.effects[0].grade == grade
    assert answer.rollouts[0].mechanism == mechanism and answer.rollouts[0].n_to > 850
    assert (answer.effects[0].rollout is None) == (mechanism == "chosen")


def test_of_versions_that_differ_in_several_things_none_gets_the_effect() -> None:
    rollout = rollout_from_json(body(), CHINA)
    changed = SOP.document | {"version": 4}
    one = parse_sop(json.dumps(changed | {"steps": SOP.document["steps"][:-1]}, ensure_ascii=False), "one.yaml")
    question = EffectsQuestion(["converted"], [SOP, one], rollouts=[rollout])
    assert {target.id for target in effects_run(question).changed["trial"]} == {"book"}
    two = parse_sop(
        json.dumps(changed | {"steps": SOP.document["steps"][:-1], "faq": []}, ensure_ascii=False), "two.yaml"
    )
    assert len(effects_run(replace(question, sops=[SOP, two])).changed["trial"]) == 2


def test_a_rollout_of_two_units_says_nothing() -> None:
    rollout = rollout_from_json(body(assigned=[{"unit_id": f"A{n}", "arm": n % 2 + 3} for n in range(2)]), CHINA)
    cases = [
        Case(id=f"c{n}", day=MONDAY, agent=f"A{n % 2}", done=["greeting"], outcome=Outcome(converted=n % 3 == 0))
        for n in range(60)
    ]
    assert answer_effects(map(judged, cases), EffectsQuestion(["converted"], rollouts=[rollout])).rollouts == []


def test_moments_without_an_offset_are_taken_in_the_zone_of_the_service() -> None:
    rollout = rollout_from_json(body(assigned=[{"unit_id": "A1", "at": "2026-09-22T08:00", "arm": "to"}]), CHINA)
    assert rollout.assigned[0].at == datetime(2026, 9, 22, 8, tzinfo=CHINA)
