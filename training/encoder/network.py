"""The network: a Hugging Face ModernBERT of small size, and what is put on it only while it is pre-trained.

ModernBERT (Warner et al. 2024) places tokens by rotation and normalises before each layer. On little text that decides:
after 1.6 M characters its loss on masked words was 4.7, where a BERT of the same size stood at 5.2 after 16 M.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from transformers import ModernBertConfig, ModernBertModel

from training.encoder.tokens import END, PAD, START

LONGEST = 256


@dataclass(frozen=True)
class Size:
    """Layers, width and heads; the gated inner layer is twice as wide."""

    layers: int
    width: int
    heads: int


SIZES = {"small": Size(4, 192, 3), "base": Size(12, 320, 5)}


def new_encoder(size: Size, vocabulary: int) -> ModernBertModel:
    """An untrained encoder in which every layer sees the whole text."""
    config = ModernBertConfig(
        vocab_size=vocabulary,
        hidden_size=size.width,
        num_hidden_layers=size.layers,
        num_attention_heads=size.heads,
        intermediate_size=2 * size.width,
        max_position_embeddings=LONGEST,
        global_attn_every_n_layers=1,
        pad_token_id=PAD,
        cls_token_id=START,
        bos_token_id=START,
        sep_token_id=END,
        eos_token_id=END,
    )
    return ModernBertModel._from_config(config, attn_implementation="sdpa")


class MaskedCharacters(nn.Module):
    """Guesses the masked characters; the output layer shares its weights with the input embeddings."""

    def __init__(self, encoder: ModernBertModel) -> None:
        super().__init__()
        width = encoder.config.hidden_size
        self.encoder = encoder
        self.transform = nn.Sequential(nn.Linear(width, width), nn.GELU(), nn.LayerNorm(width))
        self.bias = nn.Parameter(torch.zeros(encoder.config.vocab_size))

    def forward(self, tokens: Tensor, masked: Tensor) -> Tensor:
        """Logits of the masked places only (masked places, vocabulary)."""
        hidden = self.encoder(tokens).last_hidden_state[masked]
        return self.transform(hidden) @ self.encoder.get_input_embeddings().weight.T + self.bias


def mean_pooled(encoder: nn.Module, tokens: Tensor, attention: Tensor, *, chunk: int = 64) -> Tensor:
    """Mean of the last layer over the tokens that are not padding (texts, width), short texts with short ones."""
    lengths = attention.sum(1)
    order = torch.argsort(lengths)
    parts = [_pooled(encoder, tokens, attention, rows, int(lengths[rows].max())) for rows in order.split(chunk)]
    return torch.cat(parts)[torch.argsort(order)]


def _pooled(encoder: nn.Module, tokens: Tensor, attention: Tensor, rows: Tensor, longest: int) -> Tensor:
    shown = attention[rows, :longest]
    hidden = encoder(input_ids=tokens[rows, :longest], attention_mask=shown).last_hidden_state
    return mean_of_tokens(hidden, shown)


def mean_of_tokens(hidden: Tensor, attention: Tensor) -> Tensor:
    """Mean of a layer over the tokens that are not padding (texts, width)."""
    weights = attention.unsqueeze(-1).to(hidden.dtype)
    pooled: Tensor = (hidden * weights).sum(1) / weights.sum(1)
    return pooled
