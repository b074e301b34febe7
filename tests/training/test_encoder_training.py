"""The making of an encoder, on a tiny one: pre-training, going on after a kill, tuning, export.

It needs the extra `train`; where torch is not installed the tests are skipped, before what needs it is imported.
"""
# ruff: noqa: E402

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="the extra `train` is not installed: pip install -e '.[train]'")

from models.act_matcher import BoostedActMatcher
from models.artifacts import Release, load, save
from models.encoder import LONGEST, OnnxEncoder
from models.linear import LinearClassifier
from models.protocols import TurnText
from models.stacked import StackedClassifier, StackedTask
from models.tasks import TASKS
from tests.training.invented import SPOKEN, write_corpus, write_datasets
from training.data import load as load_data
from training.encoder import pretrain, tune
from training.encoder.corpus import pack
from training.encoder.export import TorchTexts
from training.encoder.network import SIZES, Size
from training.encoder.readers import TunedReaders
from training.encoder.tune import read, thirds

ROOT = Path(__file__).parents[2]
TINY = Size(1, 16, 1)
# A process that pre-trains the tiny encoder, keeps it often and logs every step.
PROCESS = """
from training.encoder import pretrain
from training.encoder.network import SIZES, Size
SIZES["tiny"] = Size(1, 16, 1)
pretrain.HELD_OUT_BLOCKS, pretrain.KEEP_EVERY_S, pretrain.LOG_EVERY = 4, 0.5, 1
pretrain.main()
"""


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def datasets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_datasets(tmp_path_factory.mktemp("datasets"))


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_corpus(tmp_path_factory.mktemp("corpus") / "texts", repeats=200)


def pretraining(folder: Path, corpus: Path, datasets: Path, *, minutes: float) -> pretrain.Pretraining:
    run = pretrain.Run(folder, minutes, batch=4, device=torch.device("cpu"), seed=0)
    return pretrain.Pretraining(pack(corpus, datasets, folder / "packed", seed=0), run, "tiny")


@pytest.fixture
def tiny(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(SIZES, "tiny", TINY)
    monkeypatch.setattr(pretrain, "HELD_OUT_BLOCKS", 4)
    monkeypatch.setattr(pretrain, "LOG_EVERY", 5)


def logged(folder: Path) -> list[dict[str, float]]:
    lines = (folder / "log.jsonl").read_text("utf-8").splitlines() if (folder / "log.jsonl").exists() else []
    return [json.loads(line) for line in lines]


def test_a_corpus_is_packed_once_and_words_keep_their_characters(tmp_path: Path, corpus: Path, datasets: Path) -> None:
    packed = pack(corpus, datasets, tmp_path / "packed", seed=0)
    again = pack(tmp_path / "nowhere", tmp_path / "nowhere", tmp_path / "packed", seed=0)
    assert np.array_equal(packed.blocks, again.blocks) and packed.vocabulary == again.vocabulary
    assert set(packed.sources) == {"invented", "own"}
    known = {token: char for char, token in packed.vocabulary.items()}
    text = "".join(known[int(token) & (pretrain.WORD_START - 1)] for token in packed.blocks.ravel())
    assert SPOKEN[4] in text.replace("[SEP]", "")


@pytest.mark.usefixtures("tiny")
def test_the_loss_falls_and_the_encoder_is_kept(
    tmp_path: Path, corpus: Path, datasets: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A clock of its own: a busy machine takes as many steps as an idle one.
    ticks = iter(range(10**9))
    monkeypatch.setattr(pretrain.time, "monotonic", lambda: 0.05 * next(ticks))
    training = pretraining(tmp_path, corpus, datasets, minutes=1)
    training.train()
    training.save(pack(corpus, datasets, tmp_path / "packed", seed=0).vocabulary)
    first, *_, last = logged(tmp_path)
    assert last["held_out_loss"] < first["held_out_loss"] - 0.2
    vectors = TorchTexts(tune.load_pretrained(str(tmp_path / "encoder"))).vectors(["您好", "退费"])
    assert vectors.shape == (2, TINY.width) and not np.allclose(vectors[0], vectors[1])


@pytest.mark.usefixtures("tiny")
def test_a_pretraining_killed_between_checkpoints_goes_on_from_the_last(
    tmp_path: Path, corpus: Path, datasets: Path
) -> None:
    kept = killed_after_a_checkpoint(tmp_path, corpus, datasets)
    done = logged(tmp_path)
    assert done[-1]["step"] >= kept["step"] > 0
    # What was being written when the process died must not matter.
    (tmp_path / "checkpoint.pt.new").write_bytes(b"half a checkpoint")
    resumed = pretraining(tmp_path, corpus, datasets, minutes=kept["spent_s"] / 60 + 0.02)
    assert (resumed.step, resumed.spent_s) == (kept["step"], kept["spent_s"])
    assert all(torch.equal(value, kept["model"][name]) for name, value in resumed.model.state_dict().items())
    assert np.array_equal(next(resumed._batches()), batch_of_step(tmp_path, corpus, datasets, kept["step"]))
    resumed.train()
    resumed.keep()
    since = logged(tmp_path)[len(done) :]
    assert since[0]["step"] - kept["step"] <= 5 and since[-1]["step"] > since[0]["step"]
    assert pretraining(tmp_path, corpus, datasets, minutes=1).step == resumed.step > kept["step"]
    assert resumed.spent_s >= kept["spent_s"] + 1


def killed_after_a_checkpoint(folder: Path, corpus: Path, datasets: Path) -> dict[str, object]:
    """Pre-train in a process, kill it a few steps after its first checkpoint, and return the last it kept."""
    options = ["--corpus", corpus, "--datasets", datasets, "--out", folder, "--size", "tiny", "--batch", "4"]
    process = subprocess.Popen([sys.executable, "-c", PROCESS, *map(str, options)], cwd=ROOT, stderr=subprocess.DEVNULL)
    try:
        until = time.monotonic() + 120
        while not (folder / "checkpoint.pt").exists() and process.poll() is None and time.monotonic() < until:
            time.sleep(0.02)
        seen = len(logged(folder))
        while len(logged(folder)) < seen + 3 and process.poll() is None and time.monotonic() < until:
            time.sleep(0.02)
        assert process.poll() is None
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
    kept: dict[str, object] = torch.load(folder / "checkpoint.pt")
    return kept


def batch_of_step(folder: Path, corpus: Path, datasets: Path, step: int) -> object:
    """What a run that was never cut off reads at a step."""
    other = folder / "uninterrupted"
    other.mkdir()
    (other / "packed").symlink_to(folder / "packed")
    uninterrupted = pretraining(other, corpus, datasets, minutes=1)
    assert uninterrupted.step == 0
    uninterrupted.step = step
    return next(uninterrupted._batches())


@pytest.fixture(scope="module")
def tuned(tmp_path_factory: pytest.TempPathFactory, corpus: Path, datasets: Path) -> Path:
    """A folder filled by the command that tunes, from a tiny encoder that was pre-trained for a moment."""
    folder = tmp_path_factory.mktemp("tuned")
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(SIZES, "tiny", TINY)
        patch.setattr(pretrain, "HELD_OUT_BLOCKS", 4)
        training = pretraining(folder / "encoder", corpus, datasets, minutes=0.01)
        training.train()
        training.save(pack(corpus, datasets, folder / "encoder" / "packed", seed=0).vocabulary)
    tune_all(folder, datasets)
    return folder


def tune_all(folder: Path, datasets: Path) -> None:
    encoder = folder / "encoder" / "encoder"
    tune.main(["--encoder", str(encoder), "--datasets", str(datasets), "--out", str(folder / "out"), "--passes", "2"])


def test_every_part_is_tuned_and_a_run_cut_off_goes_on_with_what_is_missing(tuned: Path, datasets: Path) -> None:
    parts = sorted(path.name for path in (tuned / "out").iterdir() if path.is_dir())
    assert parts == ["all", "without-0", "without-1", "without-2"]
    kept = {part: (tuned / "out" / part / "heads.pt").stat().st_mtime_ns for part in parts}
    (tuned / "out" / "without-1" / "heads.pt").unlink()
    tune_all(tuned, datasets)
    again = {part: (tuned / "out" / part / "heads.pt").stat().st_mtime_ns for part in parts}
    assert [part for part in parts if again[part] != kept[part]] == ["without-1"]


def test_what_is_asked_about_an_sop_is_answered_by_an_encoder_that_never_saw_it(tuned: Path, datasets: Path) -> None:
    data = load_data(datasets)
    readers = TunedReaders(tuned / "out")
    for number, without in enumerate(thirds(data)):
        expected = read(tuned / "out" / f"without-{number}").weights.detach().double().numpy()
        assert np.array_equal(readers(without).weights, expected)
    later = readers({"an SOP that came later"}).weights
    assert np.array_equal(later, read(tuned / "out" / "without-0").weights.detach().double().numpy())
    assert np.array_equal(readers(set()).weights, read(tuned / "out" / "all").weights.detach().double().numpy())


@pytest.fixture(scope="module")
def release(tuned: Path, datasets: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The shipped models with the tiny encoder in the place of their own."""
    folder = tmp_path_factory.mktemp("release")
    readers = TunedReaders(tuned / "out")
    shipped, matching = load(fast=True), readers(set())
    acts, turns = shipped.acts, shipped.turns
    assert isinstance(acts, BoostedActMatcher) and isinstance(turns, LinearClassifier)
    stacks = {
        task.name: StackedTask(*(np.full(len(task.labels), weight) for weight in (0.5, 0.5, 0.0, 1.0, 0.0)))
        for task in TASKS
    }
    reading = replace(acts, space=replace(acts.space, matching=matching), _prepared={})
    readers.export(folder)
    save(folder, Release("tiny", acts, turns, shipped.handled, reading, StackedClassifier(turns, matching, stacks)))
    return folder


def test_the_exported_encoder_says_what_the_trained_one_says(release: Path, tuned: Path) -> None:
    texts = [*SPOKEN, "好", "ＡＢＣ　１２３", "这个字没见过𠮷", "长" * (LONGEST + 40)]
    trained = TorchTexts(read(tuned / "out" / "all").texts).vectors(texts)
    served = OnnxEncoder(release / "encoder.onnx", release / "tokenizer.json").vectors(texts)
    assert served.shape == trained.shape == (len(texts), TINY.width)
    # Weights are kept in half precision.
    assert np.abs(served - trained).max() < 0.01 * np.abs(trained).max()


def test_a_release_with_the_exported_encoder_judges_as_it_did_in_training(
    release: Path, tuned: Path, datasets: Path
) -> None:
    matching = TunedReaders(tuned / "out")(set())
    turns = load(release).turns
    assert isinstance(turns, StackedClassifier)
    spoken = [TurnText("customer" if number % 2 else "agent", text) for number, text in enumerate(SPOKEN)]
    assert turns.matching.turns(spoken) == pytest.approx(matching.turns(spoken), abs=0.02)
    for task in TASKS:
        trained = matching.label(task.name, SPOKEN, ["", *SPOKEN[:-1]])
        assert turns.matching.label(task.name, SPOKEN, ["", *SPOKEN[:-1]]) == pytest.approx(trained, abs=0.1)
    assert load(release, fast=True).version.endswith("-fast")
