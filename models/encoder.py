"""Texts as vectors by a neural encoder, run by ONNX Runtime; no torch is needed to serve."""

from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]

# Short turns (好的, 在的, 收到) are a large share of traffic, and each turn is asked for by several models: 15 MB.
KEPT_AT_MOST = 20_000
LONGEST = 96


class TextEncoder(Protocol):
    """Anything that turns texts into vectors."""

    def vectors(self, texts: Sequence[str]) -> Vectors:
        """One vector a text (texts, width); the vector of a text does not depend on the others."""
        ...


class OnnxEncoder:
    """An encoder exported by `training.encoder.export`.

    Each text is run alone and unpadded: for a model this small a batch saves a quarter of the time, and its sums are
    rounded in another order than those of a text alone, so that a score would depend on its neighbours.
    """

    def __init__(self, model: Path, tokenizer: Path) -> None:
        import onnxruntime
        from tokenizers import Tokenizer

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        self._session = onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
        self._tokenizer: Any = Tokenizer.from_file(str(tokenizer))
        self._tokenizer.enable_truncation(LONGEST)
        self._kept: OrderedDict[str, Vectors] = OrderedDict()

    def vectors(self, texts: Sequence[str]) -> Vectors:
        """One vector a text (texts, width)."""
        return np.stack([self._vector(text) for text in texts])

    def _vector(self, text: str) -> Vectors:
        found = self._kept.get(text)
        if found is None:
            found = self._run(text)
            self._kept[text] = found
            if len(self._kept) > KEPT_AT_MOST:
                self._kept.popitem(last=False)
        return found

    def _run(self, text: str) -> Vectors:
        tokens = np.array([self._tokenizer.encode(text).ids], dtype=np.int64)
        vector: Vectors = self._session.run(None, {"tokens": tokens, "attention": np.ones_like(tokens)})[0][0]
        return vector
