"""Was a question or an objection answered? A multinomial regression over plain signs and the words of the answer."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix

from models.ngrams import NgramSpace
from models.protocols import Matrix

OUTCOMES = ("answered", "partly", "evaded")
# What follows tells less than the response itself.
FOLLOWING_WEIGHT = 0.5
DEFERS = re.compile("回头|到时|等会|待会|先不|再说|以后|不好说|不清楚|不方便|看情况|帮您问|反馈")
NUMBER = re.compile("[0-9一二三四五六七八九十百千万两半]")


@dataclass(frozen=True, slots=True)
class LinearHandled:
    """`HandledClassifier`: weights of the signs (signs + 1, 3), the last row being the bias, and of the words (size, 3)
    of the response and of what the customer says next.
    """

    space: NgramSpace
    weights: Matrix
    response: Matrix
    following: Matrix

    def handled(self, need: str, response: str, following: str) -> Mapping[str, float]:
        """Probability of each outcome of `OUTCOMES`."""
        rows = self.space.rows([need, response, following])
        log_odds = np.append(signs(rows, response), 1.0) @ self.weights
        log_odds = log_odds + (rows[1] @ self.response)[0] + FOLLOWING_WEIGHT * (rows[2] @ self.following)[0]
        shares = np.exp(log_odds - log_odds.max())
        return dict(zip(OUTCOMES, (shares / shares.sum()).tolist(), strict=True))


def signs(rows: "csr_matrix[Any]", response: str) -> Matrix:
    """Words a need shares with the response and with what follows (its three rows), length, numbers, a question back,
    a put-off.
    """
    shared = (rows[1:] @ rows[0].T).toarray().ravel()
    return np.array(
        [
            shared[0],
            shared[1],
            np.log1p(len(response)) / 4,
            min(3, len(NUMBER.findall(response))) / 3,
            float(response.rstrip("。 ").endswith(("吗", "呢", "？", "?", "呀", "么"))),
            float(bool(DEFERS.search(response))),
            float(len(response) < 6),
        ]
    )
