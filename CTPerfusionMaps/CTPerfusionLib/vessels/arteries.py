"""The arterial input function: the earliest, highest and narrowest curves of the slab."""

import numpy as np
from numpy.typing import NDArray

from ..errors import ProcessingError
from ..preprocessing.baseline import Baseline
from ..preprocessing.masks import TissueMasks
from ..progress import ProgressCallback, ignore_progress, part_of
from ..series import PerfusionSeries
from .candidates import Candidates, find_candidates, sample_size
from .curve import VesselCurve, vessel_curve
from .sampling import cluster_labels, consistent_sample

PEAK_SHARE = 0.3
"""Fraction of the highest enhancement (99.9th percentile) that an artery reaches."""

SCORE_WEIGHTS = {"peak": 1.0, "arrival": -3.5, "width": -1.0}
"""Weights of the standardised features; arrival separates arteries from veins best."""

BEST_SHARE = 0.2
"""Share of the pool, best scores first, in which clusters are formed."""

SAME_ARRIVAL = 1.0
"""Seconds within which arteries are pooled."""

LATENESS_COST = 1.5
"""Share of the highest peak that an arterial voxel may lack for each second that it is earlier."""

EARLIER_CLUSTER = 1.5
"""Seconds by which another cluster has to arrive earlier to be preferred, as collaterals are late."""

WEAKEST_ARTERY = 15.0
"""HU of peak enhancement below which no arterial input can be used."""

_WIDTHS = (2.0, 15.0)
_DEEPEST_DIP = -0.3
_HIGHEST_TAIL = 0.5
_PEAK_AROUND_TISSUE_ARRIVAL = (-8.0, 12.0)


def select_aif(
    series: PerfusionSeries,
    masks: TissueMasks,
    baseline: Baseline,
    *,
    on_progress: ProgressCallback = ignore_progress,
) -> VesselCurve:
    """Find the arterial input function.

    Bright voxels whose curves look like a first pass are scored by peak, arrival and width; clusters of the
    best are compared, and one that arrives 1.5 s later than another is taken for a collateral or a vein.
    All artery voxels that arrive within 1 s of the chosen cluster are then ranked by peak, with a price on
    late arrival, so that voxels at the edge of an artery do not pull the curve down, and the best are
    averaged: 100 in a clinical scan (Gava et al. 2023), the same volume in coarser ones. Noise needs no
    filter, since averaging removes it.

    Parameters
    ----------
    series : PerfusionSeries
        Registered, unfiltered.
    masks : TissueMasks
    baseline : Baseline
    on_progress : callable

    Raises
    ------
    ProcessingError
        If no voxel behaves like an artery.
    """
    candidates = find_candidates(series, masks, baseline, part_of(on_progress, 0.0, 0.9))
    pool = _pool(candidates)
    arrival = _arterial_arrival(pool, series)
    arteries = pool.select(np.abs(pool.features.arrival - arrival) <= SAME_ARRIVAL)
    features = arteries.features
    rank = features.peak / features.peak.max() - LATENESS_COST * (features.arrival - arrival)
    curve, voxels = consistent_sample(arteries, rank, sample_size(series))
    on_progress(1.0)
    return vessel_curve(
        candidates.times,
        curve,
        voxels,
        f"Mean of the {len(voxels)} brightest arterial voxels, in which contrast arrives {arrival:.1f} s "
        "after the start, earlier than in all other vessels of this brightness.",
    )


def _pool(candidates: Candidates) -> Candidates:
    features = candidates.features
    if len(features.peak) == 0 or features.peak.max() < WEAKEST_ARTERY:
        raise _no_artery()
    bright = features.peak >= max(PEAK_SHARE * np.percentile(features.peak, 99.9), WEAKEST_ARTERY)
    plausible = bright & _first_pass(candidates)
    complete = plausible & (features.width <= _WIDTHS[1]) & (features.tail < _HIGHEST_TAIL)
    # A slow circulation or a short scan leaves no artery whose first pass ends in time.
    chosen = complete if complete.any() else plausible
    if not chosen.any():
        raise _no_artery()
    return candidates.select(chosen)


def _first_pass(candidates: Candidates) -> NDArray[np.bool_]:
    features = candidates.features
    earliest, latest = (candidates.tissue_arrival + offset for offset in _PEAK_AROUND_TISSUE_ARRIVAL)
    return np.asarray(
        (features.lowest > _DEEPEST_DIP * features.peak)
        & (features.width >= _WIDTHS[0])
        & (features.time_to_peak >= earliest)
        & (features.time_to_peak <= latest)
    )


def _arterial_arrival(pool: Candidates, series: PerfusionSeries) -> float:
    """Return when contrast arrives in the best cluster of arteries, seconds."""
    score = _score(pool)
    best = score >= np.quantile(score, 1.0 - BEST_SHARE)
    leaders = pool.select(best)
    smallest = 3 if sample_size(series) >= 30 else 1
    labels = cluster_labels(leaders.voxels, smallest)
    clusters = [number for number in np.unique(labels) if number > 0]
    if not clusters:
        return float(np.median(leaders.features.arrival))
    arrivals = np.array([np.median(leaders.features.arrival[labels == number]) for number in clusters])
    scores = np.array([score[best][labels == number].mean() for number in clusters])
    chosen = float(arrivals[scores.argmax()])
    earlier = arrivals[arrivals < chosen - EARLIER_CLUSTER]
    return float(earlier.max()) if len(earlier) else chosen


def _score(pool: Candidates) -> NDArray[np.float64]:
    features = pool.features
    values = {
        "peak": features.peak,
        "arrival": features.arrival,
        "width": np.minimum(features.width, pool.times[-1] - pool.times[0]),
    }
    return np.asarray(sum(weight * _standardised(values[name]) for name, weight in SCORE_WEIGHTS.items()))


def _standardised(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray((values - values.mean()) / max(float(values.std()), 1e-9))


def _no_artery() -> ProcessingError:
    return ProcessingError(
        "No artery was found: no bright voxel shows the first pass of a bolus",
        "look at the images and name an arterial voxel with --aif COLUMN,ROW,SLICE",
    )
