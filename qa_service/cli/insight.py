"""Commands of insight: from result files and their conversations, or without them from the service's database."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from qa_service.cli.shared import BAD_LINES, Out, errors, load_sops, problem, require_file, told
from qa_service.config import Settings
from qa_service.errors import InvalidInput

if TYPE_CHECKING:
    from qa_service.aggregate.found_cases import CaseSearch
    from qa_service.domain.coaching_case import KeptCase
    from qa_service.domain.effect import RolloutComparison, SampleSize
    from qa_service.domain.judged import JudgedConversation
    from qa_service.domain.outcome_event import OutcomeEvent
    from qa_service.domain.period import Period
    from qa_service.domain.sop import Sop
    from qa_service.store import Store
    from qa_service.workflows.write_coaching import CoachingBackground
    from qa_service.workflows.write_journeys import SopOf
    from qa_service.workflows.write_voice_of_customer import KnownOutcomes

app = typer.Typer()

# A handout of more cases than this is read by nobody.
MOST_CASES = 1000

Results = Annotated[list[Path] | None, typer.Argument(metavar="[RESULT.jsonl...]", help="Analyses; absent: database.")]
Conversations = Annotated[list[Path] | None, typer.Option("--conversations", help="The files that were analysed.")]
SopFiles = Annotated[list[Path] | None, typer.Option("--sop", help="SOP file; with the database: those in use.")]
Outcomes = Annotated[Path | None, typer.Option(help="Outcome events (jsonl, csv, xlsx).")]
DAY = ["%Y-%m-%d"]
AsOf = Annotated[
    datetime | None, typer.Option(metavar="2026-09-30", formats=DAY, help="Day up to which outcomes are known.")
]
Today = Annotated[
    datetime | None, typer.Option(metavar="2026-09-30", formats=DAY, help="Day of what happened to topics: today.")
]


@app.command()
@told
def needs(
    results: Results = None,
    conversations: Conversations = None,
    state: Annotated[Path | None, typer.Option(help="Folder in which topics keep their identity.")] = None,
    as_of: Today = None,
    out: Out = Path("topics.jsonl"),
    events: Annotated[Path | None, typer.Option(help="Where to write what happened to topics.")] = None,
) -> None:
    """Group what customers need into topics, one a line; the needs that fit none stand in the last."""
    from qa_service.workflows.emerging_needs import KeptWeeks, Listened, emerged, read_weeks, write_weeks
    from qa_service.workflows.group_needs import read_state, without_conversations, write_state
    from qa_service.workflows.read_judged import read_analyses
    from qa_service.workflows.write_topics import write_events, write_topics_of

    memory = read_state(state) if state else None
    weeks = read_weeks(state) if state else KeptWeeks()
    listened = Listened(_day(as_of), Settings().zone)

    def group(judged: "Iterable[JudgedConversation]") -> None:
        written = write_topics_of(listened.noting(judged), out, as_of=_day(as_of), memory=memory)
        kept, new = emerged(weeks, listened.weeks(out), written.memory, at=_day(as_of))
        if events:
            write_events([*written.events, *new], events)
        if state:
            write_state(state, written.memory)
            write_weeks(state, kept)
        errors.print(f"{written.topics} topics of {written.n_conversations} conversations; written to {out}")

    if results and not conversations:
        group(without_conversations(read_analyses(list(map(require_file, results)))))
    else:
        with judged_from(results, conversations) as source:
            group(source.pairs())


@app.command()
@told
def course(
    results: Results = None,
    conversations: Conversations = None,
    sop: SopFiles = None,
    out: Out = Path("course.jsonl"),
) -> None:
    """How conversations keep the course of their SOP: steps in place, skipped, out of place, pairs swapped."""
    from qa_service.workflows.count_quality import count_courses, write_courses

    with judged_from(results, conversations) as source, source.sop_of(sop) as sop_of:
        rows, unknown = count_courses(source.pairs(), sop_of, zone=Settings().zone)
        if unknown:
            problem(f"{unknown} conversations were judged by an SOP version that is not known; give it with --sop")
        write_courses(rows, out)
        for row in rows:
            if row["kind"] == "fitness" and not row["dimension"]:
                typer.echo(f"{row['sop']}: {row['rate']:.0%} of the steps in their place (n={row['n']})")


@app.command()
@told
def effects(
    results: Results = None,
    conversations: Conversations = None,
    sop: SopFiles = None,
    outcomes: Outcomes = None,
    rollout: Annotated[Path | None, typer.Option(help="Who got which version of an SOP, and why (json).")] = None,
    as_of: AsOf = None,
    outcome: Annotated[str, typer.Option(help="converted, trial_attended, refunded or complained.")] = "converted",
    phrases: Annotated[bool, typer.Option(help="Also look for phrases that go with the outcome.")] = True,
    out: Out = Path("effects.jsonl"),
) -> None:
    """Which steps, obligations, red lines, orders and phrases go with an outcome: one line each, with interval."""
    from qa_service.workflows.compute_effects import EffectsQuestion, answer_effects, read_rollouts, write_effects

    zone = Settings().zone
    with judged_from(results, conversations) as source:
        history = source.events(outcomes)
        question = EffectsQuestion(
            (outcome,),
            source.sops(sop),
            history,
            as_of.date() if as_of else None,
            zone,
            read_rollouts(require_file(rollout), zone) if rollout else (),
            phrases,
        )
        answer = answer_effects(source.pairs(), question)
        for line in (*map(_size_told, answer.sizes), *map(_rollout_told, answer.rollouts)):
            errors.print(line)
        count = write_effects(answer.effects, out)
        errors.print(f"{count} effects on {outcome}; written to {out}")


def _size_told(size: "SampleSize") -> str:
    if size.rate is None:
        return f"{size.sop}: {size.outcome} is not known of any customer"
    needed = "; ".join(
        f"{difference:.0%} points: {n:,}".replace("% points", " points") for difference, n in size.needed
    )
    return (
        f"{size.sop}: {size.outcome} is known of {size.n:,} customers, {size.rate:.1%} of them yes;"
        f" customers needed, half of them exposed, to see a difference of {needed}"
    )


def _rollout_told(rollout: "RolloutComparison") -> str:
    return (
        f"{rollout.sop}: version {rollout.to_version} against {rollout.from_version} by assignment"
        f" ({rollout.mechanism}, {rollout.n_units_to} against {rollout.n_units_from} by {rollout.unit},"
        f" n={rollout.n_to + rollout.n_from:,}): {rollout.outcome} {100 * rollout.difference:+.1f} points"
        f" ({100 * rollout.ci_low:+.1f} to {100 * rollout.ci_high:+.1f})"
    )


@app.command()
@told
def suggest(
    results: Results = None,
    conversations: Conversations = None,
    sop: SopFiles = None,
    outcomes: Outcomes = None,
    as_of: AsOf = None,
    models: Annotated[Path | None, typer.Option(help="Folder of models whose encoder tells like wordings.")] = None,
    out: Out = Path("suggestions.jsonl"),
) -> None:
    """Suggest revisions of SOPs, each with its evidence and the SOP as it would be."""
    from qa_service.domain.effect import OUTCOMES
    from qa_service.workflows.compute_effects import EffectsQuestion
    from qa_service.workflows.open_encoder import open_encoder
    from qa_service.workflows.suggest_revisions import suggest_revisions, write_suggestions

    with judged_from(results, conversations) as source:
        sops = source.sops(sop)
        if not sops:
            raise InvalidInput("name the SOP to revise with --sop")
        question = EffectsQuestion(
            tuple(OUTCOMES), sops, source.events(outcomes), as_of.date() if as_of else None, Settings().zone
        )
        encode = open_encoder(models or Settings().models_dir, fast=Settings().fast)
        count = write_suggestions(suggest_revisions(source.pairs(), question, encode), out)
        found = f"{count} suggestions" if count else "no suggestion: nothing here is certain enough for one"
        errors.print(f"{found}; written to {out}")


@app.command()
@told
def voc(
    week: Annotated[str, typer.Option(help="ISO week, as 2026-W40.")],
    results: Results = None,
    conversations: Conversations = None,
    sop: SopFiles = None,
    outcomes: Outcomes = None,
    as_of: AsOf = None,
    out: Out = Path("out"),
) -> None:
    """Write the weekly voice-of-customer report into a folder."""
    from qa_service.workflows.write_voice_of_customer import KnownOutcomes, write_voice_of_customer

    with judged_from(results, conversations) as source:
        known = KnownOutcomes(source.events(outcomes), as_of.date() if as_of else None)
        document = source.voice(week, source.sops(sop), known)
        for path in write_voice_of_customer(document, out, base_url=Settings().public_url or None):
            typer.echo(path)


@app.command()
@told
def journeys(
    results: Results = None,
    conversations: Conversations = None,
    sop: SopFiles = None,
    outcomes: Annotated[Path | None, typer.Option(help="Outcome events (jsonl, csv, xlsx): orders paid.")] = None,
    as_of: Annotated[
        datetime | None, typer.Option(metavar="2026-09-30", formats=DAY, help="Last day looked at; absent: the last.")
    ] = None,
    out: Out = Path("journeys.jsonl"),
) -> None:
    """Join the conversations of each customer in time: what was done, promised and complained of over all of them."""
    from qa_service.domain.period import end_of
    from qa_service.workflows.write_journeys import write_journeys

    with judged_from(results, conversations) as source, source.sop_of(sop) as sop_of:
        moment = end_of(as_of.date(), Settings().zone) if as_of else None
        tally = write_journeys(source.pairs(), out, sop_of=sop_of, events=source.events(outcomes), as_of=moment)
        for warning in tally.warnings():
            problem(warning)
        errors.print(f"{tally.journeys} journeys of {tally.customers} customers; written to {out}")


class _Files:
    """Analyses and conversations from files."""

    def __init__(self, results: Sequence[Path], conversations: Sequence[Path]) -> None:
        self._results, self._conversations = results, conversations
        self._warnings: list[str] = []
        self._broken = False

    def pairs(self, period: "Period | None" = None) -> Iterator["JudgedConversation"]:
        """The pairs of a period; what could not be joined is kept for `tell`."""
        from qa_service.domain.period import ALWAYS
        from qa_service.workflows.read_judged import JudgedFiles

        files = JudgedFiles(self._results, self._conversations, period or ALWAYS, Settings().zone)
        yield from files
        self._warnings += files.problems.warnings()
        self._broken |= bool(files.problems.broken)

    def sops(self, paths: Sequence[Path] | None) -> list["Sop"]:
        """The SOPs named on the command line."""
        return load_sops(paths or [])

    @contextmanager
    def sop_of(self, paths: Sequence[Path] | None) -> "Iterator[SopOf]":
        """The SOP versions named on the command line."""
        from qa_service.workflows.write_journeys import sops_of_files

        yield sops_of_files(self.sops(paths))

    def events(self, path: Path | None) -> list["OutcomeEvent"]:
        """The outcome events of a file; bad lines are told."""
        from qa_service.ingest.outcomes import read_outcomes
        from qa_service.ingest.reader import Defect

        events = []
        for reading in read_outcomes(require_file(path), zone=Settings().zone) if path else ():
            if isinstance(reading, Defect):
                self._warnings.append(str(reading))
                self._broken = True
            else:
                events.append(reading)
        return events

    def voice(self, week: str, sops: Sequence["Sop"], known: "KnownOutcomes") -> dict[str, Any]:
        """The document of the weekly report."""
        from qa_service.workflows.write_voice_of_customer import prepare_voice_of_customer, weeks_read

        pairs = self.pairs(weeks_read(week))
        return prepare_voice_of_customer(pairs, week, sops=sops, zone=Settings().zone, outcomes=known)

    def background(self, agent: str, period: "Period") -> "CoachingBackground":  # noqa: ARG002 -- as the database
        """What files tell beside conversations: nothing."""
        from qa_service.workflows.write_coaching import NOTHING_KNOWN

        return NOTHING_KNOWN

    def cases(self, search: "CaseSearch") -> list["KeptCase"]:
        """Coaching cases found in the analyses, masked."""
        from qa_service.workflows.coaching_cases import found_cases

        return found_cases(self.pairs, search)

    def tell(self) -> None:
        """Print what was left out; broken lines end the command with their status."""
        # Some commands read the files twice.
        for warning in dict.fromkeys(self._warnings):
            problem(warning)
        if self._broken:
            raise typer.Exit(BAD_LINES)


class _Database:
    """Analyses and conversations from the service's database."""

    def __init__(self, store: "Store") -> None:
        self._store = store

    def pairs(self, period: "Period | None" = None) -> Iterable["JudgedConversation"]:
        """The pairs of a period with their final verdicts."""
        from qa_service.store import ConversationFilter
        from qa_service.workflows.read_stored import StoredVerdicts

        days = (period.first, period.last) if period else (None, None)
        return StoredVerdicts(self._store, ConversationFilter(day_from=days[0], day_to=days[1]))

    def voice(self, week: str, sops: Sequence["Sop"], known: "KnownOutcomes") -> dict[str, Any]:
        """The document of the weekly report, from what the store has counted."""
        from qa_service.store import ConversationFilter
        from qa_service.workflows.write_voice_of_customer import prepare_stored_voice

        return prepare_stored_voice(self._store, ConversationFilter(), week, sops=sops, as_of=known.as_of)

    def background(self, agent: str, period: "Period") -> "CoachingBackground":
        """What was coached before, and the wordings that are approved."""
        from qa_service.workflows.coach_stored import background_of

        return background_of(self._store, agent, period)

    def cases(self, search: "CaseSearch") -> list["KeptCase"]:
        """The coaching cases that people kept."""
        from qa_service.domain.role import EVERYTHING
        from qa_service.store.coaching_cases import Sight

        with self._store.reading() as work:
            return work.coaching_cases.cases(search.query, Sight(EVERYTHING), limit=MOST_CASES)

    def sops(self, paths: Sequence[Path] | None) -> list["Sop"]:
        """The SOPs named on the command line, else those in use."""
        from qa_service.workflows.sops_in_force import published_sops

        if paths:
            return load_sops(paths)
        with self._store.reading() as work:
            return list(published_sops(work))

    @contextmanager
    def sop_of(self, paths: Sequence[Path] | None) -> "Iterator[SopOf]":
        """The SOP versions that the stored conversations were judged by, unless some are named."""
        from qa_service.workflows.read_journey import stored_sops
        from qa_service.workflows.write_journeys import sops_of_files

        if paths:
            yield sops_of_files(load_sops(paths))
            return
        with self._store.reading() as work:
            yield stored_sops(work)

    def events(self, path: Path | None) -> list["OutcomeEvent"]:
        """The outcome events stored; a file would be a second truth."""
        if path:
            raise InvalidInput("--outcomes goes with result files; import them with `qa-service import-outcomes`")
        with self._store.reading() as work:
            return list(work.outcomes.stream())


@contextmanager
def judged_from(results: Sequence[Path] | None, conversations: Sequence[Path] | None) -> Iterator[_Files | _Database]:
    """Files or database, for a command that writes all it has to write before it leaves the context."""
    from qa_service.workflows.open_service import open_store

    if results:
        if not conversations:
            raise InvalidInput("name the analysed conversations with --conversations")
        files = _Files(list(map(require_file, results)), list(map(require_file, conversations)))
        yield files
        files.tell()
        return
    with open_store(Settings()) as store:
        yield _Database(store)


def _day(as_of: datetime | None) -> date:
    return as_of.date() if as_of else datetime.now(Settings().zone).date()
