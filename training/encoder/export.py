"""From torch to what is served: the encoder as ONNX with half-precision weights, the layers on top as arrays."""

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import Tensor, nn
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from models.encoder import Vectors
from models.matching import Layer
from models.matching import Matching as ServedMatching
from training.encoder.matching import Matching
from training.encoder.network import mean_of_tokens

# Weights smaller than this stay as they are.
LARGE = 1024


class TorchTexts:
    """`TextEncoder` in torch, for training: texts are encoded once, in batches."""

    def __init__(self, texts: nn.Module) -> None:
        self._texts = texts.eval()
        self._known: dict[str, Vectors] = {}

    def vectors(self, texts: Sequence[str]) -> Vectors:
        """One vector a text (texts, width)."""
        self.learn(texts)
        return np.stack([self._known[text] for text in texts])

    def learn(self, texts: Sequence[str]) -> None:
        """Encode texts not seen yet; many at once are several times faster."""
        new = sorted({text for text in texts if text not in self._known}, key=len)
        for start in range(0, len(new), 256):
            part = new[start : start + 256]
            with torch.no_grad():
                vectors = self._texts(part)
            self._known |= dict(zip(part, vectors.numpy(), strict=True))


def served(model: Matching) -> ServedMatching:
    """The matching as it is served, still with torch as its encoder."""
    parts = {name: value.detach().double().numpy() for name, value in model.state_dict().items()}
    return ServedMatching(
        encoder=TorchTexts(model.texts),
        around_in=_layer(parts, "around.0"),
        around_out=_layer(parts, "around.2"),
        turn=_layer(parts, "turn"),
        description=_layer(parts, "description"),
        example=_layer(parts, "example"),
        weights=parts["weights"],
        labels=_layer(parts, "labels"),
    )


def _layer(parts: Mapping[str, Any], name: str) -> Layer:
    return Layer(parts[f"{name}.weight"], parts[f"{name}.bias"])


class _Pooled(nn.Module):
    """What is exported: token ids to one vector a text."""

    def __init__(self, encoder: PreTrainedModel) -> None:
        super().__init__()
        self.encoder = encoder

    def forward(self, tokens: Tensor, attention: Tensor) -> Tensor:
        hidden = self.encoder(input_ids=tokens, attention_mask=attention).last_hidden_state
        return mean_of_tokens(hidden, attention)


def export_onnx(encoder: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, folder: Path) -> None:
    """Write `encoder.onnx` and `tokenizer.json`."""
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)
    tokens = torch.randint(5, 100, (2, 12))
    sizes = {0: "texts", 1: "length"}
    program = torch.onnx.export(
        _Pooled(encoder).eval(),
        (tokens, torch.ones_like(tokens)),
        dynamo=True,
        verbose=False,
        input_names=["tokens", "attention"],
        output_names=["vectors"],
        dynamic_shapes=(sizes, sizes),
        external_data=False,
    )
    assert program is not None
    onnx.save(half_precision_weights(program.model_proto), folder / "encoder.onnx")
    tokenizer.backend_tokenizer.save(str(folder / "tokenizer.json"))


def half_precision_weights(model: onnx.ModelProto) -> onnx.ModelProto:
    """Keep large weights as 16-bit numbers; they are widened when the model is loaded, and computed with as 32-bit."""
    graph = model.graph
    for weight in list(graph.initializer):
        if weight.data_type != TensorProto.FLOAT or np.prod(weight.dims) < LARGE:
            continue
        half = numpy_helper.from_array(numpy_helper.to_array(weight).astype(np.float16), f"{weight.name}.half")
        graph.node.insert(0, helper.make_node("Cast", [half.name], [weight.name], to=TensorProto.FLOAT))
        graph.initializer.remove(weight)
        graph.initializer.append(half)
    return model
