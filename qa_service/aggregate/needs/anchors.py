"""Where the statements of known topics lie: what is near enough to one of them joins it.

A statement joins the topic whose centre is nearest, within `join` (cosine distance); one that was an exemplar belongs
to its topic whatever the distances. The distance within which people put statements together was measured on labelled
ones for the shipped encoder; under others it is measured anew on the exemplars.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from qa_service.aggregate.needs.space import Floats, Ints, Space, plain, unit
from qa_service.domain.stored_topic import Measure, StoredTopic, homes

ALONE, NOWHERE = -1, -2
# Fewer exemplars or topics tell nothing of distances.
FEWEST_EXEMPLARS, FEWEST_TOPICS = 40, 5
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
    def home(self) -> Ints:
        """For each known topic the place of the one its statements belong to; NOWHERE when that was dismissed."""
        place = {topic.id: number for number, topic in enumerate(self.known)}
        belongs = homes(self.known)
        targets = [belongs[topic.id] for topic in self.known]
        return np.array([NOWHERE if target is None else place[target] for target in targets], dtype=np.int64)

    @cached_property
    def exact(self) -> dict[str, int]:
        """The topic of each exemplar."""
        return {plain(one.text): number for number, topic in enumerate(self.known) for one in topic.exemplars}

    def nearest(self, points: Floats, join: float) -> Ints:
        """The known topic nearest to each point, ALONE where none is within `join`."""
        if not len(self.points) or not len(points):
            return np.full(len(points), ALONE, dtype=np.int64)
        parts = [_nearest(points[at : at + _ROWS], self.centres, join) for at in range(0, len(points), _ROWS)]
        return np.concatenate(parts)

    def place(self, texts: Sequence[str], points: Floats, join: float) -> Ints:
        """The topic that each text belongs to: its place among the known ones, NOWHERE or ALONE."""
        found = self.nearest(points, join)
        for row, text in enumerate(texts):
            if text in self.exact:
                found[row] = self.exact[text]
        return np.where(found >= 0, self.home[found], found) if len(self.known) else found

    def measured(self, before: Measure, space: Space) -> Measure:
        """The distances that hold in this space: as before in the same one, else such as the exemplars show."""
        if before.space in ("", space.version):
            return Measure(space.version, before.join, before.group)
        join = self._join_shown()
        if join is None:
            return Measure(space.version, before.join, before.group)
        return Measure(space.version, join, before.group * join / before.join)

    def _join_shown(self) -> float | None:
        """The distance that best tells a topic's own exemplars from those of other topics (balanced accuracy)."""
        own, other = self._own_and_other()
        if len(own) < FEWEST_EXEMPLARS or len(self.known) < FEWEST_TOPICS:
            return None
        candidates = np.unique(np.concatenate([own, other]))
        kept = np.searchsorted(np.sort(own), candidates, side="right") / len(own)
        taken = np.searchsorted(np.sort(other), candidates, side="right") / len(other)
        return float(candidates[int(np.argmax(kept - taken))])

    def _own_and_other(self) -> tuple[Floats, Floats]:
        """Of each exemplar the distance to its topic without it, and to the nearest other topic."""
        counts = np.bincount(self.owners, minlength=len(self.known))
        several = counts[self.owners] > 1
        mine, points = self.owners[several], self.points[several]
        rest = unit((self.means * counts[:, None])[mine] - points)
        similar = points @ self.centres.T
        similar[:, self.home < 0] = -1.0
        for column, target in enumerate(self.home):
            similar[self.home[mine] == target, column] = -1.0
        return 1 - np.einsum("ij,ij->i", points, rest), 1 - similar.max(axis=1, initial=-1.0)


def _nearest(points: Floats, centres: Floats, join: float) -> Ints:
    similarity = points @ centres.T
    best = similarity.argmax(axis=1)
    near = 1 - similarity[np.arange(len(points)), best] <= join
    return np.where(near, best, ALONE).astype(np.int64)
