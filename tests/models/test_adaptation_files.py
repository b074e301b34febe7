import json
from pathlib import Path

import numpy as np
import pytest

from models.adaptation_files import FOLDER, copy_release, file_name, load_adapted, save_adaptation
from models.adapted import Adaptation, Correction, Part
from models.artifacts import DEFAULT, UnusableArtifacts, digest, load

JUDGE = load()
PART = Part("step", ("a", "b"), ("k1", "k2"), Correction(np.array([3, 7], np.int32), np.eye(2), np.array([0.5, 0.0])))


def adaptation(sop: str = "own", base: str = JUDGE.version) -> Adaptation:
    return Adaptation(sop, base, (PART,), scale=0.9, shift=0.1)


@pytest.fixture
def release(tmp_path: Path) -> Path:
    copy_release(DEFAULT, tmp_path / "release")
    return tmp_path / "release"


def test_an_adaptation_is_read_as_it_was_written(release: Path) -> None:
    save_adaptation(release, adaptation())
    read = load_adapted(release, JUDGE).judges["own"].adaptation
    assert (read.sop, read.base, read.scale, read.shift) == ("own", JUDGE.version, 0.9, 0.1)
    (part,) = read.parts
    assert (part.kind, part.ids, part.keys) == (PART.kind, PART.ids, PART.keys)
    assert np.array_equal(part.correction.weights, PART.correction.weights)
    assert np.array_equal(part.correction.columns, PART.correction.columns)


def test_the_same_adaptation_gives_the_same_bytes(release: Path) -> None:
    first = save_adaptation(release, adaptation()).read_bytes()
    assert save_adaptation(release, adaptation()).read_bytes() == first
    assert [path.name for path in (release / FOLDER).iterdir()] == [file_name("own")]


def test_the_general_version_stays_and_that_of_the_sop_names_its_adaptation(release: Path) -> None:
    before = digest(release)
    save_adaptation(release, adaptation())
    assert digest(release) == before
    version = load_adapted(release, JUDGE).judges["own"].judge.version
    assert version.startswith(f"{JUDGE.version}+")
    save_adaptation(release, Adaptation("own", JUDGE.version, (PART,), scale=1.1))
    assert load_adapted(release, JUDGE).judges["own"].judge.version != version


def test_several_sops_live_side_by_side(release: Path) -> None:
    for sop in ("own", "其他流程", "../own", "OWN"):
        save_adaptation(release, adaptation(sop))
    assert set(load_adapted(release, JUDGE).judges) == {"own", "其他流程", "../own", "OWN"}
    assert all(path.parent == release / FOLDER for path in release.rglob("*.npz") if path.name.count(".") == 2)


def test_one_of_another_release_does_not_count_and_is_told(release: Path) -> None:
    save_adaptation(release, adaptation(base="linear-000000000000"))
    found = load_adapted(release, JUDGE)
    assert (dict(found.judges), found.of_other_releases) == ({}, ("own",))


def test_the_whole_release_and_the_fast_one_are_adapted_side_by_side(release: Path) -> None:
    fast = load(fast=True)
    for base, scale in ((JUDGE.version, 0.9), (fast.version, 1.1)):
        save_adaptation(release, Adaptation("own", base, (PART,), scale=scale))
    for judge, scale in ((JUDGE, 0.9), (fast, 1.1)):
        found = load_adapted(release, judge)
        assert (found.judges["own"].adaptation.scale, found.of_other_releases) == (scale, ())


def test_an_adaptation_of_the_fast_release_alone_does_not_count_for_the_whole_one(release: Path) -> None:
    save_adaptation(release, adaptation(base=load(fast=True).version))
    found = load_adapted(release, JUDGE)
    assert (dict(found.judges), found.of_other_releases) == ({}, ("own",))


def test_a_release_without_adaptations_has_none(release: Path) -> None:
    assert not load_adapted(release, JUDGE).judges


def test_a_damaged_file_is_named(release: Path) -> None:
    path = save_adaptation(release, adaptation())
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(UnusableArtifacts, match="adapt again, or remove the file"):
        load_adapted(release, JUDGE)


@pytest.mark.parametrize(
    ("change", "reason"),
    [({"format": 9}, "format 9"), ({"parts": [{"kind": "step", "ids": ["a"], "keys": ["k"]}]}, "fit")],
)
def test_a_file_that_says_something_else_is_refused(release: Path, change: dict[str, object], reason: str) -> None:
    path = save_adaptation(release, adaptation())
    with np.load(path, allow_pickle=False) as stored:
        arrays = {key: stored[key] for key in stored.files}
    about = json.dumps(json.loads(str(arrays.pop("about"))) | change)
    np.savez_compressed(path, about=np.array(about), **arrays)
    with pytest.raises(UnusableArtifacts, match=reason):
        load_adapted(release, JUDGE)


def test_a_copied_release_is_the_same_release(release: Path) -> None:
    assert load(release).version == JUDGE.version
