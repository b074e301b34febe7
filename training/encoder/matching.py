"""What is learnt on top of the encoder: how near a turn, in its place in the conversation, is to an act's wording.

Shapes: N texts of a batch, W width, T turns, A acts, E examples.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from models.matching import SHARPNESS
from models.tasks import ALL_LABELS
from training.encoder.task_batches import TaskBatch

WIDTH = 192


@dataclass(frozen=True)
class Batch:
    """Texts to encode once, and how they stand to each other: indices into the texts.

    `turns` (T), `before` and `after` (T) what the other side said, MISSING where nothing; `descriptions` (A);
    `examples` (E) of the acts `owner` (E); `pairs` (P, 2) of turn and act that are asked about, `holds` (P).
    """

    texts: tuple[str, ...]
    turns: Tensor
    before: Tensor
    after: Tensor
    descriptions: Tensor
    examples: Tensor
    owner: Tensor
    pairs: Tensor
    holds: Tensor


class Matching(nn.Module):
    """Vectors of texts, a view of each turn with what stands around it, and of an act's description and examples."""

    def __init__(self, texts: nn.Module) -> None:
        super().__init__()
        width = texts.width
        self.texts = texts
        self.around = nn.Sequential(nn.Linear(3 * width, WIDTH), nn.GELU(), nn.Linear(WIDTH, width))
        self.turn, self.description, self.example = (nn.Linear(width, WIDTH) for _ in range(3))
        self.weights = nn.Parameter(torch.tensor([6.0, 6.0, -6.0]))
        self.labels = nn.Linear(width, ALL_LABELS)

    def forward(self, batch: Batch) -> Tensor:
        """Log-odds that the pairs of the batch hold (P)."""
        vectors = self.texts(batch.texts)
        turns = self.turns(vectors[batch.turns], _at(vectors, batch.before), _at(vectors, batch.after))
        described = turns @ unit(self.description(vectors[batch.descriptions])).T
        likened = turns @ unit(self.example(vectors[batch.examples])).T
        exemplified = best_example(likened, batch.owner, len(batch.descriptions))
        at = (batch.pairs[:, 0], batch.pairs[:, 1])
        return self.weights[0] * described[at] + self.weights[1] * exemplified[at] + self.weights[2]

    def turns(self, own: Tensor, before: Tensor, after: Tensor) -> Tensor:
        """Unit vectors of turns in their place (T, W)."""
        return unit(self.turn(self.placed(own, before, after)))

    def placed(self, own: Tensor, before: Tensor, after: Tensor) -> Tensor:
        """Vectors of turns with what stands around them (T, W)."""
        return own + self.around(torch.cat([own, before, after], dim=1))

    def label(self, batch: TaskBatch) -> Tensor:
        """Log-odds of the labels of all tasks (rows, labels)."""
        vectors = self.texts(batch.texts)
        own = vectors[batch.own]
        return self.labels(self.placed(own, _at(vectors, batch.before), torch.zeros_like(own)))


def unit(vectors: Tensor) -> Tensor:
    """Rows of unit length."""
    return nn.functional.normalize(vectors, dim=-1)


def best_example(likened: Tensor, owner: Tensor, acts: int) -> Tensor:
    """Soft maximum over the examples of each act: (T, E) -> (T, A); −1 for an act without any."""
    raised = torch.exp(likened / SHARPNESS)
    total = torch.zeros(len(likened), acts).index_add(1, owner, raised)
    count = torch.zeros(acts).index_add(0, owner, torch.ones(len(owner)))
    return torch.where(count > 0, SHARPNESS * torch.log(total.clamp_min(1e-12) / count.clamp_min(1)), -1.0)


def _at(vectors: Tensor, index: Tensor) -> Tensor:
    found = vectors[index.clamp_min(0)]
    return torch.where((index >= 0).unsqueeze(1), found, torch.zeros_like(found))
