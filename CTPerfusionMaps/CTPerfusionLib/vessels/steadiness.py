"""In which frames the head lies where it lay before contrast came.

A frame in which the head lies elsewhere makes every edge of bone enhance at once. Registration removes most
of that; what it leaves, or all of it where it is switched off, must not pass for a bolus.
"""

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from ..preprocessing.baseline import Baseline
from ..series import PerfusionSeries

LARGEST_JUMP = 1.0
"""mm by which a frame may lie further off than the frames around it."""

_NEIGHBOURHOOD = 10.0
_FEWEST_NEIGHBOURS = 9
_STEEP = 25.0
_NUMBER_OF_EDGES = 4000
_MEDIAN_PROJECTION = 0.707


def frame_shifts(series: PerfusionSeries, baseline: Baseline, head: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return how far edges have moved in each frame since the baseline, shape (T,), mm.

    To first order, an edge that moves by u changes a voxel by the gradient times u. The median of that
    ratio over edges of skull and skin, which point in all directions, is 0.707 of the movement in the
    plane. Contrast hardly touches it, since few steep edges lie in vessels. Movements of more than a voxel
    come out too small, but remain large.

    Parameters
    ----------
    series : PerfusionSeries
    baseline : Baseline
    head : ndarray of bool, shape (Z, Y, X)
    """
    column, row, _ = series.spacing
    down, across = np.gradient(baseline.image, row, column, axis=(1, 2))
    steepness = np.hypot(down, across)
    edges = np.flatnonzero(head & (steepness > _STEEP))
    if len(edges) == 0:
        return np.zeros(series.n_frames)
    # The steepest ones are bone and skin; noise counts least there.
    edges = edges[steepness.ravel()[edges] >= np.median(steepness.ravel()[edges])]
    edges = edges[:: max(1, len(edges) // _NUMBER_OF_EDGES)]
    slices, rows, columns = np.unravel_index(edges, series.shape)
    change = np.abs(series.voxels[:, slices, rows, columns] - baseline.image[slices, rows, columns])
    return np.asarray(np.median(change / steepness.ravel()[edges], axis=1) / _MEDIAN_PROJECTION, dtype=float)


def steady_frames(shifts: NDArray[np.float64], interval: float) -> NDArray[np.bool_]:
    """Return which frames lie where their neighbours lie, shape (T,): all but sudden jerks.

    Compared are the frames of about ten seconds, at least nine. A head that lies elsewhere for more than
    half of them has moved for good.

    Parameters
    ----------
    shifts : ndarray, shape (T,)
        Of :func:`frame_shifts`, mm.
    interval : float
        Usual time between two frames, s.
    """
    number = min(max(_FEWEST_NEIGHBOURS, round(_NEIGHBOURHOOD / interval)), len(shifts))
    usual = ndimage.median_filter(shifts, number, mode="nearest")
    return np.asarray(shifts <= usual + LARGEST_JUMP)
