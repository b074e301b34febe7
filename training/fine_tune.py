"""Tune an encoder and train a release on a company's own labelled conversations; a worse one is refused.

python -m training.fine_tune DATA --out DIR [--encoder PATH-OR-NAME] [--datasets DIR... | --alone] [--present DIR]

DATA is laid out as `datasets/` (`training.own_data`). A fifth of its conversations is set aside; the rest, with ours
unless `--alone`, is learnt from by the commands that made the shipped release. Then `qa-service compare` judges what
was set aside by the new release and by the present one: only a better release is written. Exit status: 2 the data
cannot be used, 4 not better. Cut off, the same command goes on where it was.
"""

import argparse
import hashlib
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from models.adaptation_files import copy_release
from models.tasks import TASKS
from training import train
from training.encoder import tune
from training.encoder.task_batches import FOLDS
from training.own_data import OwnData, read_own, set_aside, sop_files, write_parts

UNUSABLE, NOT_BETTER = 2, 4
# Fewer say too little for the comparison at the end, which would refuse after hours.
MIN_SET_ASIDE = 5
NAMED_AT_MOST = 10
LABELS = ("obligations", *(task.name for task in TASKS))

console = Console(stderr=True, highlight=False, soft_wrap=True)


def main(arguments: Sequence[str] | None = None) -> int:
    """Set aside, tune, train, compare, and write what is better."""
    options = _options(arguments)
    try:
        learnt, held_out = _prepare(options)
    except ValueError as error:
        console.print(f"error: {error}", style="red", markup=False)
        return UNUSABLE
    release, tuned = options.work / "release", options.work / "tuned"
    datasets = [str(path) for path in (*([] if options.alone else options.datasets), learnt)]
    passes = ["--passes", str(options.passes)]
    tune.main(["--encoder", options.encoder, "--datasets", *datasets, "--out", str(tuned), *passes])
    train.main(["--datasets", *datasets, "--encoder", str(tuned), "--out", str(release), "--name", options.name])
    status = compare(release, held_out, sop_files(learnt), options.present)
    if status == 0:
        copy_release(release, options.out)
        console.print(f"written to {options.out}: use it with --models or QA_MODELS_DIR", markup=False)
    elif status == NOT_BETTER:
        console.print(f"{options.out} not written; the refused release lies in {release}", markup=False)
    return status


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    default = os.environ.get("QA_ENCODER", tune.OURS)
    parser.add_argument("data", type=Path, help="folder of labelled conversations and their SOPs")
    parser.add_argument("--out", type=Path, required=True, help="folder of the new release; must not exist yet")
    parser.add_argument("--encoder", default=default, help="path or hub name of an encoder; ours when absent")
    parser.add_argument("--datasets", type=Path, nargs="+", default=[Path("datasets")], help="learnt from as well")
    parser.add_argument("--alone", action="store_true", help="learn from DATA alone")
    parser.add_argument("--present", type=Path, help="release to be beaten; QA_MODELS_DIR, or the shipped one")
    parser.add_argument("--passes", type=int, default=3)
    parser.add_argument("--name", default="own")
    parser.add_argument("--work", type=Path, help="folder of what is half done; OUT.work when absent")
    options = parser.parse_args(arguments)
    options.work = options.work or options.out.with_name(f"{options.out.name}.work")
    return options


def _prepare(options: argparse.Namespace) -> tuple[Path, Path]:
    """Check everything that can be checked before hours are spent; the folder to learn from and the file set aside."""
    if options.out.exists() and (not options.out.is_dir() or any(options.out.iterdir())):
        raise ValueError(f"{options.out} is there already; name a new folder with --out")
    own = read_own(options.data)
    for reason in own.left_out[:NAMED_AT_MOST]:
        console.print(f"left out: {reason}", style="yellow", markup=False)
    aside = set_aside(own.conversations)
    _require_enough(own, aside, alone=options.alone)
    told = f"{len(own.conversations)} conversations, {len(aside)} of them set aside; {len(own.left_out)} left out"
    console.print(told, markup=False)
    _begin(options)
    return write_parts(options.data, own, aside, options.work)


def _require_enough(own: OwnData, aside: frozenset[str], *, alone: bool) -> None:
    if len(aside) < MIN_SET_ASIDE:
        told = f"{len(own.conversations)} conversations, {len(aside)} of them to judge by"
        raise ValueError(f"{told}; at least {MIN_SET_ASIDE} are needed: label more, or use `qa-service adapt`")
    sops = {one["sop"] for one in own.conversations if one["id"] not in aside}
    if alone and len(sops) < FOLDS:
        raise ValueError(f"conversations of {len(sops)} SOPs; --alone needs {FOLDS}, to hold out some: leave ours in")
    unlabelled = {name for name in LABELS if not any(one["gold"].get(name) for one in own.conversations)}
    if alone and unlabelled:
        raise ValueError(f"no labels of {', '.join(sorted(unlabelled))}; --alone needs some of each: leave ours in")


def _begin(options: argparse.Namespace) -> None:
    """Note what the work folder is made from; raises ValueError when it was begun from something else."""
    total = hashlib.sha256(repr((options.encoder, options.passes, options.alone)).encode())
    folders = [options.data, *([] if options.alone else options.datasets)]
    for path in (path for folder in folders for path in sorted(folder.rglob("*")) if path.is_file()):
        total.update(str(path).encode() + path.read_bytes())
    note = options.work / "made_from"
    if note.exists() and note.read_text("utf-8") != total.hexdigest():
        raise ValueError(f"{options.work} was begun from other data or options; remove it, or name another with --work")
    options.work.mkdir(parents=True, exist_ok=True)
    note.write_text(total.hexdigest(), "utf-8")


def compare(release: Path, held_out: Path, sops: Sequence[Path], present: Path | None) -> int:
    """Ask the service, which training does not import, whether a release is better; its exit status."""
    command = [Path(sys.executable).parent / "qa-service", "compare", release, held_out, "--no-fast"]
    command += [part for sop in sops for part in ("--sop", sop)]
    command += ["--models", present] if present else []
    return subprocess.run([str(part) for part in command], check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
