"""The encoder of a release alone, to tell which wordings mean the same; None where there is none."""

from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path

from models.artifacts import DEFAULT
from models.encoder import OnnxEncoder, Vectors

Encode = Callable[[Sequence[str]], Vectors]


@cache
def open_encoder(models_dir: Path | None = None, *, fast: bool = False) -> Encode | None:
    """Load it once a process; `fast`, or a release without one: wordings are then compared by their characters."""
    folder = models_dir or DEFAULT
    model, tokenizer = folder / "encoder.onnx", folder / "tokenizer.json"
    if fast or not (model.is_file() and tokenizer.is_file()):
        return None
    return OnnxEncoder(model, tokenizer).vectors
