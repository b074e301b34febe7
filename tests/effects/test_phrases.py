from pathlib import Path

import numpy as np
import pytest

from qa_service.domain.effect import Effect, EffectVerdict, TargetKind
from qa_service.effects.phrases import log_odds
from qa_service.workflows.compute_effects import EffectsQuestion, compute_effects
from qa_service.workflows.read_judged import JudgedFiles
from tests.effects.planted import World, draw
from tests.effects.planted_files import Said, Written, write_world

PUSHY, KIND, IDLE = "今天不定明天就涨价了", "我先给您发个学习报告", "咱们这边老师都在的"


def phrases_of(written: Written) -> dict[str, Effect]:
    judged = JudgedFiles([written.results], [written.conversations])
    effects = compute_effects(judged, EffectsQuestion(["converted"], phrases=True))
    return {effect.target.id: effect for effect in effects if effect.target.kind is TargetKind.PHRASE}


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Effect]:
    world = World(contacts=5000, agents=20, effects=(0.0,))
    said = (Said(PUSHY, -0.12), Said(KIND, 0.12), Said(IDLE, 0.0))
    return phrases_of(write_world(draw(world, 1), tmp_path_factory.mktemp("world"), 1, said))


def test_phrases_that_do_harm_and_good_are_found(found: dict[str, Effect]) -> None:
    harm = [effect for words, effect in found.items() if words in PUSHY or PUSHY in words]
    good = [effect for words, effect in found.items() if words in KIND or KIND in words]
    assert harm and harm[0].verdict is EffectVerdict.HURTS
    assert good and good[0].verdict is EffectVerdict.HELPS


def test_of_phrases_that_stand_in_each_other_one_is_named(found: dict[str, Effect]) -> None:
    assert not any(one != other and one in other for one in found for other in found)


def test_phrases_are_estimated_on_customers_their_finder_has_not_seen(found: dict[str, Effect]) -> None:
    for effect in found.values():
        assert 0.4 * 5000 < effect.n_exposed + effect.n_unexposed < 0.6 * 5000


def test_phrases_that_do_nothing_are_seldom_claimed(tmp_path: Path) -> None:
    world = World(contacts=2000, agents=20, effects=(0.0,))
    claimed = 0
    for seed in range(2):
        (tmp_path / str(seed)).mkdir()
        said = tuple(Said(words, 0.0) for words in (PUSHY, KIND, IDLE))
        found = phrases_of(write_world(draw(world, seed), tmp_path / str(seed), seed, said))
        claimed += sum(effect.verdict in (EffectVerdict.HELPS, EffectVerdict.HURTS) for effect in found.values())
    assert claimed <= 1


def test_log_odds_are_drawn_to_the_background() -> None:
    said = np.array([True] * 3 + [False] * 997)
    happened = np.array([True] * 3 + [False] * 997)
    assert 0 < log_odds(said, happened, 5000.0) < log_odds(said, happened, 50.0)
    assert log_odds(said, ~happened, 500.0) == pytest.approx(-log_odds(said, happened, 500.0))
