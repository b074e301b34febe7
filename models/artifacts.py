"""Load and save a release of models: numpy arrays and JSON in one folder, no pickle."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np

from models.act_features import ActSpace
from models.act_matcher import BoostedActMatcher
from models.handled import LinearHandled
from models.linear import LinearClassifier, LinearTask
from models.ngrams import NgramSpace
from models.protocols import Judge, Matrix
from models.trees import Trees

DEFAULT = Path(__file__).parent / "artifacts" / "default"
FORMAT = 2
SPACE = ("acts", "meanings", "sayings")
FILES = ("ngrams.npz", "acts.npz", "turns.npz", "handled.npz", "manifest.json")


class UnusableArtifacts(ValueError):
    """A folder does not hold a complete release of this format."""


def load(folder: Path | None = None) -> Judge:
    """Load a release; its version is the name in the manifest and the digest of all files."""
    folder = folder or DEFAULT
    missing = [name for name in FILES if not (folder / name).is_file()]
    if missing:
        raise UnusableArtifacts(f"{folder} lacks {', '.join(missing)}; train one with `python -m training.train`")
    try:
        manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
        if manifest["format"] != FORMAT:
            raise UnusableArtifacts(f"{folder} has format {manifest['format']}; this code reads format {FORMAT}")
        ngrams = _read_ngrams(folder / "ngrams.npz")
        return Judge(
            version=f"{manifest['name']}-{digest(folder)}",
            acts=_read_acts(folder / "acts.npz", ngrams),
            turns=_read_turns(folder / "turns.npz", ngrams, manifest["labels"]),
            handled=LinearHandled(ngrams, _arrays(folder / "handled.npz")["weights"]),
        )
    except (KeyError, OSError, ValueError, BadZipFile) as error:
        raise UnusableArtifacts(f"{folder} cannot be read: {error}") from error


def save(folder: Path, name: str, acts: BoostedActMatcher, turns: LinearClassifier, handled: LinearHandled) -> None:
    """Write a release; large weights as whole numbers of −127 to 127 with a scale a column: a fifth of the size."""
    folder.mkdir(parents=True, exist_ok=True)
    space, trees = acts.space.ngrams, acts.trees
    _write(folder / "ngrams.npz", columns=space.columns, idf=space.idf)
    _write(
        folder / "acts.npz",
        **{name: array for key in SPACE for name, array in _packed(f"space.{key}", getattr(acts.space, key))},
        calibration=acts.calibration,
        **{key: getattr(trees, key) for key in ("feature", "threshold", "left", "right", "value")},
        scalars=np.array([trees.base, trees.depth]),
    )
    arrays: dict[str, Any] = {}
    for task, weights in turns.tasks.items():
        arrays |= {
            n: array for key in ("weights", "context") for n, array in _packed(f"{task}.{key}", getattr(weights, key))
        }
        arrays |= {f"{task}.{key}": getattr(weights, key) for key in ("bias", "scale", "shift")}
    _write(folder / "turns.npz", **arrays)
    _write(folder / "handled.npz", weights=handled.weights)
    manifest = {"format": FORMAT, "name": name, "labels": {task: list(labels) for task, labels in turns.labels.items()}}
    (folder / "manifest.json").write_text(json.dumps(manifest, ensure_ascii=False, indent=1) + "\n", "utf-8")


def digest(folder: Path) -> str:
    """Twelve hexadecimal digits that change with any byte of the release."""
    total = hashlib.sha256()
    for name in FILES:
        total.update((folder / name).read_bytes())
    return total.hexdigest()[:12]


def _write(path: Path, **arrays: Any) -> None:
    np.savez_compressed(path, **arrays)


def _arrays(path: Path) -> dict[str, Any]:
    with np.load(path, allow_pickle=False) as stored:
        return {key: stored[key] for key in stored.files}


def _read_ngrams(path: Path) -> NgramSpace:
    arrays = _arrays(path)
    return NgramSpace(arrays["columns"], arrays["idf"])


def _read_acts(path: Path, ngrams: NgramSpace) -> BoostedActMatcher:
    arrays = _arrays(path)
    base, depth = arrays["scalars"]
    trees = {key: arrays[key] for key in ("feature", "threshold", "left", "right", "value")}
    return BoostedActMatcher(
        space=ActSpace(ngrams, *(_unpacked(arrays, f"space.{key}") for key in SPACE)),
        trees=Trees(**trees, base=float(base), depth=int(depth)),
        calibration=arrays["calibration"],
    )


def _read_turns(path: Path, ngrams: NgramSpace, labels: dict[str, list[str]]) -> LinearClassifier:
    arrays = _arrays(path)
    return LinearClassifier(
        space=ngrams,
        labels={task: tuple(names) for task, names in labels.items()},
        tasks={task: _read_task(arrays, task) for task in labels},
    )


def _read_task(arrays: Mapping[str, Any], task: str) -> LinearTask:
    weights, context = (_unpacked(arrays, f"{task}.{key}") for key in ("weights", "context"))
    return LinearTask(weights, context, *(arrays[f"{task}.{key}"] for key in ("bias", "scale", "shift")))


def _packed(name: str, weights: Matrix) -> Iterator[tuple[str, Any]]:
    scale = np.maximum(np.abs(weights).max(axis=0), 1e-12) / 127
    yield name, np.rint(weights / scale).astype(np.int8)
    yield f"{name}.scale", scale


def _unpacked(arrays: Mapping[str, Any], name: str) -> Matrix:
    weights: Matrix = arrays[name] * arrays[f"{name}.scale"]
    return weights
