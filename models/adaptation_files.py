"""Adaptations beside the release they belong to, arrays and JSON, no pickle.

Under `adapted/` an SOP has a file for the whole release and another for the release without its encoder.
"""

import hashlib
import json
import os
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np

from models.adapted import Adaptation, AdaptedJudge, Correction, Part, adapted_judge, turn_space
from models.artifacts import FAST, UnusableArtifacts
from models.protocols import Judge

FOLDER = "adapted"
FORMAT = 1
MANIFEST = "manifest.json"


@dataclass(frozen=True, slots=True)
class Adapted:
    """The adapted models of a folder by SOP, and the SOPs whose adaptation was made for another release."""

    judges: Mapping[str, AdaptedJudge]
    of_other_releases: tuple[str, ...] = ()


NOTHING_ADAPTED = Adapted({})


def load_adapted(folder: Path, general: Judge) -> Adapted:
    """Read the adaptations beside a release; raises UnusableArtifacts for one that is damaged."""
    judges: dict[str, AdaptedJudge] = {}
    others = []
    for path in sorted((folder / FOLDER).glob("*.npz")):
        adaptation = _read(path)
        if adaptation.base != general.version:
            others.append(adaptation.sop)
            continue
        version = f"{general.version}+{hashlib.sha256(path.read_bytes()).hexdigest()[:12]}"
        judges[adaptation.sop] = adapted_judge(general, turn_space(general), adaptation, version=version)
    return Adapted(judges, tuple(sop for sop in dict.fromkeys(others) if sop not in judges))


def save_adaptation(folder: Path, adaptation: Adaptation) -> Path:
    """Write an adaptation beside its release, whole or not at all; the same adaptation gives the same bytes."""
    path = folder / FOLDER / file_name(adaptation.sop, fast=adaptation.base.endswith(FAST))
    path.parent.mkdir(exist_ok=True)
    arrays: dict[str, Any] = {}
    for part in adaptation.parts:
        arrays[f"{part.kind}.columns"] = part.correction.columns
        arrays |= {
            f"{part.kind}.{key}": getattr(part.correction, key).astype(np.float32) for key in ("weights", "bias")
        }
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        with partial.open("wb") as file:
            np.savez_compressed(file, about=np.array(json.dumps(_about(adaptation), ensure_ascii=False)), **arrays)
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
    return path


def copy_release(base: Path, out: Path) -> None:
    """Make `out` a release like `base`, adaptations included; `out` must not exist yet, or be empty."""
    partial = out.with_name(f".{out.name}.{os.getpid()}.partial")
    out.parent.mkdir(parents=True, exist_ok=True)
    try:
        shutil.copytree(base, partial)
        partial.replace(out)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def file_name(sop: str, *, fast: bool = False) -> str:
    """A file name for an SOP whatever characters its name has; `fast`: for the release without its encoder."""
    readable = re.sub(r"[^a-z0-9-]+", "_", sop.lower())[:40]
    return (
        f"{readable}.{hashlib.sha256(sop.encode('utf-8', 'surrogatepass')).hexdigest()[:8]}{FAST if fast else ''}.npz"
    )


def _about(adaptation: Adaptation) -> dict[str, Any]:
    parts = [{"kind": part.kind, "ids": part.ids, "keys": part.keys} for part in adaptation.parts]
    known = {key: getattr(adaptation, key) for key in ("sop", "base", "scale", "shift")}
    return {"format": FORMAT, **known, "parts": parts}


def _read(path: Path) -> Adaptation:
    try:
        with np.load(path, allow_pickle=False) as stored:
            about = json.loads(str(stored["about"]))
            if about["format"] != FORMAT:
                raise ValueError(f"it has format {about['format']}, this code reads format {FORMAT}")
            parts = tuple(_part(part, stored) for part in about["parts"])
        return Adaptation(about["sop"], about["base"], parts, float(about["scale"]), float(about["shift"]))
    except (KeyError, TypeError, OSError, ValueError, EOFError, BadZipFile) as error:
        raise UnusableArtifacts(f"{path} cannot be read: {error}; adapt again, or remove the file") from error


def _part(about: Mapping[str, Any], stored: Mapping[str, Any]) -> Part:
    kind = str(about["kind"])
    columns, weights, bias = (stored[f"{kind}.{name}"] for name in ("columns", "weights", "bias"))
    if weights.shape != (len(columns), len(about["ids"])) or len(about["keys"]) != len(about["ids"]):
        raise ValueError(f"{kind}: its arrays do not fit each other")
    correction = Correction(columns, weights.astype(np.float64), bias.astype(np.float64))
    return Part(kind, tuple(about["ids"]), tuple(about["keys"]), correction)
