"""What store tests are made of: short conversations and analyses."""

from collections.abc import Callable
from typing import Any

import pytest

from qa_service.domain.analysis import Analysis
from qa_service.domain.conversation import Conversation
from qa_service.domain.conversation_json import conversation_from_json
from qa_service.store import UnitOfWork

Make = Callable[..., Any]


@pytest.fixture
def conversation() -> Callable[..., Conversation]:
    """Make a conversation from its id, its lines (agent and customer in turn) and any contract fields."""

    def make(conversation_id: str, *lines: str, **fields: Any) -> Conversation:
        speakers = ("agent", "customer")
        turns = [{"speaker": speakers[i % 2], "text": text} for i, text in enumerate(lines or ("您好", "你好"))]
        return conversation_from_json({"id": conversation_id, "turns": turns, **fields})

    return make


@pytest.fixture
def analyse() -> Callable[..., int | None]:
    """Store an analysis of a conversation that is in the store; fields are those of Analysis."""

    def store_one(
        work: UnitOfWork, conversation_id: str, *, sop_digest: str | None = None, **fields: Any
    ) -> int | None:
        one = work.conversations.numbered(conversation_id)
        made = {"sop": None, "sop_version": None, "versions": {"models": "m1", "code": "c1"}} | fields
        return work.analyses.add(
            Analysis(conversation_id, **made), number=one.number, turns_digest=one.digest, sop_digest=sop_digest
        )

    return store_one
