"""Labelled conversations of one SOP: from a file with `gold`, or from the settled reviews of a store."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from qa_service.analyze.lessons import reworded_acts, unsaid_acts
from qa_service.domain.conversation import Conversation
from qa_service.domain.gold import gold_of
from qa_service.domain.review import ReviewState
from qa_service.domain.sop import Sop
from qa_service.errors import InvalidInput
from qa_service.ingest import read_conversations
from qa_service.ingest.reader import Defect
from qa_service.normalize.masking import mask as mask_personal_data
from qa_service.review.gold import gold
from qa_service.store import Store
from qa_service.workflows.adapt_models import Labelled
from qa_service.workflows.open_service import OPERATOR
from qa_service.workflows.review_conversation import dossier


@dataclass(slots=True)
class LabelledFile:
    """Iterate to read; afterwards `problems` counts the lines not taken, `others` those that name another SOP."""

    path: Path
    sop: Sop
    mask: bool = False
    problem: Callable[[str], None] = lambda _: None
    problems: int = 0
    others: int = 0

    def __iter__(self) -> Iterator[Labelled]:
        """The labelled conversations of the SOP."""
        self.problems = self.others = 0
        for item in read_conversations(self.path):
            if isinstance(item, Defect):
                self._tell(str(item))
            elif item.sop not in (None, self.sop.id):
                self.others += 1
            else:
                yield from self._labelled(item)

    def _labelled(self, conversation: Conversation) -> Iterator[Labelled]:
        try:
            labels = gold_of(conversation)
        except InvalidInput as error:
            self._tell(f"{self.path}: conversation {conversation.id}: {error}")
            return
        unknown = sorted(labels.steps.keys() - {step.id for step in self.sop.steps})
        if unknown:
            self._tell(f"{self.path}: conversation {conversation.id}: {self.sop.id} has no step {', '.join(unknown)}")
            return
        masked = mask_personal_data(conversation) if self.mask else conversation
        yield Labelled(masked, labels, unsaid_acts(labels, self.sop))

    def _tell(self, reason: str) -> None:
        self.problems += 1
        self.problem(reason)


def read_reviews(store: Store, sop: Sop) -> Iterator[Labelled]:
    """The conversations of an SOP whose review is settled: there a person stands behind every finding.

    What an earlier version of the SOP said in other words is not labelled; a review still open labels nothing.
    """
    with store.reading() as work:
        for review in work.reviews.stream(state=ReviewState.SETTLED):
            desk = dossier(work, OPERATOR, review.conversation_id)
            if desk.verdicts is None or desk.sop is None or desk.sop.id != sop.id:
                continue
            extra = {**desk.conversation.extra, "gold": gold(desk.verdicts.final)}
            conversation = replace(desk.conversation, extra=extra)
            labels = gold_of(conversation)
            yield Labelled(conversation, labels, unsaid_acts(labels, sop) | reworded_acts(desk.sop, sop))
