"""`qa-service compare` as others call it: two releases and labelled conversations in, exit status out."""

import json
import subprocess
from pathlib import Path

import pytest

from models.artifacts import DEFAULT
from tests.cli.test_adapt import run
from tests.workflows.own_words import YAML, bodies, body, write


@pytest.fixture(scope="module")
def adapted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The shipped release, better at one SOP."""
    folder = tmp_path_factory.mktemp("adapted")
    source, sop = write(folder, bodies(20))
    assert run("adapt", source, "--sop", sop, "--out", folder / "models").returncode == 0
    return folder / "models"


@pytest.fixture
def asked(tmp_path: Path) -> tuple[Path, Path]:
    """Labelled conversations that no release has learnt from, and their SOP."""
    return write(tmp_path, [body(number, entered=number % 2 == 0) for number in range(30, 54)])


def compare(new: Path, present: Path, asked: tuple[Path, Path]) -> subprocess.CompletedProcess[str]:
    source, sop = asked
    return run("compare", new, source, "--sop", sop, "--models", present)


def test_a_better_release_passes(adapted: Path, asked: tuple[Path, Path]) -> None:
    ran = compare(adapted, DEFAULT, asked)
    assert ran.returncode == 0, ran.stderr
    assert "24 conversations" in ran.stdout and "step_log_loss" in ran.stdout


def test_a_worse_release_is_refused_and_told_why(adapted: Path, asked: tuple[Path, Path]) -> None:
    ran = compare(DEFAULT, adapted, asked)
    assert ran.returncode == 4
    assert "refused: the log loss of the steps is not lower by more than its interval" in ran.stderr
    assert "worse by more than the interval: step_log_loss" in ran.stderr


def test_the_same_release_is_not_better_than_itself(asked: tuple[Path, Path]) -> None:
    assert compare(DEFAULT, DEFAULT, asked).returncode == 4


def test_too_few_conversations_decide_nothing(adapted: Path, tmp_path: Path) -> None:
    ran = compare(adapted, DEFAULT, write(tmp_path, bodies(4)))
    assert ran.returncode == 4
    assert "4 labelled conversations held out; at least 5 are needed" in ran.stderr


def test_a_bad_line_is_told_once_though_there_are_two_sops(adapted: Path, asked: tuple[Path, Path]) -> None:
    source, sop = asked
    other = sop.with_name("other.yaml")
    other.write_text(YAML.replace("sop: own-words", "sop: other"), "utf-8")
    lines = [json.loads(line) | {"sop": "own-words"} for line in source.read_text("utf-8").splitlines()]
    written = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
    source.write_text(written + '{"id": 3\n', "utf-8")
    ran = run("compare", adapted, source, "--sop", sop, "--sop", other, "--models", DEFAULT)
    assert ran.returncode == 3, ran.stderr
    assert ran.stderr.count("labelled.jsonl") == 1 and "24 conversations" in ran.stdout
