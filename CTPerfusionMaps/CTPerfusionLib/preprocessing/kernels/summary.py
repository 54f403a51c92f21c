"""Compiled inner loops of the summary volumes: window means and extremes in one pass over the frames."""

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

COUNTED_ROWS = 4
"""One row in this many is counted when asked how much of the head a frame shows."""

FloatArray = NDArray[np.float32]


@njit(nogil=True, cache=True)
def summarise_rows(
    voxels: Any,
    place: tuple[int, int, int],
    bounds: NDArray[np.int64],
    air: float,
    means: FloatArray,
    mean: FloatArray,
    darkest: FloatArray,
    brightest: FloatArray,
    lowest: FloatArray,
    highest: FloatArray,
    counts: NDArray[np.int64],
) -> None:
    """Average some rows of one slice over windows of frames and over all frames.

    Values that are no numbers are left out; what has no number in a whole window has NaN for its mean.
    Arrays are passed whole, since only then the compiler knows that the pixels of a row are neighbours.

    Parameters
    ----------
    voxels : ndarray, shape (T, Z, Y, X)
    place : tuple of int
        Slice, first row, last row + 1.
    bounds : ndarray of int64, shape (B + 1,)
        First frame of each window, then T.
    air : float
        HU above which a voxel counts as part of the head.
    means : ndarray of float32, shape (B, Z, Y, X)
        Receives the window means.
    mean : ndarray of float32, shape (Z, Y, X)
        Receives the mean of all frames.
    darkest, brightest, lowest, highest : ndarray of float32, shape (Z, Y, X)
        Receive the extremes of window means and of single frames; NaN where any frame holds no number.
    counts : ndarray of int64, shape (2, T)
        Goes up by the voxels of each frame that belong to the head (in one row of `COUNTED_ROWS`), and by
        those that are no numbers.
    """
    z, first, last = place
    columns = mean.shape[2]
    total = np.empty((last - first, columns), np.float32)
    mean[z, first:last] = np.float32(0.0)
    for extreme, start in ((darkest, np.inf), (brightest, -np.inf), (lowest, np.inf), (highest, -np.inf)):
        extreme[z, first:last] = np.float32(start)
    for window in range(len(bounds) - 1):
        total[:] = np.float32(0.0)
        for frame in range(bounds[window], bounds[window + 1]):
            for y in range(first, last):
                _add_row(voxels[frame, z, y], total[y - first], lowest[z, y], highest[z, y])
            for y in range(first, last, COUNTED_ROWS):
                counts[0, frame] += _count_above(voxels[frame, z, y], air)
        share = np.float32(1.0 / (bounds[window + 1] - bounds[window]))
        for y in range(first, last):
            for x in range(columns):
                mean[z, y, x] += total[y - first, x]
                value = total[y - first, x] * share
                means[window, z, y, x] = value
                darkest[z, y, x] = min(darkest[z, y, x], value)
                brightest[z, y, x] = max(brightest[z, y, x], value)
    share = np.float32(1.0 / bounds[-1])
    for y in range(first, last):
        for x in range(columns):
            mean[z, y, x] *= share
            if not abs(mean[z, y, x]) < np.inf:
                mean[z, y, x] = _mean_of_numbers(voxels[:, z, y, x], bounds, means[:, z, y, x], counts[1])
                darkest[z, y, x] = brightest[z, y, x] = np.nan
                lowest[z, y, x] = highest[z, y, x] = np.nan


@njit(nogil=True, cache=True)
def _add_row(row: Any, total: FloatArray, lowest: FloatArray, highest: FloatArray) -> None:
    for x in range(len(total)):
        value = np.float32(row[x])
        total[x] += value
        lowest[x] = min(lowest[x], value)
        highest[x] = max(highest[x], value)


@njit(nogil=True, cache=True)
def _count_above(row: Any, limit: float) -> int:
    count = 0
    for x in range(len(row)):
        count += row[x] > limit
    return count


@njit(nogil=True, cache=True)
def _mean_of_numbers(
    curve: Any, bounds: NDArray[np.int64], means: FloatArray, missing: NDArray[np.int64]
) -> Any:
    """Return the mean of a curve with gaps, after filling in its window means and counting the gaps."""
    total, found = 0.0, 0
    for window in range(len(means)):
        part, n_numbers = 0.0, 0
        for frame in range(bounds[window], bounds[window + 1]):
            value = curve[frame]
            if abs(value) < np.inf:
                part += value
                n_numbers += 1
            else:
                missing[frame] += 1
        means[window] = part / n_numbers if n_numbers else np.nan
        total += part
        found += n_numbers
    return total / found if found else np.nan
