"""Conversations with their verdicts from the store, for every report: what people decided counts."""

from collections.abc import Iterator
from dataclasses import dataclass

from qa_service.domain.judged import JudgedConversation
from qa_service.domain.review import ReviewState
from qa_service.review.final import overridden
from qa_service.store import ConversationFilter, Store
from qa_service.workflows.review_conversation import sop_of


@dataclass(frozen=True)
class StoredVerdicts:
    """Iterate, again and again if need be: conversations with their final verdict, by id, in constant memory."""

    store: Store
    wanted: ConversationFilter

    def __iter__(self) -> Iterator[JudgedConversation]:
        """The pairs that the filter means; the filter itself looks at the machine's verdict."""
        with self.store.reading() as work:
            settled = {one.conversation_id: one.state is ReviewState.SETTLED for one in work.reviews.stream()}
            touched = work.reviews.overridden_ids() | settled.keys()
            for conversation, machine in work.analyses.pairs(self.wanted):
                if conversation.id not in touched:
                    yield JudgedConversation(conversation, machine)
                    continue
                overrides = work.reviews.overrides(conversation.id)
                sop = sop_of(work, machine.sop, machine.sop_version)
                is_settled = settled.get(conversation.id, False)
                final = overridden(machine, overrides, sop=sop, settled=is_settled)
                yield JudgedConversation(conversation, final)
