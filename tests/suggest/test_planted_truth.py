"""A short version of `python -m tests.validate.suggestions`: what is planted is found, and nothing else is claimed."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from qa_service.cli import app
from qa_service.rulebook import dump_sop, parse_sop
from tests.suggest.planted import BETTER, HABIT, HARM, World, sop, write
from tests.validate.suggestions import PLANTED, claims, run


def test_where_nothing_is_planted_nothing_is_claimed() -> None:
    for seed in (1, 2):
        assert claims(run(World(conversations=2500, skill=0.07), seed)) == {}


def test_what_is_planted_is_found_with_its_words_by_the_command(tmp_path: Path) -> None:
    inputs, results = write(PLANTED, 1, tmp_path)
    (tmp_path / "sop.yaml").write_text(dump_sop(sop().document), "utf-8")
    out = tmp_path / "suggestions.jsonl"
    given = [str(results), "--conversations", str(inputs), "--sop", str(tmp_path / "sop.yaml"), "--out", str(out)]
    told = CliRunner().invoke(app, ["suggest", *given])
    assert told.exit_code == 0, told.output
    found = {body["kind"]: body for body in map(json.loads, out.read_text("utf-8").splitlines())}
    claimed = {kind for kind in found if kind != "relax_step"}
    assert claimed == {"add_step", "add_red_line", "reword_step"}
    for kind, planted in (("add_step", HABIT), ("add_red_line", HARM), ("reword_step", BETTER)):
        quotes = [example["quote"] for example in found[kind]["evidence"]["examples"]]
        assert len(quotes) >= 2 and all(any(quote in text for text in planted) for quote in quotes)
        assert found[kind]["evidence"]["q_value"] <= 0.05
        assert found[kind]["rollout"]["each"] > 0
    _checked_by_the_rulebook(tmp_path, [body["patch"] for body in found.values()])
    step = parse_sop(found["add_step"]["patch"], "patch")
    assert len(step.steps) == len(sop().steps) + 1 and step.version == sop().version + 1


@pytest.mark.parametrize("missing", ["agent", "started_at", "tags", "customer"])
def test_conversations_that_lack_a_field_are_no_mistake(missing: str, tmp_path: Path) -> None:
    inputs, results = write(World(conversations=300), 1, tmp_path)
    bodies = [json.loads(line) for line in inputs.read_text("utf-8").splitlines()]
    lines = [json.dumps({key: value for key, value in body.items() if key != missing}) for body in bodies]
    inputs.write_text("\n".join(lines), "utf-8")
    (tmp_path / "sop.yaml").write_text(dump_sop(sop().document), "utf-8")
    out = tmp_path / "suggestions.jsonl"
    given = [str(results), "--conversations", str(inputs), "--sop", str(tmp_path / "sop.yaml"), "--out", str(out)]
    told = CliRunner().invoke(app, ["suggest", *given])
    assert told.exit_code == 0, told.output
    assert all(json.loads(line)["kind"] == "relax_step" for line in out.read_text("utf-8").splitlines())


def test_the_order_of_the_files_changes_nothing(tmp_path: Path) -> None:
    (tmp_path / "sop.yaml").write_text(dump_sop(sop().document), "utf-8")
    inputs, results = write(World(conversations=1500, habit=(0.6, 0.05), habit_effect=0.3), 3, tmp_path)
    outs = []
    for turned in (False, True):
        for path in (inputs, results):
            lines = path.read_text("utf-8").splitlines()
            path.write_text("\n".join(reversed(lines) if turned else lines), "utf-8")
        outs.append(tmp_path / f"{turned}.jsonl")
        given = [str(results), "--conversations", str(inputs), "--sop", str(tmp_path / "sop.yaml")]
        assert CliRunner().invoke(app, ["suggest", *given, "--out", str(outs[-1])]).exit_code == 0
    assert outs[0].read_bytes() == outs[1].read_bytes() and outs[0].read_bytes()


def _checked_by_the_rulebook(folder: Path, patches: list[str]) -> None:
    for number, patch in enumerate(patches):
        path = folder / f"patch-{number}.yaml"
        path.write_text(patch, "utf-8")
        told = CliRunner().invoke(app, ["rulebook", "check", str(path), "--no-models"])
        assert told.exit_code == 0, told.output
