"""What the judge looks at: one conversation, its SOP, and what the models made of it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from qa_service.analyze.language_judge.items import Doubtful
from qa_service.analyze.sop.follows import Follows
from qa_service.analyze.transcript import Transcript
from qa_service.domain.analysis import Analysis
from qa_service.domain.codebook import Codebook
from qa_service.domain.conversation import Speaker
from qa_service.domain.finding import StepFinding
from qa_service.domain.sop import Sop

# All that follows from the steps.
Derive: TypeAlias = Callable[[Sequence[StepFinding]], Follows]


@dataclass(frozen=True, slots=True)
class Case:
    """A conversation as the models judged it; `every`: the judge is asked about sure items too."""

    read: Transcript
    sop: Sop | None
    codebook: Codebook
    analysis: Analysis
    derive: Derive
    every: bool = False

    def asks(self, finding: Doubtful) -> bool:
        """Whether the judge is asked about a finding."""
        return self.every or finding.unsure

    @property
    def agent(self) -> frozenset[int]:
        """The agent's turns that hold words."""
        return frozenset(self.read.turns_of(Speaker.AGENT))

    @property
    def customer(self) -> frozenset[int]:
        """The customer's turns that hold words."""
        return frozenset(self.read.turns_of(Speaker.CUSTOMER))

    def window(self, trigger: int, within: int) -> frozenset[int]:
        """The agent's turns after a trigger that lie within so many moves of it."""
        deadline = (self.read.move[trigger] or 0) + within
        return frozenset(i for i in self.agent if i > trigger and (self.read.move[i] or 0) <= deadline)
