"""Statements to topics, chunk by chunk: known topics take what is near them, and only the rest is grouped anew.

Memory holds the known topics, one chunk and a bounded sample of what no topic takes; so 200 statements and five
millions are learnt from in the same way, and their order changes nothing.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from hashlib import blake2b

import numpy as np
from scipy.optimize import linear_sum_assignment
from threadpoolctl import threadpool_limits

from qa_service.aggregate.needs.anchors import ALONE, Anchors
from qa_service.aggregate.needs.clusters import cluster
from qa_service.aggregate.needs.evolution import Part, apart, merged, split_off
from qa_service.aggregate.needs.naming import Candidate, Namer
from qa_service.aggregate.needs.residue import Residue, digest
from qa_service.aggregate.needs.space import Floats, Ints, Space, plain, unit
from qa_service.domain.insight import NeedBounds
from qa_service.domain.stored_topic import Exemplar, Loose, Measure, Memory, StoredTopic, homes
from qa_service.domain.topic import Statement

SEED = 20260101
# Of what joins a topic so many texts are looked at, whether they are still one need.
JOINED = 48


@dataclass(frozen=True)
class Placing:
    """The topics after learning, and which of them a statement belongs to; `born` are their new ones.

    `merges` and `splits` are pairs: the topic that goes on, and the one that went into it or came out of it. `grouped`
    names the texts that were grouped, by the place of their topic.
    """

    memory: Memory
    born: tuple[str, ...]
    merges: tuple[tuple[str, str], ...]
    splits: tuple[tuple[str, str], ...]
    anchors: Anchors
    grouped: Mapping[str, int]
    space: Space
    quotes: Mapping[str, tuple[str, ...]]

    def place(self, statements: Sequence[Statement]) -> list[str | None]:
        """The id of each statement's topic, None where it fits none."""
        return [home for _, home in self.join(statements)]

    def join(self, statements: Sequence[Statement]) -> list[tuple[str | None, str | None]]:
        """For each statement the topic it is like, and the one that stands for it: another one after a merger."""
        texts = [plain(statement.text) for statement in statements]
        distinct = sorted(set(texts))
        # One thread: sums come out the same whatever the number of cores, and threads do not wait for a busy core.
        with threadpool_limits(limits=1):
            numbers = self._numbers(distinct)
        topics, home = self.memory.topics, homes(self.memory.topics)
        joined = {t: topics[number].id if number >= 0 else None for t, number in zip(distinct, numbers, strict=True)}
        return [(joined[text], home.get(joined[text] or "")) for text in texts]

    def _numbers(self, texts: Sequence[str]) -> list[int]:
        assert self.memory.measure is not None
        new = [text for text in texts if text not in self.grouped]
        found = dict(self.grouped)
        if new:
            places = self.anchors.place(new, self.space.vectors(new), self.memory.measure.join)
            found.update(zip(new, places.tolist(), strict=True))
        return [found[text] for text in texts]


@dataclass
class Learner:
    """Hears statements and tells the topics that they make with the known ones; `day` is that of new ones."""

    bounds: NeedBounds
    space: Space
    memory: Memory = field(default_factory=Memory)
    day: str = ""
    anchors: Anchors = field(init=False)
    measure: Measure = field(init=False)
    residue: Residue = field(init=False)
    joined: dict[int, Residue] = field(init=False)
    conversations: int = field(init=False, default=0)

    def __post_init__(self) -> None:
        with threadpool_limits(limits=1):
            self.anchors = Anchors.of(self.memory.topics, self.space)
            before = self.memory.measure or Measure("", self.bounds.join_distance, self.bounds.group_distance)
            self.measure = self.anchors.measured(before, self.space)
        self.residue = Residue(self.bounds.sample)
        self.joined = defaultdict(lambda: Residue(JOINED))
        self.namer = Namer(self.bounds, self.space)
        self._hear([Statement(one.conversation_id, 0, one.text, "") for one in self.memory.loose])

    def learn(self, statements: Sequence[Statement]) -> None:
        """Hear some statements; chunks of a few thousand are fastest."""
        self.conversations += len({statement.conversation_id for statement in statements})
        self._hear(statements)

    def _hear(self, statements: Sequence[Statement]) -> None:
        by_text: dict[str, list[Statement]] = defaultdict(list)
        for statement in statements:
            by_text[plain(statement.text)].append(statement)
        texts = sorted(by_text)
        with threadpool_limits(limits=1):
            points = self.space.vectors(texts) if texts else np.zeros((0, 1), dtype=np.float32)
            places = self.anchors.place(texts, points, self.measure.join)
        for text, point, place in zip(texts, points, places.tolist(), strict=True):
            if place != ALONE:
                self.joined[place].add(text, point, by_text[text])
            elif not self.namer.says_nothing(text):
                self.residue.add(text, point, by_text[text])

    def finish(self) -> Placing:
        """Group what no topic took, and tell all topics."""
        with threadpool_limits(limits=1):
            return self._finished()

    def _finished(self) -> Placing:
        texts = self.residue.texts()
        points = self.residue.points(texts)
        groups = self._recurring(texts, cluster(points, self.measure.group, self.bounds.exact_up_to, SEED))
        taken = self._taken_by_known(points, groups)
        known = list(self.memory.topics)
        for group, number in taken.items():
            known[number] = self._extended(known[number], [texts[place] for place in groups[group]])
        known, splits = split_off(known, self._parts(known), self.day)
        new = {group: places for group, places in groups.items() if group not in taken}
        born, quotes = self._born(texts, new, known)
        homes = taken | {group: number for number, (_, group) in enumerate(born, len(known))}
        grouped = {texts[place]: number for group, number in homes.items() for place in groups[group]}
        known += [topic for topic, _ in born]
        known, merges = merged(known, Anchors.of(known, self.space), self.measure.group * self.bounds.merge_share)
        anchors = Anchors.of(known, self.space)
        return Placing(
            memory=Memory(tuple(known), self.measure, self._loose(grouped)),
            born=tuple(topic.id for topic, _ in born),
            merges=merges,
            splits=splits,
            anchors=anchors,
            grouped=grouped,
            space=self.space,
            quotes=quotes,
        )

    def _loose(self, grouped: Mapping[str, int]) -> tuple[Loose, ...]:
        """What fits nowhere, for the next time: the last ones, of so many weeks as a topic takes to fall asleep."""
        days = {(one.text, one.conversation_id): one.day for one in self.memory.loose}
        firsts = [said.first for text, said in self.residue.said.items() if text not in grouped]
        dated = [
            Loose(one.text, one.conversation_id, days.get((one.text, one.conversation_id), self.day)) for one in firsts
        ]
        ranked = sorted((one for one in dated if self._lately(one.day)), key=lambda one: (digest(one.text), one.text))
        return tuple(sorted(ranked, key=lambda one: one.day, reverse=True)[: self.bounds.kept_loose])

    def _lately(self, day: str) -> bool:
        if not self.day or not day:
            return True
        return date.fromisoformat(self.day) - date.fromisoformat(day) < timedelta(weeks=self.bounds.dormant_weeks)

    def _parts(self, known: Sequence[StoredTopic]) -> dict[int, Part]:
        """The topics whose statements have become two needs, each with what is not the old one."""
        found = {}
        for number, joined in sorted(self.joined.items()):
            topic = known[number]
            texts = joined.texts()
            if topic.whole or not topic.stands:
                continue
            places = apart(joined.points(texts), self.anchors.centres[number], self.measure.group, self.bounds)
            if places:
                candidates = [_candidate(joined, texts[place]) for place in places]
                name = self.namer.name(candidates, self._everywhere([candidates]), len(texts), {t.label for t in known})
                exemplars = _exemplars(joined, [texts[place] for place in places], self.bounds.kept_exemplars)
                topic_id = _new_id([texts[place] for place in places], {topic.id for topic in known})
                found[number] = Part(topic_id, name, exemplars, self._gone(topic, joined, texts, places))
        return found

    def _gone(
        self, topic: StoredTopic, joined: Residue, texts: Sequence[str], places: Sequence[int]
    ) -> tuple[Exemplar, ...]:
        """The exemplars of a topic that are nearer to the part that leaves it."""
        points = joined.points(texts)
        leaves = np.isin(np.arange(len(texts)), list(places))
        ways = np.array([points[leaves].mean(axis=0), points[~leaves].mean(axis=0)])
        nearer = self.space.vectors([plain(one.text) for one in topic.exemplars]) @ unit(ways).T
        return tuple(one for one, (to_part, to_rest) in zip(topic.exemplars, nearer, strict=True) if to_part > to_rest)

    def _recurring(self, texts: Sequence[str], groups: Ints) -> dict[int, list[int]]:
        """The groups that were stated in enough conversations."""
        by_group: dict[int, list[int]] = defaultdict(list)
        for place, group in enumerate(groups.tolist()):
            by_group[group].append(place)
        said = self.residue.said
        fewest = max(self.bounds.fewest_conversations, self.bounds.fewest_share * self.conversations)

        def often(places: list[int]) -> bool:
            ids: set[str] = set().union(*(said[texts[place]].conversations for place in places))
            # Of a text only some conversations are remembered; no more of them than it was said.
            more = sum(max(0, said[texts[p]].count - len(said[texts[p]].conversations)) for p in places)
            return len(ids) > 1 and len(ids) + more >= fewest

        return {group: places for group, places in sorted(by_group.items()) if often(places)}

    def _taken_by_known(self, points: Floats, groups: Mapping[int, list[int]]) -> dict[int, int]:
        """New groups that are a known topic after all, one to one (Hungarian)."""
        standing = np.flatnonzero([topic.stands for topic in self.memory.topics])
        if not groups or not len(standing):
            return {}
        means = np.array([points[places].mean(axis=0) for places in groups.values()])
        distances = 1 - means @ self.anchors.means[standing].T
        numbers = list(groups)
        pairs = zip(*linear_sum_assignment(distances), strict=True)
        limit = self.measure.group
        return {numbers[row]: int(standing[column]) for row, column in pairs if distances[row, column] <= limit}

    def _born(
        self, texts: Sequence[str], groups: Mapping[int, list[int]], known: Sequence[StoredTopic]
    ) -> tuple[list[tuple[StoredTopic, int]], dict[str, tuple[str, ...]]]:
        """New topics with their groups, the most frequent first, and typical statements of each."""
        candidates = {g: [_candidate(self.residue, texts[p]) for p in places] for g, places in groups.items()}
        everywhere = self._everywhere(candidates.values())
        said = {group: sum(one.count for one in candidates[group]) for group in groups}
        labels, ids = {topic.label for topic in known}, {topic.id for topic in known}
        born, quotes = [], {}
        for group in sorted(groups, key=lambda group: (-said[group], groups[group])):
            name = self.namer.name(candidates[group], everywhere, sum(said.values()), labels)
            own = [texts[place] for place in groups[group]]
            topic_id = _new_id(own, ids)
            exemplars = _exemplars(self.residue, own, self.bounds.kept_exemplars)
            born.append((StoredTopic(topic_id, name.label, name.keywords, exemplars, self.day, self.day), group))
            labels.add(name.label)
            ids.add(topic_id)
            quotes[topic_id] = name.quotes
        return born, quotes

    def _everywhere(self, groups: Iterable[Sequence[Candidate]]) -> Counter[str]:
        """How often each phrase and word is said in all groups."""
        counts: Counter[str] = Counter()
        for one in (candidate for group in groups for candidate in group):
            for part in self.namer.phrases_of(one.plain) | self.namer.words_of(one.plain):
                counts[part] += one.count
        return counts

    def _extended(self, topic: StoredTopic, texts: Sequence[str]) -> StoredTopic:
        """A known topic with exemplars of a group that is its own: the old ones stay, so that it does not drift."""
        free = self.bounds.kept_exemplars - len(topic.exemplars)
        if free <= 0:
            return topic
        return replace(topic, exemplars=(*topic.exemplars, *_exemplars(self.residue, texts, free)))


def _candidate(said: Residue, text: str) -> Candidate:
    one = said.said[text]
    return Candidate(one.first.text, text, one.count, one.point)


def _exemplars(said: Residue, texts: Sequence[str], count: int) -> tuple[Exemplar, ...]:
    """Statements from the middle of a group to its edge, so that their mean is that of the group."""
    points = said.points(texts)
    near = points @ points.mean(axis=0)
    ranked = sorted(range(len(texts)), key=lambda place: (-round(float(near[place]), 5), texts[place]))
    steps = np.unique(np.linspace(0, len(ranked) - 1, min(count, len(ranked))).round().astype(int))
    firsts = [said.said[texts[ranked[step]]].first for step in steps.tolist()]
    return tuple(Exemplar(one.text, one.conversation_id) for one in firsts)


def _new_id(texts: Sequence[str], known: set[str]) -> str:
    """An id that follows from the statements of a topic at its birth, and is nobody else's."""
    number = 0
    while True:
        words = "\n".join([*texts, *([str(number)] if number else [])])
        topic_id = f"t-{blake2b(words.encode('utf-8', 'surrogatepass'), digest_size=5).hexdigest()}"
        if topic_id not in known:
            return topic_id
        number += 1
