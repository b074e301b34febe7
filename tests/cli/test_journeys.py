"""`qa-service journeys`: from result files and their conversations, or from the service's database."""

import json
import os
import subprocess
import sys
from pathlib import Path

from qa_service.domain.analysis_json import analysis_to_line
from qa_service.domain.conversation_json import conversation_to_json
from qa_service.rulebook import parse_sop
from tests.analyze.journey.told import contact
from tests.api.conftest import TickingClock, conversation, make_service

COMMAND = Path(sys.executable).parent / "qa-service"
SOP = "sop: sale\nsteps: [{id: greeting, weight: 10}, {id: price, weight: 10, scope: journey}]\n"


def run(folder: Path, *arguments: object, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [COMMAND, "journeys", *map(str, arguments), "--out", folder / "journeys.jsonl"]
    env = {**os.environ, **environment}
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder, env=env)


def written(folder: Path) -> tuple[Path, Path, Path]:
    """Results, conversations and SOP of two contacts."""
    sop = folder / "sale.yaml"
    sop.write_text(SOP, "utf-8")
    made = parse_sop(SOP, "sale.yaml")
    contacts = [
        contact("c-1", "A 您好[greeting]\nC 嗯", made),
        contact("c-2", "A 您好[greeting]\nC 嗯\nA 三千[price]", made, day=2),
    ]
    results, source = folder / "result.jsonl", folder / "in.jsonl"
    results.write_text("".join(f"{analysis_to_line(one.analysis)}\n" for one in contacts if one.analysis), "utf-8")
    bodies = [json.dumps(conversation_to_json(one.conversation), ensure_ascii=False) for one in contacts]
    source.write_text("".join(f"{body}\n" for body in bodies), "utf-8")
    return results, source, sop


def lines(folder: Path) -> list[dict]:
    return [json.loads(line) for line in (folder / "journeys.jsonl").read_text("utf-8").splitlines()]


def test_files_are_joined_and_parted_by_orders(tmp_path: Path) -> None:
    results, source, sop = written(tmp_path)
    events = tmp_path / "events.csv"
    events.write_text("customer_id,event,at\nU1,paid,2026-10-02T00:00:00+08:00\n", "utf-8")
    ran = run(tmp_path, results, "--conversations", source, "--sop", sop)
    assert (ran.returncode, "1 journeys of 1 customers" in ran.stderr) == (0, True)
    (journey,) = lines(tmp_path)
    assert [(part["contacts"], part["score"]) for part in journey["parts"]] == [(["c-1", "c-2"], 100.0)]
    ran = run(tmp_path, results, "--conversations", source, "--sop", sop, "--outcomes", events, "--as-of", "2026-10-02")
    assert ran.returncode == 0
    assert [[one["conversation_id"] for one in journey["contacts"]] for journey in lines(tmp_path)] == [["c-1"]]


def test_an_sop_that_is_not_given_is_told_and_a_broken_line_is_status_3(tmp_path: Path) -> None:
    results, source, _ = written(tmp_path)
    ran = run(tmp_path, results, "--conversations", source)
    assert (ran.returncode, "sale version 1; give them with --sop" in ran.stderr) == (0, True)
    results.write_text("{broken\n" + results.read_text("utf-8"), "utf-8")
    assert run(tmp_path, results, "--conversations", source).returncode == 3
    assert run(tmp_path, results).returncode == 2


def test_without_results_the_database_is_read(tmp_path: Path, sqlite_url: str) -> None:
    service = make_service(sqlite_url, TickingClock())
    service.send(conversation("c-1", customer={"id": "U-1"}), conversation("c-2", customer={"id": "U-1"}))
    service.store.close()
    ran = run(tmp_path, QA_DATABASE_URL=sqlite_url)
    assert ran.returncode == 0, ran.stderr
    (journey,) = lines(tmp_path)
    assert [(part["sop"], part["contacts"]) for part in journey["parts"]] == [("trial-call", ["c-1", "c-2"])]
