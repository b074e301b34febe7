"""`qa-service before-after`: a rollout from files in the contract's formats."""

import json
import os
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from qa_service.domain.analysis_json import analysis_to_line
from qa_service.domain.conversation import Outcome
from qa_service.domain.conversation_json import conversation_to_json
from tests.judged_cases import Case, judged

COMMAND = Path(sys.executable).parent / "qa-service"
FIRST, BEGIN = date(2026, 3, 2), date(2026, 6, 1)
DAYS = 150
ROLLOUT: dict[str, Any] = {
    "sop": "trial",
    "from_version": 2,
    "to_version": 3,
    "unit": "team",
    "mechanism": "chosen",
    "assigned": [{"unit_id": f"T{n}", "at": f"2026-06-{1 + 7 * n:02d}T00:00:00+08:00", "arm": "3"} for n in range(3)],
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Eight teams of three; three take the new version one week after the other and convert more."""
    folder, rng = tmp_path_factory.mktemp("rollout"), np.random.default_rng(2)
    results, bodies = [], []
    for agent in range(24):
        team, skill = agent % 8, rng.normal(0, 0.04)
        for day in range(0, DAYS, 2):
            at = FIRST + timedelta(days=day)
            new = team < 3 and at >= BEGIN + timedelta(weeks=team)
            case = Case(
                id=f"c{agent}-{day}",
                day=at,
                agent=f"A{agent}",
                team=f"T{team}",
                done=["greeting"] if rng.random() < 0.5 + 0.4 * new else [],
                owed=["greeting"],
                outcome=Outcome(converted=bool(rng.random() < 0.15 + skill + 0.3 * new)),
                tags={"lead_source": str(rng.integers(3)), "order_no": f"{agent}-{day}"},
            )
            pair = judged(case)
            results.append(analysis_to_line(pair.analysis))
            bodies.append(json.dumps(conversation_to_json(pair.conversation) | {"extra": 1}, ensure_ascii=False))
    (folder / "result.jsonl").write_text("".join(f"{line}\n" for line in results), "utf-8")
    (folder / "in.jsonl").write_text("".join(f"{line}\n" for line in bodies), "utf-8")
    (folder / "rollout.json").write_text(json.dumps(ROLLOUT), "utf-8")
    return folder


def run(folder: Path, *more: str, rollout: str = "rollout.json") -> subprocess.CompletedProcess[str]:
    command = [COMMAND, "before-after", "result.jsonl", "--conversations", "in.jsonl", "--rollout", rollout, *more]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder, env=dict(os.environ))


def lines(folder: Path, name: str = "before-after.jsonl") -> dict[str, dict[str, Any]]:
    found = [json.loads(line) for line in (folder / name).read_text("utf-8").splitlines()]
    return {one["figure"]: one for one in found}


def test_a_line_a_figure_with_its_n_interval_and_what_may_be_said(folder: Path) -> None:
    ran = run(folder)
    assert ran.returncode == 0, ran.stderr
    found = lines(folder)
    assert set(found) == {"converted", "complaint", "refund_request", "red_line", "score", "step/greeting"}
    sold = found["converted"]
    assert (sold["sop"], sold["from_version"], sold["to_version"], sold["since"]) == ("trial", 2, 3, "2026-06-01")
    assert (sold["verdict"], sold["grade"], sold["n_teams"]) == ("better", "C", {"changed": 3, "others": 5})
    assert sold["ci_low"] < 0.3 < sold["ci_high"]
    assert found["step/greeting"]["verdict"] == "better"
    assert found["score"]["verdict"] in ("no_difference", "cannot_tell")
    assert "converted: better (n=" in ran.stdout


def test_looked_at_twice_it_is_the_same_bytes_and_on_the_first_days_nothing_is_said(folder: Path) -> None:
    run(folder, "--out", "once.jsonl")
    run(folder, "--out", "twice.jsonl")
    assert (folder / "once.jsonl").read_bytes() == (folder / "twice.jsonl").read_bytes()
    run(folder, "--as-of", "2026-06-04", "--out", "early.jsonl")
    assert {one["verdict"] for one in lines(folder, "early.jsonl").values()} == {"cannot_tell"}


def test_a_declared_draw_by_lot_is_graded_as_one(folder: Path) -> None:
    named = [{"unit_id": f"T{n}", "at": None, "arm": "from"} for n in range(3, 8)]
    drawn = ROLLOUT | {"mechanism": "randomised", "assigned": [*ROLLOUT["assigned"], *named]}
    (folder / "drawn.json").write_text(json.dumps(drawn), "utf-8")
    assert run(folder, "--out", "drawn.jsonl", rollout="drawn.json").returncode == 0
    assert lines(folder, "drawn.jsonl")["converted"]["grade"] == "A"


@pytest.mark.parametrize(
    ("changes", "word"),
    [({"unit": "customer"}, "effects --rollout"), ({"unit": "planet"}, "unit"), ({"assigned": 3}, "not a rollout")],
    ids=["customers", "no unit", "no list"],
)
def test_a_rollout_that_tells_no_before_is_refused(changes: dict[str, Any], word: str, folder: Path) -> None:
    (folder / "wrong.json").write_text(json.dumps(ROLLOUT | changes), "utf-8")
    ran = run(folder, rollout="wrong.json")
    assert ran.returncode == 2
    assert word in ran.stderr


def test_without_a_rollout_or_a_version_it_says_what_to_give(folder: Path) -> None:
    command = [COMMAND, "before-after", "result.jsonl", "--conversations", "in.jsonl"]
    ran = subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder)
    assert (ran.returncode, "--rollout" in ran.stderr) == (2, True)
    bare = subprocess.run([COMMAND, "before-after"], capture_output=True, text=True, check=False, cwd=folder)
    assert (bare.returncode, "--version" in bare.stderr) == (2, True)
