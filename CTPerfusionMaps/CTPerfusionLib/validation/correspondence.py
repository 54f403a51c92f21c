"""Which threshold on what a method reports corresponds to a threshold on the truth."""

import numpy as np

from .tissue_sample import Array

_NEIGHBOURHOOD = 2.0
"""Seconds to both sides of the limit in which the reading is taken to depend linearly on the truth."""


def corresponding_cut(values: Array, others: Array, limit: float) -> float:
    """Return the cut that as many `values` exceed as `others` exceed `limit`: lesions are equally large.

    Parameters
    ----------
    values, others : ndarray, shape (N,)
        Of the same voxels.
    limit : float

    Returns
    -------
    float
        NaN where all or none of `others` exceed the limit, so that there is no such cut.
    """
    n_below = int(np.count_nonzero(others <= limit))
    if n_below in (0, len(values)):
        return float("nan")
    return float(np.sort(values)[n_below - 1 : n_below + 1].mean())


def mean_reading(reported: Array, truth: Array, limit: float) -> float:
    """Return what is reported on average where the truth is `limit`, by linear regression around it.

    NaN where fewer than two voxels are near.
    """
    near = np.abs(truth - limit) < _NEIGHBOURHOOD
    if np.count_nonzero(near) < 2:
        return float("nan")
    design = np.column_stack([np.ones(np.count_nonzero(near)), truth[near] - limit])
    return float(np.linalg.lstsq(design, reported[near], rcond=None)[0][0])


def agreement(reported: Array, cut: float, truth: Array, limit: float) -> float:
    """Return the share of voxels that are on the same side of `cut` as, in truth, of `limit`.

    NaN where there is no voxel or no cut.
    """
    if len(reported) == 0 or np.isnan(cut):
        return float("nan")
    return float(np.mean((reported > cut) == (truth > limit)))
