"""Train a release of all models from `datasets/` and write it as an artifact.

python -m training.train [--datasets DIR] [--out DIR] [--name NAME]
"""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.progress import track
from threadpoolctl import threadpool_limits

from models.artifacts import DEFAULT, load, save
from models.linear import LinearClassifier
from models.ngrams import NgramSpace, fit_space
from models.tasks import TASKS
from training.data import Data, task_rows
from training.data import load as load_data
from training.fit_acts import fit_acts
from training.fit_handled import fit_handled
from training.fit_turns import fit_task
from training.held_out import summary

# N-grams of fewer texts are left out: keeping them all doubles the release and moves no figure by its interval.
RARE = 4


def main(arguments: Sequence[str] | None = None) -> int:
    """Train, write, load again, and print what the models do on data held out."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--datasets", type=Path, default=Path("datasets"))
    parser.add_argument("--out", type=Path, default=DEFAULT)
    parser.add_argument("--name", default="linear")
    options = parser.parse_args(arguments)
    # One thread: the same data gives the same weights on any machine, and a busy one does not slow it tenfold.
    with threadpool_limits(1):
        return _train(options)


def _train(options: argparse.Namespace) -> int:
    console = Console(stderr=True)
    data = load_data(options.datasets)
    console.print(f"{len(data.conversations)} conversations, {len(data.sops)} SOPs, {len(data.single_turns)} turns")
    space = learn_space(data)
    fitted = {
        task.name: fit_task(task_rows(data, task), task, space) for task in track(TASKS, "tasks", console=console)
    }
    acts = fit_acts(data, space, progress=lambda groups: track(groups, "acts", console=console))
    turns = LinearClassifier(space, {t.name: t.labels for t in TASKS}, {name: f.task for name, f in fitted.items()})
    save(options.out, options.name, acts.matcher, turns, fit_handled(data, space))
    report = summary(fitted, acts) | {"version": load(options.out).version}
    sys.stdout.write(json.dumps(report, ensure_ascii=False, indent=1) + "\n")
    return 0


def learn_space(data: Data) -> NgramSpace:
    """The n-grams of all turns and of the SOPs' examples."""
    texts = [turn.text for conversation in data.conversations for turn in conversation.turns]
    texts += [single["text"] for single in data.single_turns]
    texts += [str(e) for sop in data.sops.values() for step in sop["steps"] for e in step.get("examples") or ()]
    return fit_space(texts, at_least=RARE)


if __name__ == "__main__":
    sys.exit(main())
