"""What the commands share: options, one-sentence failures, progress bars."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from qa_service.domain.sop import Sop
from qa_service.errors import InvalidInput, QaError

BAD_ARGUMENTS, BAD_LINES, NOT_BETTER = 2, 3, 4

errors = Console(stderr=True, highlight=False, soft_wrap=True)
Command = TypeVar("Command", bound=Callable[..., Any])

Sops = Annotated[list[Path], typer.Option("--sop", help="SOP file (YAML); may be given several times.")]
Models = Annotated[Path | None, typer.Option(help="Folder of model artifacts instead of the shipped ones.")]
Fast = Annotated[
    bool | None, typer.Option("--fast/--no-fast", help="Judge without the models' encoder; QA_FAST unless given.")
]
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
def progress(title: str, total: int | None = None) -> Iterator[Callable[[int], None]]:
    """A bar on stderr while something takes long; call what it yields with the number of items just done."""
    count = MofNCompleteColumn() if total else TextColumn("{task.completed:,.0f}")
    columns = (TextColumn("{task.description}"), BarColumn(), count, TimeElapsedColumn())
    with Progress(*columns, console=errors, disable=not errors.is_terminal) as bar:
        task = bar.add_task(title, total=total)
        yield lambda done: bar.advance(task, done)


def steps(advance: Callable[[int], None]) -> Callable[[int], None]:
    """For who is told how many items are done so far: hands on how many were added."""
    before = 0

    def told(so_far: int) -> None:
        nonlocal before
        advance(so_far - before)
        before = so_far

    return told


def problem(text: str) -> None:
    """Tell about one bad line."""
    errors.print(text, style="yellow", markup=False)


def load_sops(paths: Sequence[Path]) -> list[Sop]:
    """Read SOP files; red lines that hold under every SOP are added."""
    from qa_service.domain.sop import with_red_lines
    from qa_service.rulebook import load_sop
    from qa_service.workflows.load_codebook import load_codebook

    everywhere = load_codebook().taxonomy.watched()
    return [with_red_lines(load_sop(path), everywhere) for path in paths]


def require_file(path: Path) -> Path:
    """A file that can be read; raises InvalidInput."""
    if not path.is_file():
        raise InvalidInput(f"{path} is not a file that can be read; check the path")
    return path


def count_lines(path: Path) -> int | None:
    """How many items a progress bar may expect; unknown for formats that are no lines."""
    if path.suffix != ".jsonl":
        return None
    with path.open("rb") as lines:
        return sum(block.count(b"\n") for block in iter(lambda: lines.read(1 << 20), b""))
