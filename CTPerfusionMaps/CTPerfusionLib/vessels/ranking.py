"""Arteries by rank: the earliest, highest and narrowest curves of the slab."""

import numpy as np
from numpy.typing import NDArray

from .candidates import Candidates
from .pool import ArterialPool
from .sampling import cluster_labels, consistent_members

SCORE_WEIGHTS = {"peak": 1.0, "arrival": -3.5, "width": -1.0}
"""Weights of the standardised features; arrival separates arteries from veins best."""

BEST_SHARE = 0.2
"""Share of the voxels, best scores first, in which clusters are formed."""

SAME_ARRIVAL = 1.0
"""Seconds within which arteries are pooled."""

LATENESS_COST = 1.5
"""Share of the highest peak that an arterial voxel may lack for each second that it is earlier."""

EARLIER_CLUSTER = 1.5
"""Seconds by which another cluster has to arrive earlier to be preferred, as collaterals are late."""


def rank_arteries(pool: ArterialPool) -> NDArray[np.intp]:
    """Return which voxels of the pool make the arterial input, shape (k,).

    Voxels are scored by peak, arrival and width; clusters of the best are compared, in the whole slab and
    on each side of the head, and one that arrives 1.5 s later than another is taken for a collateral. All
    voxels that arrive within 1 s of the chosen cluster are ranked by peak, with a price on late arrival,
    so that voxels at the edge of an artery do not pull the curve down, and the best are averaged: 100 in a
    clinical scan (Gava et al. 2023), the same volume in coarser ones. Noise needs no filter, since
    averaging removes it.
    """
    voxels = pool.voxels
    arrival = _preferred_arrival(voxels)
    together = np.flatnonzero(_same_arrival(voxels, arrival))
    arteries = voxels.select(together)
    features = arteries.features
    rank = features.peak / features.peak.max() - LATENESS_COST * (features.arrival - arrival)
    return together[consistent_members(arteries, rank, voxels.sample_size)]


def side_arrivals(voxels: Candidates) -> dict[str, float]:
    """Return when contrast arrives in the best cluster of each side of the head that has one, seconds."""
    sides = voxels.midplane.sides(voxels.voxels)
    arrivals = {str(side): _best_clusters(voxels.select(sides == side)) for side in np.unique(sides)}
    return {side: clusters[0] for side, clusters in arrivals.items() if clusters}


def _preferred_arrival(voxels: Candidates) -> float:
    clusters = _best_clusters(voxels)
    chosen = clusters[0] if clusters else float(np.median(voxels.features.arrival))
    others = [*clusters[1:], *side_arrivals(voxels).values()]
    earlier = [arrival for arrival in others if arrival < chosen - EARLIER_CLUSTER]
    return min(earlier, default=chosen)


def _same_arrival(voxels: Candidates, arrival: float) -> NDArray[np.bool_]:
    return np.asarray(np.abs(voxels.features.arrival - arrival) <= SAME_ARRIVAL)


def _best_clusters(voxels: Candidates) -> list[float]:
    """Return when contrast arrives in the clusters of the best-scored voxels, best cluster first."""
    score = _score(voxels)
    leaders = np.flatnonzero(score >= np.quantile(score, 1.0 - BEST_SHARE))
    labels = cluster_labels(voxels.voxels[leaders], voxels.smallest_cluster)
    members = [leaders[labels == number] for number in np.unique(labels) if number > 0]
    members.sort(key=lambda cluster: -float(score[cluster].mean()))
    arrivals = [float(np.median(voxels.features.arrival[cluster])) for cluster in members]
    # One noisy voxel may seem to enhance before all others.
    return [each for each in arrivals if _same_arrival(voxels, each).sum() >= voxels.enough]


def _score(voxels: Candidates) -> NDArray[np.float64]:
    features = voxels.features
    values = {
        "peak": features.peak,
        "arrival": features.arrival,
        "width": np.minimum(features.width, voxels.times[-1] - voxels.times[0]),
    }
    return np.asarray(sum(weight * _standardised(values[name]) for name, weight in SCORE_WEIGHTS.items()))


def _standardised(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray((values - values.mean()) / max(float(values.std()), 1e-9))
