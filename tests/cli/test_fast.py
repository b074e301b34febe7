"""`--fast` and QA_FAST: without the encoder of the models, wherever models are loaded."""

import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from models.artifacts import DEFAULT, READING, load
from qa_service.cli import app
from qa_service.config import Settings
from qa_service.domain.analysis_json import analysis_to_line
from qa_service.domain.conversation_json import conversation_from_json
from qa_service.errors import InvalidInput
from qa_service.rulebook import default_sops
from qa_service.workflows.analyze_conversations import load_analyzer
from qa_service.workflows.open_analyzer import open_analyzer
from tests.cli.test_analyze import SOPS, conversation, written
from tests.cli.test_mistakes import run_in

GOLD = "datasets/eval/eval.jsonl"
SOP = str(SOPS[0])
COMMANDS = {
    "analyze": ["analyze", GOLD, "--sop", SOP, "--out", "o.jsonl"],
    "evaluate": ["evaluate", GOLD, "--sop", SOP],
    "serve": ["serve", "--port", "1"],
    "work": ["work", "--once"],
}


def version_of(result: Path) -> str:
    return str(json.loads(result.read_text("utf-8").splitlines()[0])["versions"]["models"])


@pytest.mark.parametrize(
    ("setting", "option", "fast"),
    [
        ({}, [], False),
        ({}, ["--fast"], True),
        ({"QA_FAST": "true"}, [], True),
        ({"QA_FAST": "1"}, ["--no-fast"], False),
        ({"QA_FAST": "0"}, ["--fast"], True),
    ],
    ids=["neither", "option", "setting", "option_against_setting", "option_over_setting"],
)
def test_an_analysis_names_the_models_that_made_it(
    tmp_path: Path, setting: dict[str, str], option: list[str], fast: bool
) -> None:
    source = written(tmp_path / "in.jsonl", conversation(1))
    ran = run_in(tmp_path, "analyze", source, "--sop", SOP, "--out", "o.jsonl", *option, **setting)
    assert ran.returncode == 0
    assert version_of(tmp_path / "o.jsonl") == load(fast=fast).version
    assert version_of(tmp_path / "o.jsonl").endswith("-fast") == fast


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize(("option", "asked"), [([], None), (["--fast"], True), (["--no-fast"], False)])
def test_every_command_that_judges_hands_the_option_on(
    command: str, option: list[str], asked: bool | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def opened(settings: Settings, *given: object, fast: bool | None = None, **more: object) -> None:
        raise InvalidInput(f"asked: {fast}")

    monkeypatch.setattr("qa_service.workflows.open_analyzer.open_analyzer", opened)
    ran = CliRunner().invoke(app, [*COMMANDS[command], *option])
    assert ran.exit_code == 2
    assert f"asked: {asked}" in ran.output


@pytest.mark.parametrize(("option", "setting", "asked"), [([], "0", False), (["--fast"], "0", True), ([], "1", True)])
def test_models_are_adapted_without_the_encoder_they_will_judge_without(
    option: list[str], setting: str, asked: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    def opened(base: Path | None, out: Path, *, fast: bool = False) -> None:
        raise InvalidInput(f"asked: {fast}")

    monkeypatch.setenv("QA_FAST", setting)
    monkeypatch.setattr("qa_service.workflows.adapt_models.open_base", opened)
    ran = CliRunner().invoke(app, ["adapt", GOLD, "--sop", SOP, "--out", "o", *option])
    assert ran.exit_code == 2
    assert f"asked: {asked}" in ran.output


@pytest.mark.parametrize("setting", [False, True])
@pytest.mark.parametrize("asked", [None, False, True])
def test_what_a_command_does_not_say_the_settings_do(setting: bool, asked: bool | None) -> None:
    analyzer = open_analyzer(Settings(fast=setting), fast=asked)
    expected = setting if asked is None else asked
    assert analyzer.versions["models"] == load(fast=expected).version


def test_a_setting_that_is_no_yes_or_no_is_named(tmp_path: Path) -> None:
    ran = run_in(tmp_path, "work", "--once", QA_FAST="perhaps")
    assert ran.returncode == 2
    assert "QA_FAST: " in ran.stderr and "Traceback" not in ran.stderr


def test_a_worker_asked_to_be_fast_stores_fast_analyses(tmp_path: Path) -> None:
    source = written(tmp_path / "in.jsonl", conversation(1))
    assert run_in(tmp_path, "import", source).returncode == 0
    assert run_in(tmp_path, "work", "--once", "--fast").returncode == 0
    stored = tmp_path / "var" / "qa.db"
    assert load(fast=True).version.encode() in stored.read_bytes() + wal(stored)


def wal(database: Path) -> bytes:
    log = database.with_name(f"{database.name}-wal")
    return log.read_bytes() if log.exists() else b""


@pytest.mark.parametrize("name", READING)
def test_a_release_with_a_lost_encoder_says_what_to_do_and_doing_it_works(tmp_path: Path, name: str) -> None:
    models = tmp_path / "models"
    shutil.copytree(DEFAULT, models)
    (models / name).unlink()
    source = written(tmp_path / "in.jsonl", conversation(1))
    arguments = ("analyze", source, "--sop", SOP, "--models", models, "--out", tmp_path / "o.jsonl")
    ran = run_in(tmp_path, *arguments)
    assert ran.returncode == 2
    assert name in ran.stderr and "--fast" in ran.stderr and "Traceback" not in ran.stderr
    assert not (tmp_path / "o.jsonl").exists()
    assert run_in(tmp_path, *arguments, "--fast").returncode == 0
    assert version_of(tmp_path / "o.jsonl").endswith("-fast")


def test_two_threads_give_the_bytes_of_one_with_the_encoder_and_without() -> None:
    lines = (Path(__file__).parents[2] / "datasets/demo/conversations.jsonl").read_text("utf-8").splitlines()[:24]
    read = [conversation_from_json(json.loads(line)) for line in lines]
    pairs = [(one, default_sops()[number % 3]) for number, one in enumerate(read)]
    for fast in (False, True):
        one, two = (
            [analysis_to_line(found) for found in load_analyzer(fast=fast).analyze_many(pairs, threads=threads)]
            for threads in (1, 2)
        )
        assert one == two
