"""The command that analyses a range of the service's database again, and tells who moved and why."""

import json
import time
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from qa_service.cli.shared import Fast, progress, steps, told
from qa_service.logs import configure_logs

if TYPE_CHECKING:
    from collections.abc import Callable

    from qa_service.domain.rescore import Rescore
    from qa_service.jobs import Worker
    from qa_service.store import Store

app = typer.Typer()
LINES = 20
# Another worker may hold the last batches; they are waited for.
PAUSE_S = 0.5


@app.command()
@told
def rescore(
    first: Annotated[datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="First day.")] = None,
    last: Annotated[datetime | None, typer.Option("--to", formats=["%Y-%m-%d"], help="Last day, included.")] = None,
    team: Annotated[str | None, typer.Option(help="Only this team.")] = None,
    agent: Annotated[str | None, typer.Option(help="Only this agent (id).")] = None,
    product: Annotated[str | None, typer.Option(help="Only this product.")] = None,
    sop: Annotated[str | None, typer.Option(help="Only what this SOP judged so far.")] = None,
    reason: Annotated[str, typer.Option(help="Why; it stands in the access log.")] = "",
    out: Annotated[Path | None, typer.Option(help="Also write report and entries here, as JSON.")] = None,
    fast: Fast = None,
) -> None:
    """Analyse stored conversations again, under the SOPs in force and these models; without options, all of them.

    Old analyses stay, people's decisions too; closed periods are left alone. Prints who moved and why.
    """
    from qa_service.config import Settings
    from qa_service.domain.rescore import RescoreRange
    from qa_service.jobs import Worker
    from qa_service.workflows.job_handlers import build_handlers
    from qa_service.workflows.open_analyzer import open_analyzer
    from qa_service.workflows.open_service import OPERATOR, open_intake, open_store
    from qa_service.workflows.rescore_conversations import begin_rescore

    configure_logs()
    settings = Settings()
    days = (first.date() if first else None, last.date() if last else None)
    wanted = RescoreRange(*days, team=team, agent=agent, product=product, sop=sop)
    analyzer, intake = open_analyzer(settings, fast=fast, following=True), open_intake(settings)
    with open_store(settings) as store:
        handlers = build_handlers(store, analyzer, intake=intake, out_dir=settings.exports_dir)
        begun = begin_rescore(store, OPERATOR, wanted, reason=reason)
        with progress("analysing again") as advance:
            done = _work_off(store, Worker(store, handlers), begun.id, steps(advance))
        for line in _lines(done):
            typer.echo(line)
        if out is not None:
            _write(store, done, out)


def _work_off(store: "Store", worker: "Worker", rescore_id: int, so_far: "Callable[[int], None]") -> "Rescore":
    from qa_service.domain.rescore import RescoreState
    from qa_service.errors import Conflict
    from qa_service.store import JobState

    while True:
        worked = worker.run_once()
        with store.reading() as work:
            found = work.rescores.get(rescore_id)
            dead = work.jobs.counts(f"rescore/{rescore_id}")[JobState.DEAD]
        so_far(found.counts.done)
        if found.state is RescoreState.DONE:
            return found
        if dead:
            raise Conflict(f"re-score {rescore_id} stopped: {dead} of its jobs failed again and again; see the log")
        if not worked:
            time.sleep(PAUSE_S)


def _lines(done: "Rescore") -> list[str]:
    report: Mapping[str, Any] = done.report or {}
    counts = done.counts
    left = {"in a closed period": counts.frozen, "failed": counts.failed, "deleted": counts.gone, "new": counts.first}
    rest = "".join(f", {number} {name}" for name, number in left.items() if number)
    lines = [
        f"re-score {done.id}: {counts.done} conversations; {counts.moved} moved,"
        f" {counts.refined} in confidence alone, {counts.unchanged} unchanged{rest}"
    ]
    if counts.contradicted:
        lines.append(f"{counts.contradicted} contradict a person's decision, which stands; they are in the queue again")
    if counts.not_reproduced:
        lines.append(f"{counts.not_reproduced} came out differently under the same versions: tell the operator")
    for name, key in (("cause", "causes"), ("team", "team"), ("agent", "agent_id")):
        rows = report.get(f"by_{name}", [])
        lines += [f"by {name}:", *(_moved(row, key) for row in rows[:LINES])] if rows else []
    checks = [row for row in report.get("by_check", []) if row["n"] > row["confidence"]]
    return lines + (["by check:", *map(_shifted, checks[:LINES])] if checks else [])


def _moved(row: Mapping[str, Any], key: str) -> str:
    named = row[key]
    name = "+".join(named) or "unknown" if isinstance(named, list) else named or "unknown"
    mean = row["mean_difference"]
    points = "no scores" if mean is None else f"mean {mean:+.2f} points, {row['up']} up, {row['down']} down"
    turned = f"{row['newly_passed']} newly passed, {row['newly_failed']} newly failed"
    return f"  {name}: {row['n']} changed; {points}; {turned}"


def _shifted(row: Mapping[str, Any]) -> str:
    names = ("appeared", "vanished", "status", "places", "confidence")
    shifts = ", ".join(f"{row[name]} {name}" for name in names if row[name])
    return f"  {row['kind']}{'/' if row['id'] else ''}{row['id']}: {shifts}"


def _write(store: "Store", done: "Rescore", out: Path) -> None:
    from qa_service.domain.rescore import range_to_json
    from qa_service.domain.rescored import rescored_to_json

    with store.reading() as work, out.open("w", encoding="utf-8") as file:
        head = {"id": done.id, "wanted": range_to_json(done.wanted), "report": done.report}
        file.write(json.dumps(head, ensure_ascii=False)[:-1] + ', "moved": [')
        for number, entry in enumerate(work.rescores.rescored(done.id)):
            file.write((",\n" if number else "\n") + json.dumps(rescored_to_json(entry), ensure_ascii=False))
        file.write("\n]}\n")
