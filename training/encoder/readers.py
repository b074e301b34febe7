"""Tuned encoders by what they have not seen, and the one that has seen everything, for a release."""

from pathlib import Path

import torch

from models.matching import Matching
from training.data import Data
from training.encoder.export import export_onnx, served
from training.encoder.tune import read, thirds


class TunedReaders:
    """Gives a matching that never saw the SOPs named, from a folder that `training.encoder.tune` filled."""

    def __init__(self, folder: Path, data: Data) -> None:
        torch.set_num_threads(1)
        self._folder, self._thirds = folder, thirds(data)
        self._known: dict[str, Matching] = {}

    def __call__(self, without: set[str]) -> Matching:
        """The matching that saw all SOPs but at least these; all of them for an empty set."""
        folds = [number for number, part in enumerate(self._thirds) if without <= part]
        return self._matching(f"without-{folds[0]}" if without else "all")

    def export(self, target: Path) -> None:
        """Write the encoder that has seen everything, for serving."""
        target.mkdir(parents=True, exist_ok=True)
        texts = read(self._folder / "all").texts
        export_onnx(texts.encoder, texts.tokenizer, target)

    def _matching(self, part: str) -> Matching:
        if part not in self._known:
            self._known[part] = served(read(self._folder / part))
        return self._known[part]
