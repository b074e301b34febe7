"""A conversation together with what the analysis claims about it: the unit that every aggregation streams over."""

from dataclasses import dataclass

from qa_service.domain.analysis import Analysis
from qa_service.domain.conversation import Conversation


@dataclass(frozen=True, slots=True)
class JudgedConversation:
    """A conversation and its analysis; both carry the same id."""

    conversation: Conversation
    analysis: Analysis

    @property
    def id(self) -> str:
        """The conversation's id."""
        return self.conversation.id

    @property
    def agent_id(self) -> str:
        """The agent's id, empty when unknown."""
        return self.conversation.agent.id or ""

    @property
    def customer_key(self) -> str:
        """The customer's id; a conversation without one stands for a customer of its own."""
        return self.conversation.customer.id or f"conversation:{self.conversation.id}"

    def text_of(self, turn: int) -> str:
        """The text of a turn, empty when the conversation has no such turn."""
        turns = self.conversation.turns
        return turns[turn].text if 0 <= turn < len(turns) else ""
