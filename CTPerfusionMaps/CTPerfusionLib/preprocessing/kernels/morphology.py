"""Compiled inner loop of the mask morphology."""

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

_FAR = 1 << 30


@njit(nogil=True, cache=True)
def reach_of_disc(mask: Any, radius: float, row_step: float, column_step: float, reached: Any) -> None:
    """Mark the pixels of one slice within `radius` of a pixel of `mask`, exactly.

    The distance to the nearest pixel of each row is found in two passes; a pixel then looks at the rows
    within the radius only, each of which reaches as far as the disc is wide there.

    Parameters
    ----------
    mask, reached : ndarray of bool, shape (Y, X)
        `reached` is filled.
    radius, row_step, column_step : float
        mm.
    """
    rows, columns = mask.shape
    reach = int(radius / row_step + 1e-9)
    half_widths = np.empty(reach + 1, np.int32)
    for step in range(reach + 1):
        width = radius**2 - (step * row_step) ** 2
        half_widths[step] = int(np.sqrt(max(width, 0.0)) / column_step + 1e-9)
    distances = np.empty((rows, columns), np.int32)
    for y in range(rows):
        _row_distances(mask[y], distances[y])
    for y in range(rows):
        reached[y] = False
        for other in range(max(0, y - reach), min(rows, y + reach + 1)):
            width = half_widths[abs(other - y)]
            for x in range(columns):
                reached[y, x] |= distances[other, x] <= width


@njit(nogil=True, cache=True)
def _row_distances(row: Any, distances: NDArray[np.int32]) -> None:
    nearest = _FAR
    for x in range(len(row)):
        nearest = 0 if row[x] else nearest + 1
        distances[x] = nearest
    nearest = _FAR
    for x in range(len(row) - 1, -1, -1):
        nearest = 0 if row[x] else nearest + 1
        distances[x] = min(distances[x], nearest)
