from typing import Any

import pytest

from qa_service.domain.conversation import Conversation
from qa_service.domain.gold import Episode, gold_of
from qa_service.errors import InvalidInput
from tests.written import written

TEXT = """
A 您好我是小林
C 多少钱
A 一共三千八
C 好
"""


def with_gold(gold: Any) -> Conversation:
    return written(TEXT, extra={"gold": gold})


def test_labels_are_read() -> None:
    found = gold_of(
        with_gold(
            {
                "steps": [{"id": "greeting", "turns": [0]}],
                "obligations": [
                    {"id": "price", "trigger_turn": 1, "response_turn": 2, "met": True},
                    {"id": "price", "trigger_turn": 3, "response_turn": None, "met": False},
                ],
                "red_lines": [{"id": "rude", "turn": 2, "quote": "三千八"}],
                "not_applicable": ["visit"],
            }
        )
    )
    assert found.steps == {"greeting": frozenset({0})}
    assert found.episodes == (Episode("price", 1, 2), Episode("price", 3, None))
    assert found.red_lines == {("rude", 2)}
    assert found.says("visit") and found.says("anything"), "what is not listed as done was missed"


def test_where_missed_steps_are_listed_the_others_carry_no_label() -> None:
    found = gold_of(with_gold({"steps": [{"id": "greeting", "turns": [0]}], "missed": ["farewell"]}))
    assert [found.says(name) for name in ("greeting", "farewell", "new")] == [True, True, False]


def test_what_nobody_said_anything_about_is_unknown() -> None:
    found = gold_of(with_gold({"steps": []}))
    assert (found.episodes, found.red_lines) == (None, None)


def test_turns_of_the_other_side_perform_no_step() -> None:
    assert gold_of(with_gold({"steps": [{"id": "greeting", "turns": [0, 1]}]})).steps["greeting"] == {0}


@pytest.mark.parametrize(
    ("gold", "reason"),
    [
        (None, "carries no `gold`"),
        ({}, "`gold.steps` is missing"),
        ({"steps": {"greeting": [0]}}, "`gold.steps` must be a list"),
        ({"steps": [{"turns": [0]}]}, "needs an `id`"),
        ({"steps": [{"id": "greeting"}]}, "list of turn numbers"),
        ({"steps": [{"id": "greeting", "turns": [4]}]}, "turns 0 to 3"),
        ({"steps": [{"id": "greeting", "turns": [True]}]}, "turns 0 to 3"),
        ({"steps": [], "red_lines": [{"id": "rude"}]}, "turns 0 to 3"),
        ({"steps": [], "missed": [3]}, "`gold.missed` must be a list of ids"),
    ],
)
def test_unusable_labels_are_refused_with_their_field(gold: Any, reason: str) -> None:
    with pytest.raises(InvalidInput, match=reason):
        gold_of(with_gold(gold))
