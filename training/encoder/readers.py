"""Tuned encoders by what they have not seen, and the one that has seen everything, for a release."""

import json
from pathlib import Path

import torch

from models.matching import Matching
from training.encoder.export import export_onnx, served
from training.encoder.tune import ALL, TAUGHT, read


class TunedReaders:
    """Gives a matching that never saw the SOPs named, from a folder that `training.encoder.tune` filled.

    An SOP that came later was seen by none of them.
    """

    def __init__(self, folder: Path) -> None:
        torch.set_num_threads(1)
        taught: dict[str, list[str]] = json.loads((folder / TAUGHT).read_text("utf-8"))
        self._folder = folder
        self._taught = {part: frozenset(names) for part, names in taught.items()}
        self._known: dict[str, Matching] = {}

    def __call__(self, without: set[str]) -> Matching:
        """The matching that saw none of these SOPs; the one that saw all for an empty set."""
        unseen = [part for part, taught in self._taught.items() if part != ALL and not without & taught]
        return self._matching(unseen[0] if without else ALL)

    def export(self, target: Path) -> None:
        """Write the encoder that has seen everything, for serving."""
        target.mkdir(parents=True, exist_ok=True)
        texts = read(self._folder / "all").texts
        export_onnx(texts.encoder, texts.tokenizer, target)

    def _matching(self, part: str) -> Matching:
        if part not in self._known:
            self._known[part] = served(read(self._folder / part))
        return self._known[part]
