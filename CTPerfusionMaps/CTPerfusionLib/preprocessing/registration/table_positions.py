"""Which slices of a scan were acquired together, at one position of the table."""

import numpy as np
from numpy.typing import NDArray

from ...progress import ProgressCallback, part_of

Indices = NDArray[np.intp]

SAME_TIME = 0.01
"""s; slices that never differ by more share their times."""

MOST_POSITIONS = 4
"""Scanners step between two positions, rarely more; finer groups are a sweep with rounded times."""


def table_positions(times: NDArray[np.float64], n_slices: int) -> tuple[Indices, ...]:
    """Group the slices by their times: those of one table position were acquired at once.

    A table that steps to and fro (shuttle scan) has two or more positions, and the head may move between
    them. A table that moves on while it scans gives every slice its own time; its sweeps are one position,
    like the frames of a table at rest.

    Parameters
    ----------
    times : ndarray, shape (T,) or (T, Z)
        Seconds.
    n_slices : int

    Returns
    -------
    tuple of ndarray of int
        The slices of each position, neighbours in ascending order.
    """
    everything = (np.arange(n_slices),)
    if times.ndim == 1:
        return everything
    changes = np.abs(np.diff(times, axis=1)).max(axis=0) > SAME_TIME
    groups = np.split(np.arange(n_slices), np.flatnonzero(changes) + 1)
    is_stepping = len(groups) <= MOST_POSITIONS and min(len(group) for group in groups) > 1
    drifts = any(np.ptp(times[:, group], axis=1).max() > SAME_TIME for group in groups)
    return tuple(groups) if is_stepping and not drifts else everything


def position_grid(ijk_to_ras: NDArray[np.float64], slices: Indices) -> NDArray[np.float64]:
    """Return the (4, 4) matrix of the grid that begins with the first of `slices`."""
    matrix = np.array(ijk_to_ras, dtype=float)
    matrix[:3, 3] += slices[0] * matrix[:3, 2]
    return matrix


def share_of(on_progress: ProgressCallback, position: int, n_positions: int) -> ProgressCallback:
    """Return the callback of one table position of several that are worked on in turn."""
    return part_of(on_progress, position / n_positions, (position + 1) / n_positions)
