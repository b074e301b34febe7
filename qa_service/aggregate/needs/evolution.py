"""Topics that have grown together, and topics whose statements have become two needs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from sklearn.cluster import AgglomerativeClustering

from qa_service.aggregate.needs.anchors import Anchors
from qa_service.aggregate.needs.naming import Name
from qa_service.aggregate.needs.space import Floats
from qa_service.domain.insight import NeedBounds
from qa_service.domain.stored_topic import Exemplar, StoredTopic

Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Part:
    """What leaves a topic as a new one; `gone` are the old exemplars that go with it."""

    topic_id: str
    name: Name
    exemplars: tuple[Exemplar, ...]
    gone: tuple[Exemplar, ...]


def apart(points: Floats, centre: Floats, group_distance: float, bounds: NeedBounds) -> list[int]:
    """The statements that are another need than the rest: the part farther from the topic's centre; none if one need.

    Two parts are two needs when both are large and, on average, much farther apart than statements of one topic are.
    """
    if len(points) < bounds.split_fewest:
        return []
    sides = AgglomerativeClustering(2, metric="cosine", linkage="average").fit_predict(points)
    first, second = np.flatnonzero(sides == 0), np.flatnonzero(sides == 1)
    if min(len(first), len(second)) < bounds.split_part * len(points):
        return []
    means = points[first].mean(axis=0), points[second].mean(axis=0)
    if 1 - float(means[0] @ means[1]) < group_distance * bounds.split_share:
        return []
    farther = first if means[0] @ centre < means[1] @ centre else second
    return [int(place) for place in farther]


def split_off(topics: Sequence[StoredTopic], parts: Mapping[int, Part], day: str) -> tuple[list[StoredTopic], Pairs]:
    """The topics with the parts as topics of their own, and the pairs of old and new."""
    known, pairs = list(topics), list[tuple[str, str]]()
    for number, part in parts.items():
        old = known[number]
        stay = tuple(one for one in old.exemplars if one not in part.gone)
        if not stay:
            continue
        known[number] = replace(old, exemplars=stay)
        exemplars = tuple(dict.fromkeys((*part.exemplars, *part.gone)))
        known.append(StoredTopic(part.topic_id, part.name.label, part.name.keywords, exemplars, day, day))
        pairs.append((old.id, part.topic_id))
    return known, tuple(pairs)


def merged(topics: Sequence[StoredTopic], anchors: Anchors, distance: float) -> tuple[list[StoredTopic], Pairs]:
    """The topics after those whose exemplars are, on average, within a distance were merged: the elder one goes on."""
    known = list(topics)
    standing = [number for number, topic in enumerate(known) if topic.stands]
    gaps = 1 - anchors.means[standing] @ anchors.means[standing].T
    near = np.argwhere(np.triu(gaps <= distance, k=1))
    pairs: list[tuple[str, str]] = []
    for row, column in sorted(near.tolist(), key=lambda pair: (round(float(gaps[pair[0], pair[1]]), 5), pair)):
        one, other = known[standing[row]], known[standing[column]]
        # Each topic takes part in one merger at most: what else is near is seen again at the next update.
        if one.stands and other.stands and not _parted(one, other) and not _took_part(pairs, one, other):
            keep, goes = sorted((one, other), key=_seniority)
            known[standing[row] if goes is one else standing[column]] = replace(goes, into=keep.id)
            pairs.append((keep.id, goes.id))
    return known, tuple(pairs)


def _parted(one: StoredTopic, other: StoredTopic) -> bool:
    return other.id in one.apart or one.id in other.apart


def _took_part(pairs: Sequence[tuple[str, str]], *topics: StoredTopic) -> bool:
    return any(topic.id in pair for pair in pairs for topic in topics)


def _seniority(topic: StoredTopic) -> tuple[bool, str, str]:
    """A name that a person gave outweighs age."""
    return not topic.named_by, topic.born, topic.id
