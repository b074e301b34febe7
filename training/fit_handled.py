"""Fit the classifier that tells whether a need was answered."""

from collections.abc import Iterator

import numpy as np
from sklearn.linear_model import LogisticRegression

from models.handled import OUTCOMES, LinearHandled, signs
from models.ngrams import NgramSpace
from training.data import Data, Labelled


def fit_handled(data: Data, space: NgramSpace) -> LinearHandled:
    """Multinomial regression on the signs of needs that somebody had a chance to answer."""
    features, outcomes = [], []
    for conversation in data.conversations:
        for need, response, following, outcome in _answered(conversation):
            features.append(signs(space, need, response, following))
            outcomes.append(OUTCOMES.index(outcome))
    fitted = LogisticRegression(C=1.0, class_weight="balanced").fit(np.array(features), np.array(outcomes))
    weights = np.full((features[0].size + 1, len(OUTCOMES)), 0.0)
    weights[-1] = -8.0
    for row, outcome in enumerate(fitted.classes_):
        weights[:, outcome] = np.append(fitted.coef_[row], fitted.intercept_[row])
    return LinearHandled(space, weights)


def _answered(conversation: Labelled) -> Iterator[tuple[str, str, str, str]]:
    """Need, the agent's next move, what the customer says next, and what the label says."""
    turns = conversation.turns
    for need in conversation.gold["needs"]:
        if need.get("handled") not in OUTCOMES:
            continue
        start = next((i for i in range(need["turn"] + 1, len(turns)) if turns[i].speaker == "agent"), None)
        if start is None:
            continue
        end = next((i for i in range(start, len(turns)) if turns[i].speaker == "customer"), len(turns))
        response = "，".join(turn.text for turn in turns[start:end] if turn.speaker == "agent")
        following = turns[end].text if end < len(turns) else ""
        yield need["text"], response, following, need["handled"]
