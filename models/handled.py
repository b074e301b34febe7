"""Was a question or an objection answered? A multinomial regression over a few plain signs."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from models.ngrams import NgramSpace
from models.protocols import Matrix

OUTCOMES = ("answered", "partly", "evaded")
DEFERS = re.compile("回头|到时|等会|待会|先不|再说|以后|不好说|不清楚|不方便|看情况|帮您问|反馈")
NUMBER = re.compile("[0-9一二三四五六七八九十百千万两半]")


@dataclass(frozen=True, slots=True)
class LinearHandled:
    """`HandledClassifier`: weights (signs + 1, 3), the last row being the bias."""

    space: NgramSpace
    weights: Matrix

    def handled(self, need: str, response: str, following: str) -> Mapping[str, float]:
        """Probability of each outcome of `OUTCOMES`."""
        log_odds = np.append(signs(self.space, need, response, following), 1.0) @ self.weights
        shares = np.exp(log_odds - log_odds.max())
        return dict(zip(OUTCOMES, (shares / shares.sum()).tolist(), strict=True))


def signs(space: NgramSpace, need: str, response: str, following: str) -> Matrix:
    """Shared words with the response and with what follows, length, numbers, a question back, a put-off."""
    rows = space.rows([need, response, following])
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
