"""`python -m tests.bench.run`: measure import, analysis and reports at several sizes, and judging in several ways."""

import argparse
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from tests.bench import checking, judging
from tests.bench.checking import Checked
from tests.bench.folder import Folder
from tests.bench.rows import STEPS, Row, measure
from tests.bench.table import checking as checking_table
from tests.bench.table import judging as judging_table
from tests.bench.table import markdown, memory

SIZES = "1000,10000,100000"
JUDGED = 2000
CHECKED = 10_000


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, print, and write where asked to."""
    options = _parser().parse_args(arguments)
    ways = judged(options.judged, seed=options.seed)
    many = checked(options.checked, seed=options.seed)
    text = told(ways, many, measured(options.sizes, seed=options.seed))
    sys.stdout.write(text)
    if options.out:
        options.out.write_text(text, "utf-8")


def judged(count: int, *, seed: int) -> list[Row]:
    """The ways to judge, side by side; none for no conversations."""
    if not count:
        return []
    with _progress(judging.STEPS) as done, tempfile.TemporaryDirectory(prefix="qa-bench-") as folder:
        return list(judging.judged(Folder(Path(folder)), count, seed=seed, done=partial(done, count)))


def checked(count: int, *, seed: int) -> list[Checked]:
    """What many checks cost beside few; none for no conversations."""
    if not count:
        return []
    with _progress(checking.STEPS) as done, tempfile.TemporaryDirectory(prefix="qa-bench-") as folder:
        return list(checking.checked(Folder(Path(folder)), count, seed=seed, done=partial(done, count)))


def measured(sizes: Sequence[int], *, seed: int) -> list[Row]:
    """All rows; the files of a size are gone when the next one begins."""
    rows: list[Row] = []
    with _progress(len(sizes) * STEPS) as done:
        for count in sizes:
            with tempfile.TemporaryDirectory(prefix="qa-bench-") as folder:
                rows += measure(Folder(Path(folder)), count, seed=seed, done=partial(done, count))
    return rows


def told(ways: Sequence[Row], many: Sequence[Checked], rows: Sequence[Row]) -> str:
    """What was measured, as Markdown."""
    parts = [f"Judging conversations of {judging.TURNS} turns:", "", judging_table(ways), ""] if ways else []
    parts += ["Few checks and many:", "", checking_table(many), ""] if many else []
    parts += [markdown(rows), "", "Memory:", *memory(rows), ""] if rows else []
    return "\n".join(parts)


@contextmanager
def _progress(steps: int) -> Iterator[Callable[[int, str], None]]:
    """A bar on a terminal, else one line for each step done; both on stderr."""
    console = Console(stderr=True, highlight=False)
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, disable=not console.is_terminal) as bar:
        task = bar.add_task("input", total=steps)

        def done(count: int, step: str) -> None:
            told = f"{count:,} conversations: {step} done"
            bar.update(task, advance=1, description=told)
            if not console.is_terminal:
                console.print(told)

        yield done


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.run", description=__doc__)
    parser.add_argument(
        "--sizes", type=_sizes, default=_sizes(SIZES), help=f"conversations, default {SIZES}; none: only judging"
    )
    parser.add_argument("--judged", type=int, default=JUDGED, help=f"conversations to judge, default {JUDGED}; 0: none")
    parser.add_argument(
        "--checked", type=int, default=CHECKED, help=f"conversations under many checks, default {CHECKED}; 0: none"
    )
    parser.add_argument("--seed", type=int, default=1, help="another seed makes other conversations")
    parser.add_argument("--out", type=Path, help="also write the table into this Markdown file")
    return parser


def _sizes(text: str) -> list[int]:
    if text == "none":
        return []
    try:
        sizes = sorted({int(part) for part in text.split(",")})
    except ValueError:
        sizes = []
    if not sizes or sizes[0] < 1:
        raise argparse.ArgumentTypeError("give whole numbers of at least 1, as 1000,10000, or none")
    return sizes


if __name__ == "__main__":
    main()
