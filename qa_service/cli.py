"""The command `qa-service`. Exit status: 0 done, 2 unusable arguments or SOP, 3 done but some lines were bad."""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from qa_service.errors import QaError

BAD_ARGUMENTS, BAD_LINES = 2, 3

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help=__doc__)
rulebook_app = typer.Typer(no_args_is_help=True, help="The rulebook: SOPs, red lines, reasons.")
app.add_typer(rulebook_app, name="rulebook")

errors = Console(stderr=True, highlight=False, soft_wrap=True)
Command = TypeVar("Command", bound=Callable[..., Any])

Sops = Annotated[list[Path], typer.Option("--sop", help="SOP file (YAML); may be given several times.")]
Models = Annotated[Path | None, typer.Option(help="Folder of model artifacts instead of the shipped ones.")]
Out = Annotated[Path, typer.Option(help="Where to write.")]


def told(command: Command) -> Command:
    """Turn expected failures into one sentence on stderr and exit status 2."""

    @wraps(command)
    def run(*arguments: Any, **options: Any) -> Any:
        try:
            return command(*arguments, **options)
        except QaError as error:
            errors.print(f"error: {error}", style="red", markup=False)
            raise typer.Exit(BAD_ARGUMENTS) from error

    return run  # type: ignore[return-value]


@contextmanager
def progress(title: str, total: int | None = None) -> Iterator[Callable[[], None]]:
    """A bar on stderr while something takes long; call what it yields once an item."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=errors, transient=not errors.is_terminal, disable=not errors.is_terminal) as bar:
        task = bar.add_task(title, total=total)
        yield lambda: bar.advance(task)


def problem(text: str) -> None:
    """Tell about one bad line."""
    errors.print(text, style="yellow", markup=False)


@app.command()
@told
def analyze(
    source: Annotated[Path, typer.Argument(metavar="INPUT", help="Conversations: JSONL or any format of `import`.")],
    sop: Sops,
    out: Out,
    models: Models = None,
    mask: Annotated[bool, typer.Option(help="Mask personal data first, as the service does.")] = False,
    threads: Annotated[int, typer.Option(min=1, max=64)] = 1,
) -> None:
    """Analyse conversations of a file under the given SOPs; one result a line, in input order."""
    from qa_service.workflows.analyze_files import FileOptions, analyze_file

    sops, analyzer = _load_sops(sop), _load_analyzer(models)
    _require_file(source)
    with progress("analysing", _lines(source)) as advance:
        options = FileOptions(mask=mask, threads=threads, problem=problem, progress=advance)
        tally = analyze_file(analyzer, source, sops, out, options)
    errors.print(f"{tally.analysed} analysed, {tally.problems} not; written to {out}")
    if tally.problems:
        raise typer.Exit(BAD_LINES)


@app.command()
@told
def evaluate(
    source: Annotated[Path, typer.Argument(metavar="GOLD.jsonl", help="Conversations with gold labels.")],
    sop: Sops,
    models: Models = None,
) -> None:
    """Analyse labelled conversations and print every metric with its 95% interval."""
    from qa_service.workflows.analyze_files import FileOptions, evaluate_file

    sops, analyzer = _load_sops(sop), _load_analyzer(models)
    _require_file(source)
    with progress("evaluating", _lines(source)) as advance:
        options = FileOptions(problem=problem, progress=advance)
        measurements = evaluate_file(analyzer, source, sops, options)
    typer.echo(f"models {analyzer.versions['models']}, code {analyzer.versions['code']}")
    for m in measurements:
        typer.echo(f"{m.name:28s} {m.value:7.3f}  [{m.low:6.3f}, {m.high:6.3f}]  (n={m.n})")


@rulebook_app.command("check")
@told
def check(files: Annotated[list[Path], typer.Argument(metavar="SOP.yaml")]) -> None:
    """Check SOP files: each error with file and line."""
    from qa_service.rulebook import load_sop

    bad = 0
    for path in files:
        try:
            sop = load_sop(path)
            typer.echo(f"{path}: {sop.id} version {sop.version}: {len(sop.steps)} steps, digest {sop.digest}")
        except QaError as error:
            bad += 1
            problem(str(error))
    if bad:
        raise typer.Exit(BAD_ARGUMENTS)


def _load_sops(paths: Sequence[Path]) -> Any:
    from qa_service.rulebook import load_sop

    return [load_sop(path) for path in paths]


def _load_analyzer(models: Path | None) -> Any:
    from qa_service.config import Settings
    from qa_service.workflows.analyze_conversations import load_analyzer

    return load_analyzer(models or Settings().models_dir)


def _require_file(path: Path) -> None:
    from qa_service.errors import InvalidInput

    if not path.is_file():
        raise InvalidInput(f"{path} is not a file that can be read")


def _lines(path: Path) -> int | None:
    """How many items a progress bar may expect; unknown for formats that are no lines."""
    if path.suffix != ".jsonl":
        return None
    with path.open("rb") as lines:
        return sum(block.count(b"\n") for block in iter(lambda: lines.read(1 << 20), b""))


def main() -> None:
    """Run the command."""
    sys.exit(app())
