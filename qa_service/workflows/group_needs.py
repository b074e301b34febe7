"""Recurring needs: group the statements of many conversations into topics that keep their identity."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from qa_service.aggregate.needs import Learner, Space, chunks, grouping_of, remember, shipped_space
from qa_service.domain.analysis import Analysis
from qa_service.domain.conversation import Conversation, Turn
from qa_service.domain.judged import JudgedConversation
from qa_service.domain.stored_topic import Memory, memory_from_json, memory_to_json
from qa_service.domain.topic import (
    Grouping,
    Statement,
    TopicEvent,
    statements_of,
)
from qa_service.errors import InvalidInput
from qa_service.workflows.load_insight import load_insight
from qa_service.workflows.whole_file import write_lines

STATE_FILE = "topics.json"
STATE_FORMAT = 2
READABLE = (1, 2)


@dataclass(frozen=True)
class GroupedNeeds:
    """Topics of this run, what is kept for the next one, and what happened to topics."""

    grouping: Grouping
    memory: Memory
    events: tuple[TopicEvent, ...]
    n_conversations: int


def group_needs(
    judged: Iterable[JudgedConversation], *, as_of: date, memory: Memory | None = None, space: Space | None = None
) -> GroupedNeeds:
    """Group all needs; statements of the topics remembered join them. `as_of` dates the events."""
    bounds = load_insight().needs
    statements: list[Statement] = []
    n_conversations = 0
    for pair in judged:
        n_conversations += 1
        statements += statements_of(pair)
    learner = Learner(bounds, space or shipped_space(), memory or Memory(), as_of.isoformat())
    for chunk in chunks(statements):
        learner.learn(chunk)
    placing = learner.finish()
    grouping = grouping_of(statements, placing, bounds)
    counts = {topic.id: len(topic.conversations) for topic in grouping.topics}
    kept, events = remember(placing, counts, at=as_of, n_conversations=n_conversations, bounds=bounds)
    return GroupedNeeds(grouping, kept, events, n_conversations)


def without_conversations(analyses: Iterable[Analysis]) -> Iterable[JudgedConversation]:
    """Analyses alone, where the conversations are not at hand: agents and customers are then unknown."""
    nothing: tuple[Turn, ...] = ()
    return (JudgedConversation(Conversation(a.conversation_id, nothing), a) for a in analyses)


def read_state(folder: Path) -> Memory:
    """What is kept in a state folder, nothing when it is new; raises InvalidInput for a damaged file."""
    path = folder / STATE_FILE
    if not path.exists():
        return Memory()
    try:
        body = json.loads(path.read_text("utf-8"))
        if body["format"] not in READABLE:
            raise ValueError(f"format {body['format']}, this version reads {STATE_FORMAT}")
        return memory_from_json(body)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InvalidInput(f"{path}: not the state of topics ({error}); move it away to begin anew") from error


def write_state(folder: Path, memory: Memory) -> None:
    """Keep topics for the next run."""
    body = {"format": STATE_FORMAT} | memory_to_json(memory)
    write_lines(folder / STATE_FILE, [json.dumps(body, ensure_ascii=False, indent=1)])
