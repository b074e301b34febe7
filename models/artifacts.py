"""Load and save a release of models: numpy arrays and JSON in one folder, no pickle."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from models.act_features import ActSpace
from models.act_matcher import BoostedActMatcher
from models.alignment import Alignment
from models.encoder import OnnxEncoder
from models.handled import LinearHandled
from models.linear import LinearClassifier, LinearTask, TextSpace
from models.matching import LAYERS, Layer, Matching
from models.ngrams import NgramSpace
from models.protocols import ActMatcher, Judge, Matrix, TurnClassifier
from models.sounds import HeardSpace
from models.stacked import StackedClassifier, StackedTask
from models.sureness import PLAIN, Sureness
from models.trees import Trees

DEFAULT = Path(__file__).parent / "artifacts" / "default"
FORMAT = 4
SPACE = ("acts", "meanings", "sayings", "doing")
FILES = ("ngrams.npz", "acts.npz", "turns.npz", "handled.npz", "manifest.json")
# A release with an encoder has these as well, and judges without them when asked to be fast.
READING = ("encoder.onnx", "tokenizer.json", "matching.npz")
# How texts sound; releases before it know only how they are written.
SOUNDS = "sounds.npz"
# What the version of a release ends in when its encoder was left out.
FAST = "-fast"
TREES = ("feature", "threshold", "left", "right", "value")
STACK = ("linear", "read", "bias", "scale", "shift")
TRAIN = "train one with `python -m training.train`"
FETCH = "fetch the release again, or judge without its encoder (--fast, QA_FAST)"


class UnusableArtifacts(ValueError):
    """A folder does not hold a complete release of this format."""


@dataclass(frozen=True)
class Release:
    """All models of a release as they come from training; `reading_*` are those that ask the encoder."""

    name: str
    acts: BoostedActMatcher
    turns: LinearClassifier
    handled: LinearHandled
    reading_acts: BoostedActMatcher | None = None
    reading_turns: StackedClassifier | None = None
    sureness: Sureness = PLAIN
    reading_sureness: Sureness = PLAIN


def load(folder: Path | None = None, *, fast: bool = False) -> Judge:
    """Load a release; `fast` leaves its encoder out.

    The version is the name in the manifest and the digest of all files, with `FAST` where an encoder was left out.
    """
    folder = folder or DEFAULT
    _require(folder, FILES, TRAIN)
    try:
        manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
        if manifest["format"] != FORMAT:
            raise UnusableArtifacts(f"{folder} has format {manifest['format']}; this code reads format {FORMAT}")
        return _judge(folder, manifest, fast=fast)
    except UnusableArtifacts:
        raise
    except (KeyError, TypeError, OSError, ValueError) as error:
        raise UnusableArtifacts(f"{folder} cannot be used: {error}; fetch the release again, or {TRAIN}") from error


def _require(folder: Path, names: Sequence[str], advice: str) -> None:
    missing = [name for name in names if not (folder / name).is_file()]
    if missing:
        raise UnusableArtifacts(f"{folder} lacks {', '.join(missing)}; {advice}")


def _judge(folder: Path, manifest: Mapping[str, Any], *, fast: bool) -> Judge:
    ngrams = NgramSpace(**_Arrays(folder / "ngrams.npz"))
    matching = _read_matching(folder) if manifest["encoder"] and not fast else None
    heard = folder / SOUNDS
    linear = _read_turns(
        folder / "turns.npz", _read_heard(heard, ngrams) if heard.is_file() else ngrams, manifest["labels"]
    )
    turns: TurnClassifier = linear if matching is None else _read_stack(folder / "matching.npz", linear, matching)
    return Judge(
        version=f"{manifest['name']}-{digest(folder)}{FAST if fast and manifest['encoder'] else ''}",
        acts=_read_acts(folder / "acts.npz", ngrams, matching),
        turns=turns,
        handled=_read_handled(folder / "handled.npz", ngrams),
        sureness=Sureness(manifest.get("sureness", {}).get("fast" if matching is None else "reading", {})),
    )


def save(folder: Path, release: Release) -> None:
    """Write a release; large weights as whole numbers of −127 to 127 with a scale a column: a fifth of the size.

    The encoder itself is written by who trains it (`encoder.onnx`, `tokenizer.json`).
    """
    folder.mkdir(parents=True, exist_ok=True)
    space = release.acts.space
    _write(folder / "ngrams.npz", columns=space.ngrams.columns, idf=space.ngrams.idf)
    _save_sounds(folder / SOUNDS, release.turns.space)
    arrays = dict(item for key in SPACE for item in _packed(f"space.{key}", getattr(space, key)))
    arrays |= _grown("fast", release.acts)
    if release.reading_acts:
        arrays |= _grown("reading", release.reading_acts)
    _write(folder / "acts.npz", **arrays)
    _write(folder / "turns.npz", **_task_arrays(release.turns))
    handled = [item for key in ("response", "following") for item in _packed(key, getattr(release.handled, key))]
    _write(folder / "handled.npz", weights=release.handled.weights, **dict(handled))
    if release.reading_acts and release.reading_acts.space.matching and release.reading_turns:
        _write(
            folder / "matching.npz",
            **_layer_arrays(release.reading_acts.space.matching),
            **{f"{t}.{key}": getattr(w, key) for t, w in release.reading_turns.tasks.items() for key in STACK},
        )
    labels = {task: list(names) for task, names in release.turns.labels.items()}
    manifest = {"format": FORMAT, "name": release.name, "encoder": release.reading_acts is not None, "labels": labels}
    manifest["sureness"] = {"fast": release.sureness.weights, "reading": release.reading_sureness.weights}
    (folder / "manifest.json").write_text(json.dumps(manifest, ensure_ascii=False, indent=1) + "\n", "utf-8")


def _grown(name: str, acts: BoostedActMatcher) -> dict[str, Any]:
    arrays = {f"{name}.{key}": getattr(acts.trees, key) for key in TREES}
    return arrays | {
        f"{name}.scalars": np.array([acts.trees.base, acts.trees.depth]),
        f"{name}.calibration": acts.calibration,
        f"{name}.course": acts.alignment.course,
        f"{name}.aligned": acts.alignment.weights,
    }


def _task_arrays(turns: LinearClassifier) -> dict[str, Any]:
    arrays: dict[str, Any] = {}
    for task, weights in turns.tasks.items():
        arrays |= {
            n: array for key in ("weights", "context") for n, array in _packed(f"{task}.{key}", getattr(weights, key))
        }
        arrays |= {f"{task}.{key}": getattr(weights, key) for key in ("bias", "scale", "shift")}
    return arrays


def _save_sounds(path: Path, space: TextSpace) -> None:
    """Where a release knows no sounds, those of an earlier one in its folder are none of its."""
    path.unlink(missing_ok=True)
    if isinstance(space, HeardSpace):
        characters = np.array(sorted(space.sounds.items()), dtype=np.uint32).reshape(-1, 2)
        _write(path, columns=space.heard.columns, idf=space.heard.idf, sounds=characters)


def _read_heard(path: Path, written: NgramSpace) -> HeardSpace:
    arrays = _Arrays(path)
    sounds = {int(char): int(same) for char, same in arrays["sounds"]}
    return HeardSpace(written, NgramSpace(arrays["columns"], arrays["idf"]), sounds)


def _layer_arrays(matching: Matching) -> dict[str, Any]:
    arrays = {f"{name}.weights": getattr(matching, name).weights.astype(np.float32) for name in LAYERS}
    arrays |= {f"{name}.bias": getattr(matching, name).bias for name in LAYERS}
    return arrays | {"match": matching.weights}


def digest(folder: Path) -> str:
    """Twelve hexadecimal digits that change with any byte of the release."""
    total = hashlib.sha256()
    for name in (*FILES, SOUNDS, *READING):
        if name in FILES or (folder / name).is_file():
            total.update((folder / name).read_bytes())
    return total.hexdigest()[:12]


def _write(path: Path, **arrays: Any) -> None:
    np.savez_compressed(path, **arrays)


class _Arrays(dict[str, Any]):
    """The arrays of a file, which is named when one is not there."""

    def __init__(self, path: Path) -> None:
        self.name = path.name
        try:
            with np.load(path, allow_pickle=False) as stored:
                super().__init__({key: stored[key] for key in stored.files})
        except Exception as error:
            # Damage raises whatever zip, zlib or numpy stumble over: classes of no common kind.
            raise ValueError(f"{self.name} cannot be used: {error}") from error

    def __missing__(self, key: str) -> Any:
        raise ValueError(f"{self.name} lacks {key}")


def _read_acts(path: Path, ngrams: NgramSpace, matching: Matching | None) -> ActMatcher:
    arrays = _Arrays(path)
    name = "fast" if matching is None else "reading"
    base, depth = arrays[f"{name}.scalars"]
    trees = {key: arrays[f"{name}.{key}"] for key in TREES}
    return BoostedActMatcher(
        space=ActSpace(ngrams, matching=matching, **{key: _unpacked(arrays, f"space.{key}") for key in SPACE}),
        trees=Trees(**trees, base=float(base), depth=int(depth)),
        alignment=Alignment(arrays[f"{name}.course"], arrays[f"{name}.aligned"]),
        calibration=arrays[f"{name}.calibration"],
    )


def _read_matching(folder: Path) -> Matching:
    _require(folder, READING, FETCH)
    try:
        arrays = _Arrays(folder / "matching.npz")
        layers = {
            name: Layer(arrays[f"{name}.weights"].astype(np.float64), arrays[f"{name}.bias"].astype(np.float64))
            for name in LAYERS
        }
        encoder = OnnxEncoder(folder / "encoder.onnx", folder / "tokenizer.json")
        if 3 * encoder.width != layers["around_in"].weights.shape[1]:
            raise ValueError("encoder.onnx and matching.npz do not belong together")
        return Matching(encoder=encoder, weights=arrays["match"], **layers)
    except ValueError as error:
        raise UnusableArtifacts(f"{folder} cannot be used: {error}; {FETCH}") from error


def _read_stack(path: Path, linear: LinearClassifier, matching: Matching) -> StackedClassifier:
    arrays = _Arrays(path)
    known = [task for task in linear.labels if f"{task}.read" in arrays]
    tasks = {task: StackedTask(*(arrays[f"{task}.{key}"] for key in STACK)) for task in known}
    return StackedClassifier(linear, matching, tasks)


def _read_handled(path: Path, ngrams: NgramSpace) -> LinearHandled:
    arrays = _Arrays(path)
    return LinearHandled(ngrams, arrays["weights"], *(_unpacked(arrays, key) for key in ("response", "following")))


def _read_turns(path: Path, space: TextSpace, labels: dict[str, list[str]]) -> LinearClassifier:
    arrays = _Arrays(path)
    tasks = {task: _read_task(arrays, task) for task in labels}
    if any(len(task.weights) != space.size for task in tasks.values()):
        raise ValueError(f"{path.name} and the n-grams ({FILES[0]}, {SOUNDS}) do not belong together")
    return LinearClassifier(space=space, labels={task: tuple(names) for task, names in labels.items()}, tasks=tasks)


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
