"""How texts sound, beside how they are written."""

import dataclasses
import shutil
from pathlib import Path

import numpy as np
import pytest

from models.artifacts import DEFAULT, SOUNDS, UnusableArtifacts, digest, load
from models.linear import LinearClassifier, LinearTask
from models.ngrams import fit_space
from models.sounds import HEARD_WEIGHT
from training.heard import fit_heard, sound_table

TEXTS = ["我要退费", "我要退费", "老师在吗", "老师在吗", "飞"]


def test_a_character_mistaken_for_its_homophone_sounds_the_same() -> None:
    space = fit_heard(TEXTS, fit_space(TEXTS), at_least=2)
    right, wrong = (row.toarray()[0] for row in space.rows(["我要退费", "我要退飞"]))
    written = space.written.size
    assert not np.array_equal(right[:written], wrong[:written])
    assert right[written:].tobytes() == wrong[written:].tobytes()
    assert np.linalg.norm(right[written:]) == pytest.approx(HEARD_WEIGHT)


def test_a_row_does_not_depend_on_its_neighbours() -> None:
    space = fit_heard(TEXTS, fit_space(TEXTS), at_least=1)
    alone = space.rows(["老师在吗"]).toarray()
    among = space.rows(["", "老师在吗", "我要退费"]).toarray()[1:2]
    assert alone.shape == (1, space.size)
    assert alone.tobytes() == among.tobytes()


def test_the_commonest_character_stands_for_its_sound() -> None:
    table = sound_table(["是", "是", "事", "四"])
    assert {chr(table[ord(char)]) for char in "是事"} == {"是"}


def test_a_release_whose_sounds_are_missing_is_refused(tmp_path: Path) -> None:
    if not (DEFAULT / SOUNDS).is_file():
        pytest.skip("the shipped release knows no sounds")
    folder = tmp_path / "release"
    shutil.copytree(DEFAULT, folder)
    before = digest(folder)
    (folder / SOUNDS).unlink()
    assert digest(folder) != before
    with pytest.raises(UnusableArtifacts, match="belong together"):
        load(folder)


def test_a_linear_model_over_sounds_understands_homophones() -> None:
    space = fit_heard(TEXTS, fit_space(TEXTS), at_least=2)
    weights = space.rows(["我要退费"]).toarray().T
    task = LinearTask(weights, np.zeros_like(weights), np.zeros(1), np.ones(1), np.zeros(1))
    heard = LinearClassifier(space, {"refund": ("detected",)}, {"refund": task})
    deaf = dataclasses.replace(
        heard,
        space=space.written,
        tasks={
            "refund": dataclasses.replace(
                task, weights=weights[: space.written.size], context=weights[: space.written.size]
            )
        },
    )
    said = (["我要腿飞"], [""])
    assert heard.classify("refund", *said)[0, 0] > deaf.classify("refund", *said)[0, 0]
