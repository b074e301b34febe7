"""The commands that make models better and tell whether they are: adapt to one SOP, compare two releases."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from qa_service.cli.shared import (
    BAD_LINES,
    NOT_BETTER,
    Fast,
    Models,
    Sops,
    errors,
    load_sops,
    problem,
    progress,
    require_file,
    told,
)
from qa_service.errors import InvalidInput

if TYPE_CHECKING:
    from qa_service.aggregate.evaluation import Difference
    from qa_service.domain.sop import Sop
    from qa_service.workflows.adapt_models import Attempt, Labelled
    from qa_service.workflows.analyze_conversations import Analyzer

app = typer.Typer()


@app.command()
@told
def adapt(
    sop: Annotated[Path, typer.Option(help="The SOP to adapt to.")],
    out: Annotated[Path, typer.Option(help="Folder of the adapted release, for `--models`; further SOPs may join it.")],
    source: Annotated[
        Path | None, typer.Argument(metavar="[LABELLED.jsonl]", help="Conversations with `gold`.")
    ] = None,
    models: Models = None,
    fast: Fast = None,
    from_reviews: Annotated[bool, typer.Option("--from-reviews", help="Learn from the settled reviews.")] = False,
    mask: Annotated[bool, typer.Option(help="Mask personal data first, as the service does.")] = False,
) -> None:
    """Adapt the models to one SOP from labelled conversations; status 4 when that is not better."""
    from qa_service.config import Settings
    from qa_service.workflows.adapt_models import FOLDS, adapt_models, open_base, write_adaptation

    if (source is None) == (not from_reviews):
        raise InvalidInput("name either a file of labelled conversations, or --from-reviews")
    (adapted_to,) = load_sops([sop])
    settings = Settings()
    base, general = open_base(models or settings.models_dir, out, fast=settings.fast if fast is None else fast)
    labelled, bad = _labelled(source, adapted_to, mask)
    with progress("adapting", FOLDS + 1) as advance:
        attempt = adapt_models(general, adapted_to, labelled, advance=advance)
    for line in _report(attempt, adapted_to, general.version):
        typer.echo(line)
    if attempt.adaptation is None or attempt.refusal:
        errors.print(f"refused, nothing written: {attempt.refusal}", style="red", markup=False)
        raise typer.Exit(NOT_BETTER)
    write_adaptation(attempt.adaptation, base, out)
    errors.print(f"better; written to {out}: use it with --models or QA_MODELS_DIR")
    if bad:
        raise typer.Exit(BAD_LINES)


@app.command()
@told
def compare(
    new: Annotated[Path, typer.Argument(metavar="NEW", help="Folder of the release that may take the place.")],
    source: Annotated[Path, typer.Argument(metavar="GOLD.jsonl", help="Labelled conversations it did not learn from.")],
    sop: Sops,
    models: Models = None,
    fast: Fast = None,
) -> None:
    """Compare a release with the present one on labelled conversations; status 4 when it is not better."""
    from qa_service.workflows.compare_releases import compare_releases

    present, other = _analyzer(models, fast), _analyzer(new, fast)
    asked, bad = _asked(require_file(source), load_sops(sop))
    with progress("comparing", len(asked)) as advance:
        verdict = compare_releases(present, other, asked, advance=advance)
    typer.echo(f"{verdict.conversations} conversations; {present.versions['models']}, {other.versions['models']}")
    for line in _table(verdict.differences, "present", "new"):
        typer.echo(line)
    if verdict.refusal:
        errors.print(f"refused: {verdict.refusal}", style="red", markup=False)
        raise typer.Exit(NOT_BETTER)
    errors.print("better")
    if bad:
        raise typer.Exit(BAD_LINES)


def _asked(source: Path, sops: Sequence["Sop"]) -> tuple[list[tuple["Sop", "Labelled"]], int]:
    """The labelled conversations with their SOPs, and how many lines could not be taken: each is told once."""
    from qa_service.workflows.read_labelled import LabelledFile

    problems: dict[str, None] = {}
    asked = [
        (sop, one)
        for sop in sops
        for one in LabelledFile(source, sop, problem=lambda text: problems.update({text: None}))
    ]
    for text in problems:
        problem(text)
    return asked, len(problems)


def _analyzer(models: Path | None, fast: bool | None) -> "Analyzer":
    """The models of a folder, or the present ones."""
    from qa_service.config import Settings
    from qa_service.workflows.open_analyzer import open_analyzer

    return open_analyzer(Settings(judge_url=None), models, fast=fast)


def _labelled(source: Path | None, sop: "Sop", mask: bool) -> tuple[list["Labelled"], int]:
    """The labelled conversations, and how many lines could not be taken."""
    from qa_service.workflows.read_labelled import LabelledFile, read_reviews

    if source is not None:
        file = LabelledFile(require_file(source), sop, mask, problem)
        labelled = list(file)
        if file.others:
            errors.print(f"{file.others} conversations name another SOP and were left out")
        return labelled, file.problems
    from qa_service.config import Settings
    from qa_service.workflows.open_service import open_store

    with open_store(Settings()) as store:
        return list(read_reviews(store, sop)), 0


def _report(attempt: "Attempt", sop: "Sop", version: str) -> Iterable[str]:
    """What changed on conversations held out, and what was learnt."""
    if not attempt.differences:
        return
    how = "agents" if attempt.by_agent else "conversations"
    yield f"{sop.id}, {attempt.conversations} conversations, {attempt.folds} parts held out in turn by {how}; {version}"
    yield from _table(attempt.differences, "general", "adapted")
    if attempt.adaptation:
        for part in attempt.adaptation.parts:
            yield f"corrected, {part.kind}: {', '.join(part.ids)}"


def _table(found: Iterable["Difference"], before: str, after: str) -> Iterable[str]:
    """Every figure of both, and the difference."""
    yield f"{'':16s} {before:>25s} {after:>25s} {'difference':>26s}"
    for one in found:
        cells = [f"{m.value:7.3f}  [{m.low:6.3f}, {m.high:6.3f}]" for m in (one.before, one.after)]
        change = f"{one.difference:+7.3f}  [{one.low:+6.3f}, {one.high:+6.3f}]"
        yield f"{one.name:16s} {cells[0]} {cells[1]} {change}  (n={one.after.n})"
