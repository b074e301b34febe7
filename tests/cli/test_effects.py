import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from qa_service.cli import app
from tests.effects.planted import World, draw
from tests.effects.planted_files import Written, write_world

WORLD = World(contacts=1200, agents=20, effects=(0.12, 0.0), lift=0.6, rollout="customer")


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Written:
    return write_world(draw(WORLD, 2), tmp_path_factory.mktemp("world"), 2)


def run(written: Written, out: Path, *options: str) -> tuple[int, str, list[dict[str, object]]]:
    files = [str(written.results), "--conversations", str(written.conversations)]
    told = CliRunner().invoke(app, ["effects", *files, "--out", str(out), *options])
    lines = out.read_text("utf-8").splitlines() if out.exists() else []
    return told.exit_code, told.stderr, [json.loads(line) for line in lines]


def test_customers_needed_are_told_before_the_answer(written: Written, tmp_path: Path) -> None:
    code, told, effects = run(written, tmp_path / "effects.jsonl")
    assert code == 0
    assert "converted is known of 1,200 customers" in " ".join(told.split())
    assert told.index("customers needed") < told.index("written to")
    assert {effect["grade"] for effect in effects} <= {"C", "D"}


def test_a_rollout_is_told_by_itself_and_grades_what_it_changed(written: Written, tmp_path: Path) -> None:
    code, told, effects = run(written, tmp_path / "effects.jsonl", "--rollout", str(written.rollout))
    assert code == 0
    assert "version 2 against 1 by assignment (randomised" in " ".join(told.split())
    assert next(effect for effect in effects if effect["target"] == {"kind": "step", "id": "step00"})["grade"] == "A"


def test_the_same_files_give_the_same_bytes(written: Written, tmp_path: Path) -> None:
    for name in ("one", "two"):
        run(written, tmp_path / name)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


def test_a_rollout_that_cannot_be_read_ends_the_command_with_nothing_written(written: Written, tmp_path: Path) -> None:
    broken = tmp_path / "rollout.json"
    broken.write_text('{"sop": "planted"}', "utf-8")
    code, told, effects = run(written, tmp_path / "effects.jsonl", "--rollout", str(broken))
    assert (code, effects) == (2, [])
    assert "from_version" in told
