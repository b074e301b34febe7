"""Conversations with their verdicts from the store, for every report: what people decided counts."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice

from qa_service.domain.analysis import Analysis
from qa_service.domain.closed_period import FrozenScore
from qa_service.domain.conversation import Conversation
from qa_service.domain.judged import JudgedConversation
from qa_service.store import ConversationFilter, Store, UnitOfWork
from qa_service.workflows.standing import frozen_final, stands

AT_ONCE = 200


@dataclass(frozen=True)
class StoredVerdicts:
    """Iterate, again and again if need be: conversations with their final verdict, by id, in constant memory.

    Those of a closed period come as they were when it was closed: verdict, score, agent and team.
    """

    store: Store
    wanted: ConversationFilter

    def __iter__(self) -> Iterator[JudgedConversation]:
        """The pairs that the filter means; the filter itself looks at the machine's verdict."""
        with self.store.reading() as work:
            touched = work.reviews.overridden_ids() | {one.conversation_id for one in work.reviews.stream()}
            closed = bool(work.periods.all())
            pairs = work.analyses.pairs(self.wanted)
            while batch := list(islice(pairs, AT_ONCE)):
                frozen = work.periods.of([conversation.id for conversation, _ in batch]) if closed else {}
                for conversation, machine in batch:
                    score = frozen.get(conversation.id)
                    # Analysed only after its period was closed: it is no part of what was closed.
                    if score is None or score.analysis_id is not None:
                        final = _final(work, machine, score) if conversation.id in touched else machine
                        yield JudgedConversation(_as_it_was(conversation, score), final)


def _final(work: UnitOfWork, machine: Analysis, frozen: FrozenScore | None) -> Analysis:
    stored = work.analyses.find(machine.conversation_id)
    if stored is None:
        return machine
    return frozen_final(work, stored, frozen) if frozen else stands(work, stored).verdicts.final


def _as_it_was(conversation: Conversation, frozen: FrozenScore | None) -> Conversation:
    if frozen is None:
        return conversation
    agent = replace(conversation.agent, id=frozen.agent_id, name=frozen.agent_name, team=frozen.team, org=frozen.org)
    return replace(conversation, agent=agent)
