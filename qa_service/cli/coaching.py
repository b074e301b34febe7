"""Commands of coaching: the report of an agent, the table of a team, cases to learn from."""

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from qa_service.cli.insight import AsOf, Conversations, Outcomes, Results, SopFiles, judged_from
from qa_service.cli.shared import Out, errors, require_file, told
from qa_service.config import Settings
from qa_service.domain.coaching_case import CaseKind, CaseQuery, Difficulty
from qa_service.errors import InvalidInput

if TYPE_CHECKING:
    from qa_service.domain.period import Period
    from qa_service.workflows.compute_effects import EffectsQuestion

app = typer.Typer()
cases_app = typer.Typer(no_args_is_help=True, help="Coaching cases.")

First = Annotated[str | None, typer.Option("--from", help="First day, as 2026-09-01.")]
Last = Annotated[str | None, typer.Option("--to", help="Last day, included.")]


@app.command()
@told
def coach(
    agent: Annotated[str | None, typer.Option(help="Agent id.")] = None,
    team: Annotated[str | None, typer.Option(help="Instead of --agent: the table of all agents of a team.")] = None,
    results: Results = None,
    conversations: Conversations = None,
    sop: SopFiles = None,
    outcomes: Outcomes = None,
    as_of: AsOf = None,
    last_time: Annotated[Path | None, typer.Option(help="The .json of the last report: whether it moved.")] = None,
    first: First = None,
    last: Last = None,
    out: Out = Path("out"),
) -> None:
    """Write the coaching report of an agent into a folder, or with --team the table of its agents."""
    from qa_service.domain.period import period_between
    from qa_service.workflows.compute_effects import EffectsQuestion
    from qa_service.workflows.write_coaching import coach_team, write_coaching

    if (agent is None) == (team is None):
        raise InvalidInput("name an agent with --agent, or a team with --team")
    period = period_between(first, last)
    with judged_from(results, conversations) as source:
        sops, zone = source.sops(sop), Settings().zone
        if team is not None:
            document = coach_team(source.pairs(period), team, period=period, sops=sops, zone=zone)
        else:
            day: date | None = as_of.date() if as_of else None
            question = EffectsQuestion((), sops, source.events(outcomes), day, zone)
            document = _of_agent(source, agent or "", period, question, last_time)
        for path in write_coaching(document, out, base_url=Settings().public_url or None):
            typer.echo(path)


def _of_agent(
    source: Any, agent: str, period: "Period", question: "EffectsQuestion", last_time: Path | None
) -> dict[str, Any]:
    """The report of an agent; what helps is told by all conversations, whatever the period."""
    from qa_service.workflows.coaching_effects import helping
    from qa_service.workflows.write_coaching import coach_agent, read_coached_points

    known = source.background(agent, period)
    coached = read_coached_points(require_file(last_time)) if last_time else known.coached
    known = replace(known, helpful=helping(source.pairs(), question), coached=coached)
    pairs, sops, zone = source.pairs(period), question.sops, question.zone
    return coach_agent(pairs, agent, period=period, sops=sops, zone=zone, background=known)


@cases_app.command()
@told
def cases(
    results: Results = None,
    conversations: Conversations = None,
    sop: SopFiles = None,
    kind: Annotated[CaseKind | None, typer.Option(help="What the case shows.")] = None,
    step: Annotated[str | None, typer.Option(help="Step, obligation or red line.")] = None,
    objection: Annotated[str | None, typer.Option(help="Words in what the customer asked.")] = None,
    product: Annotated[str | None, typer.Option(help="Product.")] = None,
    difficulty: Annotated[Difficulty | None, typer.Option(help="How hard the moment was.")] = None,
    agent: Annotated[str | None, typer.Option(help="Agent id.")] = None,
    search: Annotated[str | None, typer.Option(help="Words that must stand in it.")] = None,
    collected: Annotated[str | None, typer.Option("--set", help="Id of a set, in the database.")] = None,
    title: Annotated[str | None, typer.Option(help="Title of the handout.")] = None,
    mask_agents: Annotated[bool, typer.Option(help="Nobody can tell which agent spoke.")] = False,
    out: Out = Path("out"),
) -> None:
    """Write coaching cases into a folder: found in result files, or those that people kept in the database."""
    from qa_service.aggregate.found_cases import CaseSearch
    from qa_service.workflows.coaching_cases import write_cases, write_out

    if collected and results:
        raise InvalidInput("--set names a set in the database; leave the result files out")
    query = CaseQuery(
        kind=kind,
        step=step,
        objection=objection,
        product=product,
        difficulty=difficulty,
        agent_id=agent,
        set_id=collected,
        text=search,
    )
    with judged_from(results, conversations) as source:
        found = source.cases(CaseSearch(query))
        document = write_out(found, source.sops(sop), title=title, mask_agents=mask_agents)
        for path in write_cases(document, out, base_url=Settings().public_url or None):
            typer.echo(path)
        errors.print(f"{len(found)} cases")


@cases_app.callback()
def _group() -> None:
    """Coaching cases."""
