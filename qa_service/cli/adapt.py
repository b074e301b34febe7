"""The command that adapts the models to one SOP."""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from qa_service.cli.shared import (
    BAD_LINES,
    NOT_BETTER,
    Fast,
    Models,
    errors,
    load_sops,
    problem,
    progress,
    require_file,
    told,
)
from qa_service.errors import InvalidInput

if TYPE_CHECKING:
    from qa_service.domain.sop import Sop
    from qa_service.workflows.adapt_models import Attempt, Labelled

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
    yield f"{'':16s} {'general':>25s} {'adapted':>25s} {'difference':>26s}"
    for one in attempt.differences:
        cells = [f"{m.value:7.3f}  [{m.low:6.3f}, {m.high:6.3f}]" for m in (one.before, one.after)]
        change = f"{one.difference:+7.3f}  [{one.low:+6.3f}, {one.high:+6.3f}]"
        yield f"{one.name:16s} {cells[0]} {cells[1]} {change}  (n={one.after.n})"
    if attempt.adaptation:
        for part in attempt.adaptation.parts:
            yield f"corrected, {part.kind}: {', '.join(part.ids)}"
