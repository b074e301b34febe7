"""Points to groups: average linkage up to a distance; many points are first gathered into small groups."""

import numpy as np
from sklearn.cluster import AgglomerativeClustering, MiniBatchKMeans

from qa_service.aggregate.needs.space import Floats, Ints, unit

POINTS_A_GROUP = 8


def cluster(points: Floats, distance: float, exact_up_to: int, seed: int) -> Ints:
    """The group of each point; those that are like no other (all zero) are groups of their own."""
    groups = np.arange(len(points)) + len(points)
    known = np.flatnonzero(np.abs(points).sum(axis=1) > 0)
    if len(known) > 1:
        groups[known] = _grouped(points[known], distance, exact_up_to, seed)
    return groups


def _grouped(points: Floats, distance: float, exact_up_to: int, seed: int) -> Ints:
    if len(points) <= exact_up_to:
        return _linked(points, distance)
    count = min(exact_up_to // 2, len(points) // POINTS_A_GROUP)
    # Seeking good first centres (k-means++) takes most of the time, and the groups agree no better with linking all.
    gathering = MiniBatchKMeans(count, init="random", random_state=seed, batch_size=4096, n_init=1, max_iter=20)
    small = gathering.fit_predict(points)
    return np.asarray(_linked(unit(gathering.cluster_centers_), distance)[small])


def _linked(points: Floats, distance: float) -> Ints:
    linkage = AgglomerativeClustering(None, distance_threshold=distance, metric="cosine", linkage="average")
    return np.asarray(linkage.fit_predict(points), dtype=np.int64)
