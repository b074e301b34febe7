"""Commands about change: what a version of an SOP changed, from files or from the service's database."""

import json
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from qa_service.cli.insight import AsOf, Conversations, Outcomes, Results, SopFiles, judged_from
from qa_service.cli.shared import Out, errors, require_file, told
from qa_service.config import Settings
from qa_service.errors import InvalidInput

if TYPE_CHECKING:
    from qa_service.domain.before_after import Measurement

app = typer.Typer()

SAID = {
    "better": "better",
    "worse": "worse",
    "no_difference": "no difference that matters",
    "cannot_tell": "cannot be told yet",
}


@app.command("before-after")
@told
def before_after(
    results: Results = None,
    conversations: Conversations = None,
    sop: SopFiles = None,
    outcomes: Outcomes = None,
    rollout: Annotated[Path | None, typer.Option(help="Which teams or agents got it, and when (json).")] = None,
    version: Annotated[str | None, typer.Option(help="With the database: the version, as trial-call@2.")] = None,
    as_of: AsOf = None,
    out: Out = Path("before-after.jsonl"),
) -> None:
    """What a version of an SOP changed, beside those who did not have it: one line a figure, safe to look at daily."""
    from qa_service.workflows.compute_effects import read_rollouts
    from qa_service.workflows.measure_version import measure_rollout, write_measurement

    day = as_of.date() if as_of else None
    if not results:
        _from_database(version, day, out)
        return
    if rollout is None:
        raise InvalidInput("name the file that says which teams or agents got the version, and when, with --rollout")
    zone = Settings().zone
    with judged_from(results, conversations) as source:
        declared = read_rollouts(require_file(rollout), zone)
        if len(declared) != 1:
            raise InvalidInput(f"{rollout} holds {len(declared)} rollouts; give one")
        found = measure_rollout(
            source.pairs, declared[0], sops=source.sops(sop), events=source.events(outcomes), as_of=day, zone=zone
        )
        write_measurement(found, declared[0], out)
        _tell(found, out)


def _from_database(version: str | None, day: date | None, out: Path) -> None:
    from qa_service.workflows.measure_version import measure_version, version_named
    from qa_service.workflows.open_service import OPERATOR, open_store
    from qa_service.workflows.whole_file import write_lines

    if version is None:
        raise InvalidInput("name the version with --version, as trial-call@2, or give result files and --rollout")
    with open_store(Settings()) as store:
        body = measure_version(store, OPERATOR, *version_named(version), as_of=day)
    head = {key: body[key] for key in ("sop", "version", "since_version", "since", "as_of")}
    write_lines(out, (json.dumps(head | item, ensure_ascii=False) for item in body["items"]))
    errors.print(f"{len(body['items'])} figures; written to {out}")


def _tell(found: "Measurement", out: Path) -> None:
    for one in found.changes:
        after, before = one.changed[1], one.changed[0]
        typer.echo(f"{one.figure.name}: {SAID[one.verdict.value]} (n={after.n:,} under it, {before.n:,} before)")
    errors.print(f"{len(found.changes)} figures as of {found.as_of}; written to {out}")


@app.command("watch")
@told
def watch(as_of: AsOf = None, out: Out = Path("alarms.jsonl")) -> None:
    """What rises that should stay low: refund requests, red lines, complaints in the database, one line a part."""
    from qa_service.domain.alarm import watched_to_json
    from qa_service.workflows.open_service import OPERATOR, open_store
    from qa_service.workflows.watch_figures import watch_stored
    from qa_service.workflows.whole_file import write_lines

    with open_store(Settings()) as store:
        found = watch_stored(store, OPERATOR, as_of=as_of.date() if as_of else None)
    write_lines(out, (json.dumps(watched_to_json(one), ensure_ascii=False) for one in found))
    for one in found:
        if one.raised:
            where = f" ({one.dimension} {one.level})" if one.dimension else ""
            usual = f"{one.k} of {one.n:,} since {one.rising_since}, {one.expected:.0f} would be usual"
            typer.echo(f"{one.figure}{where}: alarm since {one.raised}: {usual}")
    errors.print(f"{len(found)} parts watched; written to {out}")
