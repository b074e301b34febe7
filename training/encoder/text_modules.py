"""What turns texts into vectors while it is trained: a bag of character n-grams, and a transformer beside it."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from models.encoder import LONGEST
from models.ngrams import NgramSpace
from training.encoder.network import mean_pooled

NGRAM_WIDTH = 128


class NgramTexts(nn.Module):
    """A learnt projection of a text's TF-IDF row, (texts) -> (texts, width)."""

    def __init__(self, space: NgramSpace, width: int = NGRAM_WIDTH) -> None:
        super().__init__()
        self.space, self.width = space, width
        self.bag = nn.EmbeddingBag(space.size, width, mode="sum")
        nn.init.normal_(self.bag.weight, std=width**-0.5)

    def forward(self, texts: Sequence[str]) -> Tensor:
        """Vectors of texts."""
        rows = self.space.rows(texts)
        columns, starts = (
            torch.from_numpy(rows.indices.astype("int64")),
            torch.from_numpy(rows.indptr[:-1].astype("int64")),
        )
        found: Tensor = self.bag(columns, starts, per_sample_weights=torch.from_numpy(rows.data).float())
        return found


class EncoderTexts(nn.Module):
    """The mean of a transformer's last layer, (texts) -> (texts, width)."""

    def __init__(self, encoder: PreTrainedModel, tokenizer: PreTrainedTokenizerBase) -> None:
        super().__init__()
        self.encoder, self.tokenizer = encoder, tokenizer
        self.width = encoder.config.hidden_size

    def forward(self, texts: Sequence[str]) -> Tensor:
        """Vectors of texts."""
        found = self.tokenizer(list(texts), padding=True, truncation=True, max_length=LONGEST, return_tensors="pt")
        tokens, attention = found["input_ids"], found["attention_mask"]
        with torch.autocast("cpu", torch.bfloat16, enabled=self.training):
            return mean_pooled(self.encoder, tokens, attention).float()


class BesideTexts(nn.Module):
    """Two of them side by side."""

    def __init__(self, first: NgramTexts, second: EncoderTexts) -> None:
        super().__init__()
        self.first, self.second = first, second
        self.width = first.width + second.width

    def forward(self, texts: Sequence[str]) -> Tensor:
        """Vectors of texts."""
        return torch.cat([self.first(texts), self.second(texts)], dim=1)
