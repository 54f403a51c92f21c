"""The noise of a frame, from a series in which contrast passes."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

_CURVES = 4000
_MEDIAN_OF_MAGNITUDE = 0.6745
_SECOND_DIFFERENCE = np.sqrt(6.0)
"""SD of x[t-1] - 2 x[t] + x[t+1] over that of x."""


def temporal_noise(voxels: NDArray[Any], mask: NDArray[np.bool_]) -> float:
    """Return the noise SD of one frame inside a mask, HU; 0 with fewer than three frames.

    Second differences in time, which enhancement hardly touches, give it.

    Parameters
    ----------
    voxels : ndarray, shape (T, Z, Y, X)
        HU.
    mask : ndarray of bool, shape (Z, Y, X)
        At least one voxel.
    """
    if len(voxels) < 3:
        return 0.0
    where = np.flatnonzero(mask)
    where = where[:: max(1, len(where) // _CURVES)]
    curves = voxels.reshape(len(voxels), -1)[:, where].astype(np.float64)
    magnitude = np.median(np.abs(np.diff(curves, n=2, axis=0)))
    return float(magnitude / _MEDIAN_OF_MAGNITUDE / _SECOND_DIFFERENCE)
