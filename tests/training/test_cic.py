"""The public yardstick on a few invented lines in its format."""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.metrics import f1_score

from training.cic import Texts, classified, clustered, grouped, macro_f1, main, matched, parts, resamples

LINES = {
    "问发货": ["什么时候发货呀", "今天能发货吗", "发货了没有", "还没发货啊", "几号发货", "明天发货行吗"],
    "问尺码": ["多大尺码合适", "尺码偏小吗", "这个尺码标准吗", "尺码怎么选", "有大尺码没", "尺码准不准"],
    "要退款": ["我要退款", "怎么申请退款", "退款到哪了", "能不能退款", "退款多久到", "给我退款吧"],
}


def invented() -> Texts:
    rows = [(text, label) for label, texts in LINES.items() for text in texts]
    return Texts([text for text, _ in rows], np.array([label for _, label in rows]))


def write(folder: Path, *names: str) -> Path:
    rows = [json.dumps({"text": text, "label": label}) for label, texts in LINES.items() for text in texts]
    for name in names:
        (folder / f"cic_{name}.jsonl").write_text("\n".join(rows), "utf-8")
    return folder


def test_macro_f1_is_that_of_the_library_for_every_resample() -> None:
    gold, found = np.array(list("aabbcc")), np.array(list("aabcca"))
    weights = resamples(6)[:20]
    slow = [f1_score(gold.repeat(row), found.repeat(row), average="macro", zero_division=0) for row in weights]
    assert macro_f1(gold, found, weights) == pytest.approx(slow)


def test_groups_are_paired_off_with_labels_as_well_as_can_be() -> None:
    gold = np.array([0, 0, 1, 1, 2])
    assert matched(gold, np.array([2, 2, 0, 0, 1])) == 1.0
    assert matched(gold, np.array([0, 0, 0, 0, 1])) == 0.6


def test_texts_of_the_same_words_come_together() -> None:
    texts = invented()
    assert matched(np.unique(texts.labels, return_inverse=True)[1], grouped(texts.texts, 3)) > 0.7


def test_vectors_of_an_encoder_stand_beside_the_n_grams() -> None:
    alien = Texts(["qq", "ww", "ee", "rr"] * 3, np.array(["x", "x", "y", "y"] * 3))
    test = Texts(["tt", "yy"], np.array(["x", "y"]))

    def knowing(texts: Sequence[str]) -> NDArray[np.float64]:
        return np.array([[1.0, 0.0] if text in ("qq", "ww", "tt") else [0.0, 1.0] for text in texts])

    assert [one.value for one in classified(alien, test, beside=[knowing])] == [1.0, 1.0]
    assert max(one.value for one in classified(alien, test)) < 1.0
    assert next(clustered(alien, beside=[knowing])).value == 1.0


def test_a_rehearsal_never_opens_the_test_file(tmp_path: Path) -> None:
    train, held = parts(write(tmp_path, "train"), rehearse=True)
    assert (len(train.texts), len(held.texts)) == (15, 3)
    assert not set(train.texts) & set(held.texts)


def test_figures_are_printed_with_intervals_that_hold_them(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(write(tmp_path, "train", "dev", "test_public"))]) == 0
    told = capsys.readouterr().out.splitlines()
    assert told[0] == "36 texts to learn from, 18 to measure on"
    assert [line.split("  ")[0] for line in told[1:]] == [
        "macro-F1, LinearSVC",
        "macro-F1, logistic",
        "clustering ACC",
        "clustering NMI",
    ]
    for line in told[1:]:
        value, low, high = (float(part.strip("[],")) for part in line.split()[-3:])
        assert low <= value <= high


def test_a_folder_without_the_files_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main([str(tmp_path)])
    assert "cic_train.jsonl is missing" in capsys.readouterr().err
