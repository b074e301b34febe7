"""Where the statements of known topics lie: what is near enough to one of them joins it.

A statement joins the topic whose centre is nearest, if it is about as near as the topic's own exemplars are to each
other and within `join` (cosine distance); one that was an exemplar belongs to its topic whatever the distances. How far
people put statements together was measured on labelled ones for the shipped encoder; under others it is measured anew
on the exemplars.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from qa_service.aggregate.needs.space import Floats, Ints, Space, plain, unit
from qa_service.domain.stored_topic import Measure, StoredTopic, homes

ALONE = -1
# Fewer exemplars or topics tell nothing of distances.
FEWEST_EXEMPLARS, FEWEST_TOPICS = 40, 5
KEPT = 0.97
# How far a topic reaches: a little farther than this share of its exemplars lies from the others; never less than
# a share of `join`, since a topic of two or three exemplars does not show how far it reaches.
REACHED, FARTHER, SURELY = 0.9, 1.1, 0.6
_ROWS = 4096


@dataclass(frozen=True)
class Anchors:
    """Centres of known topics in one space; merged ones attract for the topic they belong to."""

    known: tuple[StoredTopic, ...]
    owners: Ints
    points: Floats

    @classmethod
    def of(cls, known: Sequence[StoredTopic], space: Space) -> "Anchors":
        """Read the exemplars of topics in a space."""
        texts = [plain(one.text) for topic in known for one in topic.exemplars]
        owners = np.repeat(np.arange(len(known)), [len(topic.exemplars) for topic in known])
        return cls(tuple(known), owners, space.vectors(texts) if texts else np.zeros((0, 1), dtype=np.float32))

    @cached_property
    def means(self) -> Floats:
        """The mean of each topic's exemplars: 1 − x · mean is the average distance of x to them."""
        sums = np.zeros((len(self.known), self.points.shape[1]), dtype=np.float32)
        np.add.at(sums, self.owners, self.points)
        counts = np.bincount(self.owners, minlength=len(self.known))
        means: Floats = (sums / np.maximum(counts, 1)[:, None]).astype(np.float32)
        return means

    @cached_property
    def centres(self) -> Floats:
        """The same, of unit length."""
        return unit(self.means)

    @cached_property
    def exact(self) -> dict[str, int]:
        """The topic of each exemplar."""
        return {plain(one.text): number for number, topic in enumerate(self.known) for one in topic.exemplars}

    @cached_property
    def reaches(self) -> Floats:
        """How far from its centre each topic's own exemplars lie, each seen from the others."""
        found = np.zeros(len(self.known), dtype=np.float32)
        for topic, mine in enumerate(self._places):
            if len(mine) > 1:
                rest = unit(self.means[topic] * len(mine) - self.points[mine])
                gaps = 1 - np.einsum("ij,ij->i", self.points[mine], rest)
                found[topic] = FARTHER * np.quantile(gaps, REACHED)
        return found

    @cached_property
    def _places(self) -> list[Ints]:
        return [np.flatnonzero(self.owners == topic) for topic in range(len(self.known))]

    def nearest(self, points: Floats, join: float) -> Ints:
        """The known topic nearest to each point, ALONE where it does not reach so far."""
        if not len(self.points) or not len(points):
            return np.full(len(points), ALONE, dtype=np.int64)
        reach = np.clip(self.reaches, SURELY * join, join)
        parts = [_nearest(points[at : at + _ROWS], self.centres, reach) for at in range(0, len(points), _ROWS)]
        return np.concatenate(parts)

    def place(self, texts: Sequence[str], points: Floats, join: float) -> Ints:
        """The topic that each text is like, by its place among the known ones; ALONE where it is like none."""
        found = self.nearest(points, join)
        for row, text in enumerate(texts):
            if text in self.exact:
                found[row] = self.exact[text]
        return found

    def measured(self, before: Measure, space: Space) -> Measure:
        """The distances that hold in this space: as before in the same one, else such as the exemplars show."""
        if before.space in ("", space.version):
            return Measure(space.version, before.join, before.group)
        join = self._join_shown()
        if join is None:
            return Measure(space.version, before.join, before.group)
        return Measure(space.version, join, before.group * join / before.join)

    def _join_shown(self) -> float | None:
        """The distance that best tells a topic's own exemplars from those of other topics (balanced accuracy).

        It takes in nearly all of its own: identity outweighs a statement too many.
        """
        own, other = self._own_and_other()
        if len(own) < FEWEST_EXEMPLARS or len(self.known) < FEWEST_TOPICS:
            return None
        candidates = np.unique(np.concatenate([own, other]))
        kept = np.searchsorted(np.sort(own), candidates, side="right") / len(own)
        taken = np.searchsorted(np.sort(other), candidates, side="right") / len(other)
        return max(float(candidates[int(np.argmax(kept - taken))]), float(np.quantile(own, KEPT)))

    def _own_and_other(self) -> tuple[Floats, Floats]:
        """Of each exemplar the distance to its topic without it, and to the nearest other topic."""
        counts = np.bincount(self.owners, minlength=len(self.known))
        several = counts[self.owners] > 1
        mine, points = self.owners[several], self.points[several]
        rest = unit((self.means * counts[:, None])[mine] - points)
        similar = points @ self.centres.T
        home = homes(self.known)
        families = [home[topic.id] or topic.id for topic in self.known]
        for column, family in enumerate(families):
            similar[[families[owner] == family for owner in mine.tolist()], column] = -1.0
        return 1 - np.einsum("ij,ij->i", points, rest), 1 - similar.max(axis=1, initial=-1.0)


def _nearest(points: Floats, centres: Floats, reach: Floats) -> Ints:
    similarity = points @ centres.T
    best = similarity.argmax(axis=1)
    near = 1 - similarity[np.arange(len(points)), best] <= reach[best]
    return np.where(near, best, ALONE).astype(np.int64)
