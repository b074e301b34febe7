"""Texts as vectors by a neural encoder, run by ONNX Runtime; no torch is needed to serve."""

from collections import OrderedDict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]

# Short turns (好的, 在的, 收到) are a large share of traffic, and each turn is asked for by several models. At width
# 192 that is 15 MB of vectors, 25 with the texts and what Python adds, 60 if every text is as long as can be.
KEPT_AT_MOST = 20_000
# Tokens that the encoder sees, and characters that are looked at: so many hold as many tokens in any language.
LONGEST = 96
READ_AT_MOST = 8 * LONGEST


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

    def __init__(self, model: Path, tokenizer: Path, *, keep: int = KEPT_AT_MOST) -> None:
        import onnxruntime
        from tokenizers import Tokenizer

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        with _named(model):
            self._session: Any = onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
        with _named(tokenizer):
            self._tokenizer: Any = Tokenizer.from_file(str(tokenizer))
            self._tokenizer.enable_truncation(LONGEST)
        with _named(model):
            # Files that do not belong together fail here, not at the first conversation with a rare character.
            self.width = len(self._run([self._tokenizer.get_vocab_size() - 1]))
        self._keep = keep
        self._kept: OrderedDict[str, Vectors] = OrderedDict()

    def vectors(self, texts: Sequence[str]) -> Vectors:
        """One vector a text (texts, width); threads may ask at once."""
        if not texts:
            return np.zeros((0, self.width), dtype=np.float32)
        return np.stack([self._vector(text[:READ_AT_MOST]) for text in texts])

    def _vector(self, text: str) -> Vectors:
        found = self._kept.get(text)
        if found is None:
            # Half a pair of surrogates is no text to a tokenizer; the n-grams take it, so this does.
            found = self._run(self._tokenizer.encode(text.encode("utf-8", "replace").decode("utf-8")).ids)
            self._kept[text] = found
            if len(self._kept) > self._keep:
                self._kept.popitem(last=False)
        return found

    def _run(self, ids: Sequence[int]) -> Vectors:
        tokens = np.array([ids], dtype=np.int64)
        vector: Vectors = self._session.run(None, {"tokens": tokens, "attention": np.ones_like(tokens)})[0][0]
        return vector


@contextmanager
def _named(path: Path) -> Iterator[None]:
    """Name the file in whatever goes wrong: ONNX Runtime and tokenizers raise classes of no common kind."""
    try:
        yield
    except Exception as error:
        raise ValueError(f"{path.name} cannot be used: {error}") from error
