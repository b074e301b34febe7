"""Commands on files: analyse conversations, evaluate against gold labels."""

from pathlib import Path
from typing import Annotated

import typer

from qa_service.cli.shared import (
    BAD_LINES,
    Fast,
    Models,
    Out,
    Sops,
    count_lines,
    errors,
    load_sops,
    problem,
    progress,
    require_file,
    told,
)

app = typer.Typer()


@app.command()
@told
def analyze(
    source: Annotated[Path, typer.Argument(metavar="INPUT", help="Conversations: JSONL or any format of `import`.")],
    sop: Sops,
    out: Out,
    models: Models = None,
    fast: Fast = None,
    mask: Annotated[bool, typer.Option(help="Mask personal data first, as the service does.")] = False,
    threads: Annotated[int, typer.Option(min=1, max=64)] = 1,
    format: Annotated[str | None, typer.Option(help="Format of the input; guessed when absent.")] = None,
) -> None:
    """Analyse the conversations of a file under the given SOPs; one result a line, in input order."""
    from qa_service.ingest import require_format
    from qa_service.workflows.analyze_files import FileOptions, analyze_file

    require_format(format)
    sops, analyzer = load_sops(sop), _analyzer(models, fast)
    for warning in analyzer.warnings(sops):
        problem(warning)
    with progress("analysing", count_lines(require_file(source))) as advance:
        options = FileOptions(format=format, mask=mask, threads=threads, problem=problem, advance=advance)
        tally = analyze_file(analyzer, source, sops, out, options)
    errors.print(f"{tally.analysed} analysed, {tally.problems} not taken; written to {out}")
    if tally.problems:
        raise typer.Exit(BAD_LINES)


@app.command()
@told
def evaluate(
    source: Annotated[Path, typer.Argument(metavar="GOLD.jsonl", help="Conversations with gold labels.")],
    sop: Sops,
    models: Models = None,
    fast: Fast = None,
) -> None:
    """Analyse labelled conversations and print every metric with its 95% interval."""
    from qa_service.workflows.analyze_files import FileOptions, evaluate_file

    sops, analyzer = load_sops(sop), _analyzer(models, fast)
    for warning in analyzer.warnings(sops):
        problem(warning)
    with progress("evaluating", count_lines(require_file(source))) as advance:
        measurements = evaluate_file(analyzer, source, sops, FileOptions(problem=problem, advance=advance))
    typer.echo(", ".join(f"{what} {version}" for what, version in analyzer.versions.items()))
    for one in measurements:
        typer.echo(f"{one.name:28s} {one.value:7.3f}  [{one.low:6.3f}, {one.high:6.3f}]  (n={one.n})")


def _analyzer(models: Path | None, fast: bool | None):  # type: ignore[no-untyped-def]
    from qa_service.config import Settings
    from qa_service.workflows.open_analyzer import open_analyzer

    return open_analyzer(Settings(), models, fast=fast)
