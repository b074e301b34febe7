"""What a person who types something wrong is told, and the exit status that a script sees."""

import gzip
import os
import socket
import subprocess
from pathlib import Path

import pytest

from tests.cli.test_analyze import COMMAND, SOPS, conversation, run, written


def run_in(folder: Path, *arguments: object, **settings: str) -> subprocess.CompletedProcess[str]:
    """The command in a folder of its own, so that its database lies there too."""
    env = os.environ | settings
    return subprocess.run(
        [COMMAND, *map(str, arguments)], capture_output=True, text=True, check=False, cwd=folder, env=env, timeout=60
    )


def analysed(folder: Path) -> tuple[Path, Path]:
    source, result = written(folder / "in.jsonl", conversation(1), conversation(2)), folder / "result.jsonl"
    assert run("analyze", source, "--sop", SOPS[0], "--out", result).returncode == 0
    return source, result


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"QA_PORT": "abc"}, "QA_PORT: Input should be a valid integer"),
        ({"QA_PORT": "99999"}, "QA_PORT: "),
        ({"QA_TIME_ZONE": "Mars"}, "QA_TIME_ZONE: no such time zone; write one like Asia/Shanghai"),
        ({"QA_TIME_ZONE": "../../etc"}, "QA_TIME_ZONE: "),
        ({"QA_MAX_BATCH": "0", "QA_KEEP_ORIGINALS": "perhaps"}, "QA_KEEP_ORIGINALS: "),
    ],
)
def test_a_setting_that_cannot_be_used_is_named(tmp_path: Path, settings: dict[str, str], told: str) -> None:
    ran = run_in(tmp_path, "work", "--once", **settings)
    assert ran.returncode == 2
    assert told in ran.stderr and "Traceback" not in ran.stderr


def test_a_port_that_is_taken_is_told_before_the_service_says_that_it_serves(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        ran = run_in(tmp_path, "serve", "--port", taken.getsockname()[1])
    assert ran.returncode == 2
    assert "--port" in ran.stderr and "serving" not in ran.stderr


@pytest.mark.parametrize("command", ["analyze", "import"])
def test_an_unknown_format_is_an_unusable_argument(tmp_path: Path, command: str) -> None:
    source = written(tmp_path / "in.jsonl", conversation(1))
    options = ("--sop", SOPS[0], "--out", tmp_path / "o.jsonl") if command == "analyze" else ()
    ran = run_in(tmp_path, command, source, *options, "--format", "zip")
    assert ran.returncode == 2
    assert "'zip'" in ran.stderr and "contract_jsonl" in ran.stderr
    assert not (tmp_path / "o.jsonl").exists()


def test_broken_lines_among_analyses_are_told_and_the_rest_is_reported(tmp_path: Path) -> None:
    source, result = analysed(tmp_path)
    with result.open("a", encoding="utf-8") as lines:
        lines.write("{not json\n")
    ran = run_in(tmp_path, "effects", result, "--conversations", source, "--out", tmp_path / "e.jsonl")
    assert ran.returncode == 3
    assert "result.jsonl:3: not valid JSON" in ran.stderr
    assert (tmp_path / "e.jsonl").exists()


def test_a_packed_result_that_was_cut_is_told(tmp_path: Path) -> None:
    source, result = analysed(tmp_path)
    cut = tmp_path / "cut.jsonl.gz"
    cut.write_bytes(gzip.compress(result.read_bytes())[:-20])
    ran = run_in(tmp_path, "needs", cut, "--conversations", source, "--out", tmp_path / "t.jsonl")
    assert ran.returncode == 2
    assert "cut.jsonl.gz" in ran.stderr and "Traceback" not in ran.stderr


def test_masking_outside_a_checkout_says_so(tmp_path: Path) -> None:
    ran = run_in(tmp_path, "masking")
    assert ran.returncode == 2
    assert "checkout" in ran.stderr


def test_an_import_says_what_becomes_of_the_analyses(tmp_path: Path) -> None:
    source = written(tmp_path / "in.jsonl", conversation(1))
    assert "queued" in run_in(tmp_path, "import", source).stderr
    assert "analysed" in run_in(tmp_path, "import", source, "--wait").stderr
