"""The rows of the table: each stage, how it went, and its baseline in the same run."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from tests.bench.folder import Folder
from tests.bench.inputs import write_input

ROOT = Path(__file__).parents[2]
# One turn at a time takes several times as long: so many conversations tell the rate.
BASELINE_ANALYSED = 500


@dataclass(frozen=True)
class Measured:
    """How one stage went over so many conversations and turns; other work on the machine costs seconds, not CPU."""

    conversations: int
    turns: int
    seconds: float
    cpu_seconds: float
    peak_mib: float
    # 95 conversations in 100 took no longer; only where conversations are judged one by one.
    p95_ms: float | None = None


@dataclass(frozen=True)
class Row:
    """One stage at one size, beside its baseline."""

    stage: str
    measured: Measured
    baseline: Measured
    plain: str


# Name for people, stage, baseline, what the baseline is.
PLAN = (
    ("import", "import", "import-plainly", "JSON parse, executemany"),
    ("analyse --fast, 1 thread", "analyse-1", "analyse-plainly", "one turn at a time"),
    ("analyse --fast, 2 threads", "analyse-2", "analyse-plainly", "one turn at a time"),
    ("voc, from files", "voc-files", "files-plainly", "JSON parse"),
    ("coach, from files", "coach-files", "files-plainly", "JSON parse"),
    ("store the analyses", "keep", "keep-plainly", "JSON parse, executemany"),
    ("voc, from the store", "voc-store", "store-plainly", "SELECT, JSON parse"),
    ("coach, from the store", "coach-store", "store-plainly", "SELECT, JSON parse"),
)
# Each stage and each baseline once, the input first.
STEPS = 1 + len({name for _, stage, baseline, _ in PLAN for name in (stage, baseline)})


def measure(folder: Folder, count: int, *, seed: int, done: Callable[[str], None]) -> Iterator[Row]:
    """Run every stage over so many conversations; `done` hears of each step."""
    turns = write_input(folder.conversations, count, seed=seed)
    first = _write_first(folder)
    done("input")
    known: dict[str, Measured] = {}
    for title, stage, baseline, plain in PLAN:
        for name in (baseline, stage):
            if name not in known:
                size = first if name == "analyse-plainly" else (count, turns)
                known[name] = run((name,), folder, size)
                done(name)
        yield Row(title, known[stage], known[baseline], plain)


def run(names: Sequence[str], folder: Folder, size: tuple[int, int]) -> Measured:
    """Run stages at once, each in a process of its own, that together see so many conversations and turns."""
    told = told_by(names, folder)
    return Measured(
        *size,
        seconds=max(one["seconds"] for one in told),
        cpu_seconds=sum(one["cpu_seconds"] for one in told),
        peak_mib=sum(one["peak_mib"] for one in told),
        p95_ms=max((one["p95_ms"] for one in told if "p95_ms" in one), default=None),
    )


def told_by(names: Sequence[str], folder: Folder) -> list[dict[str, Any]]:
    """Run stages at once, each in a process of its own; what each of them tells."""
    commands = [[sys.executable, "-m", "tests.bench.stages", name, str(folder.path)] for name in names]
    processes = [subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) for command in commands]
    outputs = [process.communicate()[0] for process in processes]
    for process, command in zip(processes, commands, strict=True):
        if process.returncode:
            raise subprocess.CalledProcessError(process.returncode, command)
    return [json.loads(output.splitlines()[-1]) for output in outputs]


def _write_first(folder: Folder) -> tuple[int, int]:
    """Write what the slow baseline reads; returns its conversations and turns."""
    count = turns = 0
    with folder.conversations.open("rb") as lines, folder.first_conversations.open("wb") as first:
        for line in islice(lines, BASELINE_ANALYSED):
            first.write(line)
            count, turns = count + 1, turns + len(json.loads(line)["turns"])
    return count, turns
