"""Statements to topics: equal ones once, known topics first, only the rest is grouped anew."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b

import numpy as np
from scipy.optimize import linear_sum_assignment
from threadpoolctl import threadpool_limits

from qa_service.aggregate.needs.clusters import cluster
from qa_service.aggregate.needs.naming import Candidate, keywords, typical, words_of
from qa_service.aggregate.needs.vectors import Floats, Ints, Reader, plain, vectors
from qa_service.domain.insight import NeedBounds
from qa_service.domain.stored_topic import StoredTopic
from qa_service.domain.topic import Grouping, Statement, Topic

SEED = 20260101
ALONE = -1


@dataclass
class _Distinct:
    """Distinct plain texts, each with its statements in order."""

    texts: list[str] = field(default_factory=list)
    statements: list[list[Statement]] = field(default_factory=list)

    @classmethod
    def of(cls, statements: Sequence[Statement]) -> "_Distinct":
        places: dict[str, int] = {}
        distinct = cls()
        # Sorted first: the same statements in another order are the same topics.
        for statement in sorted(statements, key=lambda s: (plain(s.text), s.conversation_id, s.turn)):
            text = plain(statement.text)
            if text not in places:
                places[text] = len(distinct.texts)
                distinct.texts.append(text)
                distinct.statements.append([])
            distinct.statements[places[text]].append(statement)
        return distinct


def group_statements(
    statements: Sequence[Statement], bounds: NeedBounds, known: Sequence[StoredTopic] = ()
) -> Grouping:
    """Group statements into topics; those of `known` topics keep their ids and names."""
    # One thread: sums come out the same whatever the number of cores, and threads do not wait for a busy core.
    with threadpool_limits(limits=1):
        return _grouped(statements, bounds, known)


def _grouped(statements: Sequence[Statement], bounds: NeedBounds, known: Sequence[StoredTopic]) -> Grouping:
    distinct = _Distinct.of(statements)
    exemplars = [plain(one.text) for topic in known for one in topic.exemplars]
    points = vectors([*distinct.texts, *exemplars], Reader.of(bounds), bounds.components, SEED)
    own, theirs = points[: len(distinct.texts)], points[len(distinct.texts) :]
    centres = _centres(theirs, [len(topic.exemplars) for topic in known])
    joined = _nearest(own, centres, bounds.join_distance)
    _join_equal(joined, distinct.texts, known)
    rest = np.flatnonzero(joined == ALONE)
    new = cluster(own[rest], bounds.join_distance, bounds.exact_up_to, SEED)
    matched = _matched(own[rest], new, centres, bounds.join_distance)
    groups: dict[int, list[int]] = defaultdict(list)
    for place, topic in enumerate(joined.tolist()):
        if topic != ALONE:
            groups[topic].append(place)
    for place, number in zip(rest.tolist(), new.tolist(), strict=True):
        groups[matched.get(number, len(known) + number)].append(place)
    return _grouping(distinct, groups, known, bounds)


def _centres(points: Floats, sizes: Sequence[int]) -> Floats:
    """The mean of each topic's exemplars: 1 - x * mean is the average distance of x to them."""
    if not sizes:
        return np.zeros((0, points.shape[1]))
    ends = np.cumsum(sizes)
    return np.array([points[end - size : end].mean(axis=0) for end, size in zip(ends, sizes, strict=True)])


def _nearest(points: Floats, centres: Floats, distance: float) -> Ints:
    if not len(centres) or not len(points):
        return np.full(len(points), ALONE, dtype=np.int64)
    similarity = points @ centres.T
    best = similarity.argmax(axis=1)
    near = 1 - similarity[np.arange(len(points)), best] <= distance
    return np.where(near, best, ALONE)


def _join_equal(joined: Ints, texts: Sequence[str], known: Sequence[StoredTopic]) -> None:
    """An exemplar said again belongs to its topic, whatever the distances."""
    homes = {plain(one.text): number for number, topic in enumerate(known) for one in topic.exemplars}
    for place, text in enumerate(texts):
        if text in homes:
            joined[place] = homes[text]


def _matched(points: Floats, groups: Ints, centres: Floats, distance: float) -> Mapping[int, int]:
    """New groups that are a known topic after all, one to one (Hungarian)."""
    numbers = np.unique(groups)
    if not len(numbers) or not len(centres):
        return {}
    means = np.array([points[groups == number].mean(axis=0) for number in numbers])
    distances = 1 - means @ centres.T
    pairs = zip(*linear_sum_assignment(distances), strict=True)
    return {int(numbers[row]): int(column) for row, column in pairs if distances[row, column] <= distance}


def _grouping(
    distinct: _Distinct,
    groups: Mapping[int, list[int]],
    known: Sequence[StoredTopic],
    bounds: NeedBounds,
) -> Grouping:
    candidates = _candidates(distinct, frozenset(bounds.empty_words))
    groups = {
        number: places if number < len(known) else _held_together(candidates, places, Reader.of(bounds))
        for number, places in groups.items()
    }
    counted = {number: _word_counts(candidates, places) for number, places in groups.items()}
    everywhere: Counter[str] = Counter()
    for counts in counted.values():
        everywhere.update(counts)
    topics, left = [], set(range(len(distinct.texts)))
    for number, places in sorted(groups.items()):
        members = tuple(statement for place in places for statement in distinct.statements[place])
        few = len({member.conversation_id for member in members}) < bounds.fewest_conversations
        if few and number >= len(known):
            continue
        left -= set(places)
        if number < len(known):
            topics.append(Topic(known[number].id, known[number].label, known[number].keywords, members))
        else:
            words = keywords(counted[number], everywhere, len(groups), bounds.keywords)
            label = typical([candidates[place] for place in places])
            topics.append(Topic(_new_id(distinct.texts[place] for place in sorted(places)), label, words, members))
    topics.sort(key=lambda topic: (-len(topic.conversations), -len(topic.members), topic.id))
    unassigned = (statement for place in sorted(left) for statement in distinct.statements[place])
    return Grouping(tuple(topics), tuple(unassigned))


def _candidates(distinct: _Distinct, empty_words: frozenset[str]) -> list[Candidate]:
    return [
        Candidate(said[0].text, said[0].kind, len(said), words_of(text, empty_words))
        for text, said in zip(distinct.texts, distinct.statements, strict=True)
    ]


def _held_together(candidates: Sequence[Candidate], places: list[int], reader: Reader) -> list[int]:
    """The members that share a word or a meaning with another one, or that several people said alike.

    Single characters bring statements near each other too; that alone is no topic.
    """
    shared = {place: candidates[place].words | reader.meanings_of(candidates[place].text) for place in places}
    counts = Counter(part for parts in shared.values() for part in parts)
    return [place for place in places if candidates[place].count > 1 or any(counts[p] > 1 for p in shared[place])]


def _word_counts(candidates: Sequence[Candidate], places: Sequence[int]) -> Counter[str]:
    counts: Counter[str] = Counter()
    for place in places:
        counts.update(dict.fromkeys(candidates[place].words, candidates[place].count))
    return counts


def _new_id(texts: Iterable[str]) -> str:
    return f"t-{blake2b(chr(10).join(texts).encode(), digest_size=5).hexdigest()}"
