import json
import shutil
from pathlib import Path

import pytest

from models.artifacts import DEFAULT, FILES, UnusableArtifacts, digest, load


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    folder = tmp_path / "release"
    shutil.copytree(DEFAULT, folder)
    return folder


def test_the_shipped_release_loads_and_names_its_version() -> None:
    assert load().version == f"linear-{digest(DEFAULT)}"


def test_any_changed_byte_changes_the_version(copied: Path) -> None:
    before = digest(copied)
    manifest = json.loads((copied / "manifest.json").read_text("utf-8"))
    (copied / "manifest.json").write_text(json.dumps(manifest | {"note": "x"}), "utf-8")
    assert digest(copied) != before


@pytest.mark.parametrize("name", FILES)
def test_a_missing_file_is_named(copied: Path, name: str) -> None:
    (copied / name).unlink()
    with pytest.raises(UnusableArtifacts, match=name):
        load(copied)


@pytest.mark.parametrize("name", FILES)
def test_a_truncated_file_is_refused(copied: Path, name: str) -> None:
    whole = (copied / name).read_bytes()
    (copied / name).write_bytes(whole[: len(whole) // 2])
    with pytest.raises(UnusableArtifacts):
        load(copied)


def test_a_release_of_another_format_is_refused(copied: Path) -> None:
    manifest = json.loads((copied / "manifest.json").read_text("utf-8"))
    (copied / "manifest.json").write_text(json.dumps(manifest | {"format": 99}), "utf-8")
    with pytest.raises(UnusableArtifacts, match="format 99"):
        load(copied)
