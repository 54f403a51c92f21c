"""Checks of what every kinetic model is given, in one place."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

MINIMUM_FRAMES = 5
"""Three parameters and a noise estimate need at least this many samples."""


def as_curves(curves: ArrayLike) -> NDArray[np.floating[Any]]:
    """Return `curves` as a float array (N, T); float32 and float64 stay what they are.

    Raises
    ------
    ValueError
        If it is not two-dimensional or has too few frames.
    """
    array = np.asarray(curves)
    if array.dtype not in (np.float32, np.float64):
        array = array.astype(np.float64)
    if array.ndim != 2:
        raise ValueError(f"curves must be (voxels, times), got shape {array.shape}")
    if array.shape[1] < MINIMUM_FRAMES:
        raise ValueError(f"curves need at least {MINIMUM_FRAMES} times, got {array.shape[1]}")
    return array


def as_times(times: ArrayLike, curves: NDArray[np.floating[Any]]) -> NDArray[np.float64]:
    """Return `times` as float64, shape (T,) or, where each curve has its own, (N, T).

    Raises
    ------
    ValueError
        If the shape does not match `curves`, a time is not finite or times do not increase.
    """
    array = np.asarray(times, dtype=np.float64)
    if array.shape not in (curves.shape[1:], curves.shape):
        raise ValueError(f"times of shape {array.shape} do not match curves of shape {curves.shape}")
    if not np.isfinite(array).all():
        raise ValueError("times must be finite")
    if not np.all(np.diff(array, axis=-1) > 0):
        raise ValueError("times must increase strictly")
    return array


def groups_of_equal_times(
    times: NDArray[np.float64], n_curves: int
) -> Iterator[tuple[NDArray[np.float64], NDArray[np.intp]]]:
    """Yield the distinct sampling times, each (T,), with the indices of the curves sampled so."""
    if times.ndim == 1:
        yield times, np.arange(n_curves)
        return
    distinct, membership = np.unique(times, axis=0, return_inverse=True)
    for group, group_times in enumerate(distinct):
        yield group_times, np.flatnonzero(membership.ravel() == group)


def rows(curves: NDArray[np.floating[Any]], members: NDArray[np.intp]) -> NDArray[np.floating[Any]]:
    """Return the curves with these ascending indices, without a copy where they lie side by side."""
    first, last = members[0], members[-1]
    return curves[first : last + 1] if last - first + 1 == len(members) else curves[members]
