"""One thing measured alone, beside a plain program that does the same, at several sizes: what such modules share."""

import argparse
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.bench.folder import Folder
from tests.bench.rows import Row, run
from tests.bench.table import markdown, memory


@dataclass(frozen=True)
class Beside:
    """What `python -m tests.bench.NAME` measures; `step` and `plain_step` are steps of `tests.bench.stages`.

    `fill` writes what both read, for so many things and a seed, and returns how many conversations and turns these are.
    """

    name: str
    title: str
    plain: str
    step: str
    plain_step: str
    sizes: str
    fill: Callable[[Folder, int, int], tuple[int, int]]

    def main(self, arguments: Sequence[str] | None = None) -> None:
        """Measure and print."""
        parser = argparse.ArgumentParser(prog=f"python -m tests.bench.{self.name}")
        parser.add_argument("--sizes", default=self.sizes)
        parser.add_argument("--seed", type=int, default=1)
        options = parser.parse_args(arguments)
        rows = list(self.measured([int(size) for size in options.sizes.split(",")], seed=options.seed))
        sys.stdout.write("\n".join([markdown(rows), "", "Memory:", *memory(rows), ""]))

    def measured(self, sizes: Sequence[int], *, seed: int) -> Iterator[Row]:
        """Both at each size."""
        for count in sizes:
            with tempfile.TemporaryDirectory(prefix="qa-bench-") as path:
                folder = Folder(Path(path))
                size = self.fill(folder, count, seed)
                yield Row(
                    self.title, run((self.step,), folder, size), run((self.plain_step,), folder, size), self.plain
                )
