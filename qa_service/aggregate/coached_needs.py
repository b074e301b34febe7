"""What an agent's customers need most, how often it is answered, and the colleague's answer to learn from."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from qa_service.domain.bigrams import pairs_of
from qa_service.domain.change import judge_changes
from qa_service.domain.coaching import ApprovedWording, CoachingCase, CoachingNeed
from qa_service.domain.counted import Counted
from qa_service.domain.insight import CoachingBounds
from qa_service.domain.metrics import Rate, rate
from qa_service.domain.quote import Quote
from qa_service.domain.topic import OPEN, Statement, Topic

# A wording is for a topic when its question and a statement share this much (Dice, pairs of characters).
FITS, MOST = 0.5, 200


def coached_needs(
    topics: Sequence[Topic],
    whose: tuple[str, frozenset[str]],
    answers: Mapping[tuple[str, int], str],
    bounds: CoachingBounds,
    *,
    approved: Sequence[ApprovedWording] = (),
) -> tuple[CoachingNeed, ...]:
    """The topics most frequent among the customers of an agent (`whose`: the agent, the colleagues).

    Shares answered are judged as one family.
    """
    agent, others = whose
    mine = {topic.id: [member for member in topic.members if member.agent_id == agent] for topic in topics}
    ranked = sorted(topics, key=lambda topic: (-len(_conversations(mine[topic.id])), topic.id))
    shown = [topic for topic in ranked if mine[topic.id]][: bounds.top_needs]
    pairs = [
        (_answered(mine[topic.id]), _answered([m for m in topic.members if m.agent_id in others])) for topic in shown
    ]
    changes = judge_changes(pairs, bounds.changes)
    stated = {member.conversation_id for members in mine.values() for member in members}
    return tuple(
        CoachingNeed(
            topic=topic,
            own=_counted(mine[topic.id], len(stated), bounds.kept_ids),
            answered=change,
            open_in=tuple(_conversations([m for m in mine[topic.id] if m.handled in OPEN])[: bounds.kept_ids]),
            best_answer=_best_answer(topic, others, answers),
            objections=sum(member.kind == "objection" for member in mine[topic.id]),
            approved=_fitting(topic, approved)[: bounds.examples],
        )
        for topic, change in zip(shown, changes, strict=True)
    )


def _fitting(topic: Topic, approved: Sequence[ApprovedWording]) -> tuple[ApprovedWording, ...]:
    """Approved wordings for what the topic asks, the nearest first: they share enough of its pairs of characters."""
    asked = [pairs_of(text) for text in (topic.label, *topic.quotes, *(member.text for member in topic.members[:MOST]))]
    near = [(max(_likeness(pairs_of(one.objection), other) for other in asked), one) for one in approved]
    return tuple(one for like, one in sorted(near, key=lambda pair: (-pair[0], pair[1].id)) if like >= FITS)


def _likeness(first: frozenset[str], second: frozenset[str]) -> float:
    return 2 * len(first & second) / (len(first) + len(second)) if first and second else 0.0


def _conversations(members: Sequence[Statement]) -> list[str]:
    return sorted({member.conversation_id for member in members})


def _counted(members: Sequence[Statement], n: int, keep: int) -> Counted:
    ids = _conversations(members)
    return Counted(rate(len(ids), n), tuple(ids[:keep]))


def _answered(members: Sequence[Statement]) -> Rate:
    """Of the statements that ask for an answer, the share that got one (in full or in part)."""
    asked = [member for member in members if member.handled is not None]
    return rate(sum(member.handled not in OPEN for member in asked), len(asked))


def _best_answer(
    topic: Topic, colleagues: frozenset[str], answers: Mapping[tuple[str, int], str]
) -> CoachingCase | None:
    """An answer of the colleague who most surely answers this topic."""
    by_agent: dict[str, list[Statement]] = defaultdict(list)
    for member in topic.members:
        if member.agent_id in colleagues:
            by_agent[member.agent_id].append(member)
    for agent in sorted(by_agent, key=lambda agent: (-_answered(by_agent[agent]).low, agent)):
        for member in by_agent[agent]:
            text = answers.get((member.conversation_id, member.turn))
            if text:
                quote = Quote(member.conversation_id, member.response_turn or member.turn, text)
                return CoachingCase("colleague", quote, agent)
    return None
