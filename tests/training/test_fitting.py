"""Each part of training on a few rows: that it learns at all, and that what is exported is what was learnt."""

import numpy as np
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier

from models.linear import LinearClassifier, sigmoid
from models.ngrams import fit_space
from models.protocols import TurnText
from models.tasks import Task
from training.act_space import fit_act_space
from training.data import Data, Labelled, Row, step_acts
from training.fit_acts import act_pairs, fit_matcher, sop_groups, to_arrays
from training.fit_turns import fit_task

TASK = Task("mood", "customer", ("glad", "sad"))
GLAD = ["真好", "太好了", "好开心", "很满意", "真不错", "开心极了", "满意得很", "好得很", "真满意", "好不错"]
SAD = ["难过", "真难过", "好伤心", "伤心极了", "太难过了", "伤心得很", "难过死了", "很伤心", "心里难过", "伤心啊"]


def rows() -> list[Row]:
    glad = [Row(text, "", frozenset({"glad"}), f"g{i}", f"c{i}") for i, text in enumerate(GLAD)]
    return glad + [Row(text, "", frozenset({"sad"}), f"s{i}", f"c{i}") for i, text in enumerate(SAD)]


def test_a_task_learns_from_ten_rows_a_label() -> None:
    space = fit_space(GLAD + SAD)
    fitted = fit_task(rows(), TASK, space)
    classifier = LinearClassifier(space, {"mood": TASK.labels}, {"mood": fitted.task})
    glad, sad = classifier.classify("mood", ["好开心啊", "伤心难过"], ["", ""])
    assert glad[0] > glad[1]
    assert sad[1] > sad[0]


def test_exported_trees_say_what_the_trained_ones_say() -> None:
    random = np.random.default_rng(3)
    features = random.normal(size=(300, 5))
    holds = features[:, 0] * features[:, 1] + 0.3 * random.normal(size=300) > 0
    boosted = HistGradientBoostingClassifier(max_iter=30, max_depth=4, random_state=0).fit(features, holds)
    trees = to_arrays(boosted)
    assert sigmoid(trees.log_odds(features)) == pytest.approx(boosted.predict_proba(features)[:, 1], abs=1e-9)


def small_sop(name: str) -> dict[str, object]:
    steps = [
        {"id": "hello", "title": "问候", "description": "问好", "examples": ["您好", "早上好"]},
        {"id": "price", "title": "报价", "description": "说价格", "examples": ["三千块", "价格是两千"]},
    ]
    return {"sop": name, "steps": steps}


def small_conversation(number: int, sop: str) -> Labelled:
    spoken = ["您好呀", "嗯", f"价格是{number}千块", "好", "那再见"]
    turns = tuple(TurnText("customer" if i % 2 else "agent", text) for i, text in enumerate(spoken))
    steps = [{"id": "hello", "turns": [0]}, {"id": "price", "turns": [2]}]
    gold = {"steps": steps, "obligations": [], "red_lines": [], "needs": []}
    return Labelled(f"c{number}", sop, turns, gold)


def test_acts_are_learnt_across_sops_and_every_sop_is_held_out_once() -> None:
    names = [f"sop-{n}" for n in range(3)]
    conversations = tuple(small_conversation(n, names[n % 3]) for n in range(1, 13))
    data = Data(conversations, {name: small_sop(name) for name in names}, ())
    assert sorted(name for group in sop_groups(data) for name in group) == names
    space = fit_space([turn.text for c in conversations for turn in c.turns])
    pairs = act_pairs(data, space, lambda _: None)
    fitted = fit_matcher(pairs, sop_groups(data), fit_act_space(data, space, without=set()))
    found = fitted.matcher.match(conversations[0].turns, step_acts(small_sop("new")))
    assert found[0, 0] > 0.5 > found[0, 1]
    assert found[2, 1] > 0.5 > found[2, 0]
