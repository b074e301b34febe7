"""The short version of `tests.validate.topics`, and topics under another reading of texts."""

from dataclasses import dataclass

import numpy as np
import pytest

from qa_service.aggregate.needs.space import Floats, shipped_space, unit
from qa_service.domain.stored_topic import Memory
from qa_service.workflows.load_insight import load_insight
from tests.validate.topic_weeks import STANDING, Weeks
from tests.validate.topics import live, run


@dataclass(frozen=True)
class Turned:
    """The shipped space as another encoder might be: turned, stretched along some ways, and blurred."""

    version: str = "another-encoder"

    def vectors(self, texts: list[str]) -> Floats:
        """Other vectors of the same texts."""
        points = shipped_space().vectors(texts)
        draw = np.random.default_rng(7)
        turn = np.linalg.qr(draw.normal(size=(points.shape[1], points.shape[1])))[0]
        stretch = draw.uniform(0.6, 1.6, size=points.shape[1])
        moved: Floats = unit((points @ turn * stretch + 0.06).astype(np.float32))
        return moved


@pytest.mark.parametrize("seed", [0, 1])
def test_topics_keep_their_statements_and_a_new_need_is_born_in_two_weeks(seed: int) -> None:
    told = run(seed, weeks=6)
    assert told.kept >= 0.95 * told.of
    assert told.of >= 0.85 * 400
    assert told.born_in is not None and told.born_in <= 2


def test_another_encoder_keeps_the_identity_of_topics() -> None:
    bounds, source = load_insight().needs, Weeks(3, 1200)
    first = live(Memory(), [said for said, _ in source.week(0)], 0, shipped_space(), bounds)
    second = live(first.memory, [said for said, _ in source.week(1)], 1, Turned(), bounds)
    assert first.memory.measure is not None and second.memory.measure is not None
    assert second.memory.measure.space == "another-encoder"
    assert second.memory.measure.join != first.memory.measure.join
    held = source.held_out(300)
    had = [
        (before, after)
        for before, after in zip(first.placing.place(held), second.placing.place(held), strict=True)
        if before is not None
    ]
    assert sum(before == after for before, after in had) >= 0.95 * len(had)


def test_the_order_of_statements_changes_no_topic() -> None:
    bounds = load_insight().needs
    said = [statement for statement, _ in Weeks(5, 400).week(0)]
    one = live(Memory(), said, 0, shipped_space(), bounds)
    other = live(Memory(), said[::-1], 0, shipped_space(), bounds)
    assert one.memory == other.memory
    assert len(STANDING) <= len(one.memory.topics)
