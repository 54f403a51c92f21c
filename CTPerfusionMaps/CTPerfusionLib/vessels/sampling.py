"""From candidates to one vessel: clusters in space and samples of curves that agree."""

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from .candidates import Candidates

LEAST_CORRELATION = 0.9
"""Correlation with the median curve below which a voxel is not averaged."""


def cluster_labels(voxels: NDArray[np.intp], smallest: int) -> NDArray[np.intp]:
    """Return the cluster of each voxel (26-connected), 1 and up, or 0 in clusters of fewer than `smallest`.

    Parameters
    ----------
    voxels : ndarray of int, shape (N, 3)
        Column, row, slice.
    """
    if len(voxels) == 0:
        return np.empty(0, dtype=np.intp)
    position = tuple((voxels - voxels.min(axis=0)).T)
    grid = np.zeros(np.ptp(voxels, axis=0) + 1, dtype=bool)
    grid[position] = True
    labels = ndimage.label(grid, structure=np.ones((3, 3, 3)))[0][position]
    sizes = np.bincount(labels)
    return np.where(sizes[labels] >= smallest, labels, 0)


def consistent_members(candidates: Candidates, order: NDArray[np.float64], count: int) -> NDArray[np.intp]:
    """Return which of the `count` candidates with the highest `order` agree with each other, shape (k,)."""
    best = np.argsort(-order, kind="stable")[:count]
    curves = candidates.curves[:, best]
    agreeing = correlation(curves, np.median(curves, axis=1)) >= LEAST_CORRELATION
    return best[agreeing] if agreeing.any() else best


def correlation(curves: NDArray[np.float64], reference: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return Pearson's r of each curve (T, N) with the reference (T,), shape (N,)."""
    centred = curves - curves.mean(axis=0)
    reference = reference - reference.mean()
    norms = np.linalg.norm(centred, axis=0) * np.linalg.norm(reference)
    return np.asarray(reference @ centred / np.where(norms > 0, norms, np.inf))
