import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from models.artifacts import DEFAULT, FILES, READING, STACK, UnusableArtifacts, digest, load
from models.stacked import StackedClassifier
from models.tasks import ALL_LABELS

NAME = json.loads((DEFAULT / "manifest.json").read_text("utf-8"))["name"]


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    folder = tmp_path / "release"
    shutil.copytree(DEFAULT, folder)
    return folder


def set_in_manifest(folder: Path, **values: object) -> None:
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    (folder / "manifest.json").write_text(json.dumps(manifest | values), "utf-8")


def without_arrays(path: Path, *names: str) -> None:
    with np.load(path) as stored:
        kept = {name: stored[name] for name in stored.files if name not in names}
    np.savez_compressed(path, **kept)


def test_the_shipped_release_loads_and_names_its_version() -> None:
    assert load().version == f"{NAME}-{digest(DEFAULT)}"


def test_the_shipped_release_reads_with_an_encoder() -> None:
    assert isinstance(load().turns, StackedClassifier)


def test_a_release_asked_to_be_fast_leaves_its_encoder_out_and_says_so() -> None:
    fast = load(fast=True)
    assert fast.version == f"{NAME}-{digest(DEFAULT)}-fast"
    assert not isinstance(fast.turns, StackedClassifier)


def test_a_release_without_an_encoder_is_the_same_when_asked_to_be_fast(copied: Path) -> None:
    set_in_manifest(copied, encoder=False)
    for name in READING:
        (copied / name).unlink()
    usual, fast = load(copied), load(copied, fast=True)
    assert usual.version == fast.version == f"{NAME}-{digest(copied)}"
    assert not isinstance(usual.turns, StackedClassifier)


def test_any_changed_byte_changes_the_version(copied: Path) -> None:
    before = digest(copied)
    set_in_manifest(copied, note="x")
    assert digest(copied) != before


@pytest.mark.parametrize("name", READING)
def test_any_changed_byte_of_the_encoder_changes_the_version(copied: Path, name: str) -> None:
    before = digest(copied)
    whole = bytearray((copied / name).read_bytes())
    whole[len(whole) // 2] ^= 1
    (copied / name).write_bytes(whole)
    assert digest(copied) != before


@pytest.mark.parametrize("name", [*FILES, *READING])
def test_a_missing_file_is_named(copied: Path, name: str) -> None:
    (copied / name).unlink()
    with pytest.raises(UnusableArtifacts, match=f"lacks {name}; "):
        load(copied)


@pytest.mark.parametrize("name", FILES)
def test_a_truncated_file_is_refused(copied: Path, name: str) -> None:
    whole = (copied / name).read_bytes()
    (copied / name).write_bytes(whole[: len(whole) // 2])
    with pytest.raises(UnusableArtifacts):
        load(copied)


@pytest.mark.parametrize("content", ["empty", "half", "another_file", "flipped"])
@pytest.mark.parametrize("name", READING)
def test_a_damaged_file_of_the_encoder_is_named_with_what_to_do(copied: Path, name: str, content: str) -> None:
    whole = (copied / name).read_bytes()
    damaged = {
        "empty": b"",
        "half": whole[: len(whole) // 2],
        "another_file": (copied / READING[READING.index(name) - 1]).read_bytes(),
        # Where each of the three formats keeps what it begins with.
        "flipped": bytes(byte ^ 0xFF for byte in whole[:64]) + whole[64:],
    }[content]
    (copied / name).write_bytes(damaged)
    with pytest.raises(UnusableArtifacts, match=f"{name} cannot be used: .*--fast"):
        load(copied)
    assert load(copied, fast=True).version.endswith("-fast")


def test_a_flipped_bit_in_packed_weights_is_named(copied: Path) -> None:
    whole = bytearray((copied / "matching.npz").read_bytes())
    whole[len(whole) // 2] ^= 1
    (copied / "matching.npz").write_bytes(whole)
    with pytest.raises(UnusableArtifacts, match=r"matching\.npz cannot be used: .*--fast"):
        load(copied)


@pytest.mark.parametrize("array", ["around_in.bias", "match", "needs.bias"])
def test_an_array_that_is_not_there_is_named_with_its_file(copied: Path, array: str) -> None:
    without_arrays(copied / "matching.npz", array)
    with pytest.raises(UnusableArtifacts, match=rf"matching\.npz lacks {array}"):
        load(copied)


def test_layers_of_another_encoder_are_refused(copied: Path) -> None:
    with np.load(copied / "matching.npz") as stored:
        arrays = {name: stored[name] for name in stored.files}
    arrays["around_in.weights"] = arrays["around_in.weights"][:, 3:]
    np.savez_compressed(copied / "matching.npz", **arrays)
    with pytest.raises(UnusableArtifacts, match="do not belong together"):
        load(copied)


def test_a_tokenizer_that_knows_more_than_the_encoder_is_refused(copied: Path) -> None:
    tokenizer = json.loads((copied / "tokenizer.json").read_text("utf-8"))
    vocabulary = tokenizer["model"]["vocab"]
    vocabulary |= {f"x{number}": len(vocabulary) + number for number in range(1000)}
    (copied / "tokenizer.json").write_text(json.dumps(tokenizer), "utf-8")
    with pytest.raises(UnusableArtifacts, match=r"encoder\.onnx cannot be used"):
        load(copied)


def test_a_release_of_another_format_is_refused(copied: Path) -> None:
    set_in_manifest(copied, format=99)
    with pytest.raises(UnusableArtifacts, match="format 99"):
        load(copied)


@pytest.mark.parametrize("manifest", ["[]", "3", "{}", '{"format": 4}'])
def test_a_manifest_that_is_none_is_refused(copied: Path, manifest: str) -> None:
    (copied / "manifest.json").write_text(manifest, "utf-8")
    with pytest.raises(UnusableArtifacts, match="cannot be used"):
        load(copied)


def test_layers_and_stacks_are_as_wide_as_the_tasks() -> None:
    turns = load().turns
    assert isinstance(turns, StackedClassifier)
    assert turns.matching.labels.bias.shape == (ALL_LABELS,)
    for task, stack in turns.tasks.items():
        assert {getattr(stack, name).shape for name in STACK} == {(len(turns.labels[task]),)}
