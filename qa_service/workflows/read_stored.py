"""Conversations with their verdicts from the store, for every report: what people decided counts."""

from collections.abc import Iterator, Sequence
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
                    if _is_part(score):
                        yield _judged(work, conversation, machine, score, touched=conversation.id in touched)


def with_verdicts(
    work: UnitOfWork, pairs: Sequence[tuple[int, Conversation, Analysis]]
) -> list[tuple[int, JudgedConversation]]:
    """Some conversations, by the store's own numbers, with their final verdicts; what is no part of a report is not."""
    touched = work.reviews.decided_about([number for number, _, _ in pairs])
    frozen = work.periods.of([conversation.id for _, conversation, _ in pairs])
    return [
        (number, _judged(work, conversation, machine, frozen.get(conversation.id), touched=number in touched))
        for number, conversation, machine in pairs
        if _is_part(frozen.get(conversation.id))
    ]


def _is_part(frozen: FrozenScore | None) -> bool:
    """Analysed only after its period was closed, a conversation is no part of what was closed."""
    return frozen is None or frozen.analysis_id is not None


def _judged(
    work: UnitOfWork, conversation: Conversation, machine: Analysis, frozen: FrozenScore | None, *, touched: bool
) -> JudgedConversation:
    final = _final(work, machine, frozen) if touched else machine
    return JudgedConversation(_as_it_was(conversation, frozen), final)


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
