"""Train a release of all models from `datasets/` and write it as an artifact.

python -m training.train [--datasets DIR...] [--encoder TUNED] [--out DIR] [--name NAME]
"""

import argparse
import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from rich.console import Console
from rich.progress import track
from threadpoolctl import threadpool_limits

from models.act_features import ActSpace
from models.artifacts import DEFAULT, Release, load, save
from models.linear import LinearClassifier
from models.matching import Matching
from models.ngrams import NgramSpace, fit_space
from models.protocols import Matrix
from models.sounds import HeardSpace
from models.stacked import StackedClassifier, StackedTask
from models.tasks import TASKS
from training.act_space import fit_act_space
from training.beside_rows import beside_rows
from training.data import Data, Row, task_rows
from training.data import load as load_data
from training.fit_acts import Pairs, act_pairs, fit_matcher, sop_groups
from training.fit_handled import fit_handled, held_out_kappa
from training.fit_stack import Readers, fit_stack
from training.fit_sureness import bounds, learn_sureness
from training.fit_turns import FittedTask, fit_task
from training.heard import fit_heard
from training.held_out import summary
from training.held_out_turns import HeldOutTurns
from training.rulebook_files import load_rulebook

if TYPE_CHECKING:
    from training.encoder.readers import TunedReaders

Item = TypeVar("Item")

# N-grams of fewer texts are left out: keeping them all doubles the release and moves no figure by its interval.
RARE = 6
# What the encoder says of these brings nothing on groups held out (training/README.md); it is not asked.
UNREAD = ("red_lines", "promises")
LABELS = {task.name: task.labels for task in TASKS}


def main(arguments: Sequence[str] | None = None) -> int:
    """Train, write, load again, and print what the models do on data held out."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--datasets", type=Path, nargs="+", default=[Path("datasets")])
    parser.add_argument("--out", type=Path, default=DEFAULT)
    parser.add_argument("--encoder", type=Path, help="folder that `training.encoder.tune` filled; none: no encoder")
    parser.add_argument("--name", default="qa")
    options = parser.parse_args(arguments)
    # One thread: the same data gives the same weights on any machine, and a busy one does not slow it tenfold.
    with threadpool_limits(1):
        return _train(options)


def _train(options: argparse.Namespace) -> int:
    console = Console(stderr=True)
    data = load_data(*options.datasets)
    console.print(f"{len(data.conversations)} conversations, {len(data.sops)} SOPs, {len(data.single_turns)} turns")
    readers = tuned_readers(options.encoder) if options.encoder else None
    learning = Learning(data, learn_space(data), readers or nobody, console)
    release, report = learn(learning, options.name)
    if readers:
        release, report["reading"] = learn_to_read(learning, release, readers(set()))
        readers.export(options.out)
    save(options.out, release)
    report["handled_kappa"] = round(held_out_kappa(data, learning.ngrams), 3)
    report["version"] = load(options.out).version
    sys.stdout.write(json.dumps(report, ensure_ascii=False, indent=1) + "\n")
    return 0


@dataclass
class Learning:
    """What a run learns from, and what is computed once for several models."""

    data: Data
    ngrams: NgramSpace
    readers: Readers
    console: Console

    def track(self, items: Iterable[Item], what: str) -> Iterable[Item]:
        """Show how far a loop is."""
        return track(items, what, console=self.console)

    @cached_property
    def rows(self) -> Mapping[str, Sequence[Row]]:
        """Rows of each task."""
        return {task.name: task_rows(self.data, task) for task in TASKS}

    @cached_property
    def turn_space(self) -> HeardSpace:
        """What the turn classifiers read: the n-grams, and how they sound."""
        return fit_heard(_texts(self.data), self.ngrams, at_least=RARE)

    @cached_property
    def tasks(self) -> Mapping[str, FittedTask]:
        """The linear model of each task."""
        found = {}
        for task in self.track(TASKS, "tasks"):
            rows = self.rows[task.name]
            found[task.name] = fit_task(rows, task, self.turn_space, beside=beside_rows(self.data, task, rows))
        return found

    @cached_property
    def stacks(self) -> Mapping[str, tuple[StackedTask, Matrix]]:
        """What the linear model and the encoder weigh for each task, and the probabilities held out."""
        return {
            t.name: fit_stack(self.rows[t.name], t, self.tasks[t.name], self.readers)
            for t in self.track([task for task in TASKS if task.name not in UNREAD], "stacks")
        }

    @cached_property
    def pairs(self) -> Sequence[Pairs]:
        """Pairs of turn and act."""
        return act_pairs(self.data, self.ngrams, self.readers, progress=lambda groups: self.track(groups, "acts"))

    @cached_property
    def space(self) -> ActSpace:
        """The space of acts learnt from all SOPs."""
        return fit_act_space(self.data, self.ngrams, without=set())


def learn(learning: Learning, name: str) -> tuple[Release, dict[str, Any]]:
    """The models that need no encoder, and what they do on groups held out."""
    tasks = learning.tasks
    turns = LinearClassifier(learning.turn_space, LABELS, {name: fitted.task for name, fitted in tasks.items()})
    acts = fit_matcher(learning.pairs, sop_groups(learning.data), learning.space)
    release = Release(name, acts.matcher, turns, fit_handled(learning.data, learning.ngrams))
    report = summary({name: fitted.held_out for name, fitted in tasks.items()}, tasks, acts)
    learnt = learn_sureness(learning.data, held_out_turns(learning, reading=False), load_rulebook())
    return replace(release, sureness=learnt.sureness), report | {"items": bounds(learnt.items)}


def learn_to_read(learning: Learning, release: Release, matching: Matching) -> tuple[Release, dict[str, Any]]:
    """The models that ask the encoder, beside those of a release, and what they do on groups held out."""
    acts = fit_matcher(learning.pairs, sop_groups(learning.data), replace(learning.space, matching=matching))
    turns = StackedClassifier(release.turns, matching, {name: stack for name, (stack, _) in learning.stacks.items()})
    unread = {name: learning.tasks[name].held_out for name in UNREAD}
    held_out = unread | {name: probabilities for name, (_, probabilities) in learning.stacks.items()}
    report = summary(held_out, learning.tasks, acts)
    learnt = learn_sureness(learning.data, held_out_turns(learning, reading=True), load_rulebook())
    release = replace(release, reading_acts=acts.matcher, reading_turns=turns, reading_sureness=learnt.sureness)
    return release, report | {"items": bounds(learnt.items)}


def held_out_turns(learning: Learning, *, reading: bool) -> HeldOutTurns:
    """The turn classifiers of the folds; `reading`: with the encoder beside them."""
    stacks = {name: stack for name, (stack, _) in learning.stacks.items()} if reading else {}
    return HeldOutTurns(learning.turn_space, learning.tasks, LABELS, learning.readers, stacks)


def tuned_readers(folder: Path) -> "TunedReaders":
    """Encoders of a folder that `training.encoder.tune` filled; torch is imported only here."""
    from training.encoder.readers import TunedReaders

    return TunedReaders(folder)


def nobody(without: set[str]) -> None:
    """No encoder."""


def learn_space(data: Data) -> NgramSpace:
    """The n-grams of all turns and of the SOPs' examples."""
    return fit_space(_texts(data), at_least=RARE)


def _texts(data: Data) -> list[str]:
    texts = [turn.text for conversation in data.conversations for turn in conversation.turns]
    texts += [single["text"] for single in data.single_turns]
    texts += [str(e) for sop in data.sops.values() for step in sop["steps"] for e in step.get("examples") or ()]
    return texts


if __name__ == "__main__":
    sys.exit(main())
