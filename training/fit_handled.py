"""Fit the classifier that tells whether a need was answered."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, hstack, vstack
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import cohen_kappa_score
from sklearn.model_selection import GroupKFold

from models.handled import FOLLOWING_WEIGHT, OUTCOMES, LinearHandled, signs
from models.ngrams import NgramSpace
from training.data import Data, Labelled

# Stronger and weaker penalties moved kappa on SOPs held out by less than 0.02.
C = 4.0
FOLDS = 6


def fit_handled(data: Data, space: NgramSpace) -> LinearHandled:
    """Multinomial regression on the needs that somebody had a chance to answer."""
    features, outcomes, _ = _examples(data, space)
    fitted = _fit(features, outcomes)
    weights = np.zeros((features.shape[1] + 1, len(OUTCOMES)))
    weights[-1] = -8.0
    for row, outcome in enumerate(fitted.classes_):
        weights[:, outcome] = np.append(fitted.coef_[row], fitted.intercept_[row])
    plain = weights.shape[0] - 1 - 2 * space.size
    own = np.vstack([weights[:plain], weights[-1:]])
    return LinearHandled(space, own, weights[plain : plain + space.size], weights[plain + space.size : -1])


def held_out_kappa(data: Data, space: NgramSpace) -> float:
    """Cohen's kappa of the most likely outcome, on SOPs held out."""
    features, outcomes, sops = _examples(data, space)
    found = np.zeros_like(outcomes)
    for train, test in GroupKFold(min(FOLDS, len(set(sops)))).split(outcomes, groups=sops):
        found[test] = _fit(features[train], outcomes[train]).predict(features[test])
    return float(cohen_kappa_score(outcomes, found))


def _fit(features: "csr_matrix[Any]", outcomes: NDArray[np.int64]) -> LogisticRegression:
    # Balanced: most needs are answered, and those that are not are what people look for.
    return LogisticRegression(C=C, class_weight="balanced", max_iter=2000).fit(features, outcomes)


def _examples(data: Data, space: NgramSpace) -> tuple["csr_matrix[Any]", NDArray[np.int64], list[str]]:
    """Features (needs, signs and words), outcome and SOP of each need."""
    found = [(c.sop, *parts) for c in data.conversations for parts in _answered(c)]
    sops, needs, responses, following, outcomes = zip(*found, strict=True)
    rows = [space.rows(texts) for texts in (needs, responses, following)]
    plain = [signs(vstack([part[i] for part in rows]), response) for i, response in enumerate(responses)]
    features = hstack([csr_matrix(np.array(plain)), rows[1], FOLLOWING_WEIGHT * rows[2]]).tocsr()
    return features, np.array([OUTCOMES.index(outcome) for outcome in outcomes]), list(sops)


def _answered(conversation: Labelled) -> Iterator[tuple[str, str, str, str]]:
    """Need, the agent's next move, what the customer says next, and what the label says."""
    turns = conversation.turns
    for need in conversation.gold.get("needs", ()):
        if need.get("handled") not in OUTCOMES:
            continue
        start = next((i for i in range(need["turn"] + 1, len(turns)) if turns[i].speaker == "agent"), None)
        if start is None:
            continue
        end = next((i for i in range(start, len(turns)) if turns[i].speaker == "customer"), len(turns))
        response = "，".join(turn.text for turn in turns[start:end] if turn.speaker == "agent")
        following = turns[end].text if end < len(turns) else ""
        yield need["text"], response, following, need["handled"]
