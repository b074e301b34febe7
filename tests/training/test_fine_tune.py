"""The full fine-tune from end to end, with a tiny encoder of another kind than ours (a BERT).

It needs the extra `train`; where torch is not installed the tests are skipped, before what needs it is imported.
"""
# ruff: noqa: E402

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

torch = pytest.importorskip("torch", reason="the extra `train` is not installed: pip install -e '.[train]'")

from transformers import BertConfig, BertModel

from models.artifacts import digest, load
from tests.training.invented import SPOKEN, write_datasets
from tests.workflows.own_words import ENTERED, NOT_ENTERED, YAML, bodies
from training import fine_tune, train
from training.encoder.tokens import character_vocabulary, make_tokenizer


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def encoder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a hub would give: a BERT in Hugging Face's form."""
    folder = tmp_path_factory.mktemp("encoder")
    vocabulary = character_vocabulary([*SPOKEN, *ENTERED, *NOT_ENTERED] * 20)
    torch.manual_seed(0)
    sizes = {"hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 1, "num_attention_heads": 1}
    BertModel(BertConfig(vocab_size=len(vocabulary), max_position_embeddings=128, **sizes)).save_pretrained(folder)
    make_tokenizer(vocabulary, longest=128).save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def ours(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_datasets(tmp_path_factory.mktemp("ours"))


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Conversations of a company, laid out as `datasets/`."""
    folder = tmp_path_factory.mktemp("own")
    (folder / "conversations" / "sops").mkdir(parents=True)
    (folder / "conversations" / "sops" / "own.yaml").write_text(YAML, "utf-8")
    given = bodies(60)
    for body in given[::3]:
        body["gold"] = {"steps": body["gold"]["steps"]}
    lines = [json.dumps(body | {"sop": "own-words"}, ensure_ascii=False) + "\n" for body in given]
    (folder / "conversations" / "reviewed.jsonl").write_text("".join(lines), "utf-8")
    return folder


def fine_tuned(own: Path, ours: Path, out: Path, *options: object) -> int:
    given = [own, "--out", out, "--datasets", ours, "--passes", "2", *options]
    return fine_tune.main([str(part) for part in given])


def test_a_better_release_is_written_and_one_that_is_not_leaves_the_old_one(
    own: Path,
    ours: Path,
    encoder: Path,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    present, out = tmp_path / "present", tmp_path / "new"
    train.main(["--datasets", str(ours), "--out", str(present)])
    monkeypatch.setenv("QA_ENCODER", str(encoder))
    assert fine_tuned(own, ours, out, "--present", present) == 0
    told = capfd.readouterr()
    assert "60 conversations, 12 of them set aside" in told.err and "12 conversations; qa-" in told.out
    assert load(out).version.startswith("own-") and load(out, fast=True).version.endswith("-fast")
    before, tuned = digest(out), tmp_path / "new.work" / "tuned" / "all" / "heads.pt"
    learnt_at = tuned.stat().st_mtime_ns
    # What is tuned is not tuned again; the same release, left as it was trained, is not better than itself.
    monkeypatch.setattr(train, "main", lambda _: 0)
    assert fine_tuned(own, ours, tmp_path / "newer", "--present", out, "--work", tmp_path / "new.work") == 4
    assert "refused: the log loss of the steps is not lower" in capfd.readouterr().err
    assert tuned.stat().st_mtime_ns == learnt_at
    assert digest(out) == before and not (tmp_path / "newer").exists()


def test_what_cannot_be_used_ends_with_status_2_before_anything_is_tuned(
    own: Path, ours: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    few = tmp_path / "few"
    (few / "conversations" / "sops").mkdir(parents=True)
    (few / "conversations" / "sops" / "own.yaml").write_text(YAML, "utf-8")
    lines = (own / "conversations" / "reviewed.jsonl").read_text("utf-8").splitlines(keepends=True)
    (few / "conversations" / "reviewed.jsonl").write_text("".join(lines[:20]), "utf-8")
    for data, out, options, reason in (
        (few, "new", (), "20 conversations, 4 of them to judge by; at least 5 are needed"),
        (own, "new", ("--alone",), "conversations of 1 SOPs; --alone needs 3"),
        (own, ".", (), "is there already; name a new folder"),
        (tmp_path, "new", (), "holds no SOP"),
    ):
        assert fine_tuned(data, ours, tmp_path / out, *options) == 2
        assert reason in capfd.readouterr().err
    assert not (tmp_path / "new").exists() and not (tmp_path / "new.work").exists()


def test_work_begun_from_other_data_is_not_gone_on_with(
    own: Path, ours: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "new.work").mkdir()
    (tmp_path / "new.work" / "made_from").write_text("something else", "utf-8")
    assert fine_tuned(own, ours, tmp_path / "new") == 2
    assert "was begun from other data or options" in capfd.readouterr().err
