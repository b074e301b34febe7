"""Turn classifiers as the service would have them, had it never seen a group."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from models.linear import LinearClassifier, TextSpace
from models.protocols import TurnClassifier
from models.stacked import StackedClassifier, StackedTask
from training.fit_stack import Readers
from training.fit_turns import FittedTask


@dataclass(frozen=True)
class HeldOutTurns:
    """The models of the folds; with `stacks`, the encoders that `readers` gives beside them.

    What the folds share saw every group, few numbers as they are: scales and shifts of calibration, stack weights.
    """

    space: TextSpace
    tasks: Mapping[str, FittedTask]
    labels: Mapping[str, tuple[str, ...]]
    readers: Readers
    stacks: Mapping[str, StackedTask] = field(default_factory=dict)
    _known: dict[tuple[int, ...], LinearClassifier] = field(default_factory=dict, repr=False)

    def without(self, group: str) -> TurnClassifier:
        """The classifier that never saw a group (for one that nobody saw: the one learnt from all)."""
        linear = self._linear(tuple(_fold(fitted, group) for fitted in self.tasks.values()))
        matching = self.readers({group}) if self.stacks else None
        return StackedClassifier(linear, matching, self.stacks) if matching else linear

    def fold(self, task: str, group: str) -> int:
        """Which fold holds a group out, -1 for none."""
        return _fold(self.tasks[task], group)

    def _linear(self, folds: tuple[int, ...]) -> LinearClassifier:
        if folds not in self._known:
            tasks = {
                name: fitted.folds[number].task if number >= 0 else fitted.task
                for (name, fitted), number in zip(self.tasks.items(), folds, strict=True)
            }
            self._known[folds] = LinearClassifier(self.space, self.labels, tasks)
        return self._known[folds]


def _fold(fitted: FittedTask, group: str) -> int:
    return next((number for number, fold in enumerate(fitted.folds) if group in fold.groups), -1)
