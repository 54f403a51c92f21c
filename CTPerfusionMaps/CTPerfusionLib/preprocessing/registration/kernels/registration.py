"""Compiled inner loops of the registration: block means and one Gauss-Newton step.

None of them starts threads: frames are shared out among the cores instead.
"""

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

FloatArray = NDArray[np.float32]

_ZERO, _HALF, _ONE = np.float32(0.0), np.float32(0.5), np.float32(1.0)

_BATCH = 256
"""Points whose products are summed at once, so that the sums are vectorised."""

_BIN = 0.5
"""HU; width of the bins from which the median of the residuals is read."""

_BINS = 2048


@njit(nogil=True, fastmath=True, cache=True)
def block_means(frame: Any, factor: int, low: float, high: float) -> FloatArray:
    """Return the means over blocks of `factor` x `factor` pixels of a frame clipped to `low`..`high` HU."""
    slices, rows, columns = frame.shape[0], frame.shape[1] // factor, frame.shape[2] // factor
    means = np.empty((slices, rows, columns), np.float32)
    sums = np.empty(columns * factor, np.float32)
    share = np.float32(1.0 / (factor * factor))
    lowest, highest = np.float32(low), np.float32(high)
    for z in range(slices):
        for y in range(rows):
            sums[:] = _ZERO
            for dy in range(factor):
                row = frame[z, y * factor + dy]
                for x in range(len(sums)):
                    sums[x] += min(max(np.float32(row[x]), lowest), highest)
            for x in range(columns):
                total = _ZERO
                for dx in range(factor):
                    total += sums[x * factor + dx]
                means[z, y, x] = total * share
    return means


@njit(nogil=True, fastmath=True, cache=True)
def smoothed(image: FloatArray) -> FloatArray:
    """Return an image (Z, Y, X) with the weights 1/4, 1/2, 1/4 along rows and columns; the border repeats."""
    slices, rows, columns = image.shape
    result = np.empty_like(image)
    sums = np.empty(columns + 2, np.float32)
    share = np.float32(1.0 / 16.0)
    for z in range(slices):
        for y in range(rows):
            above, row, below = image[z, max(y - 1, 0)], image[z, y], image[z, min(y + 1, rows - 1)]
            for x in range(columns):
                sums[x + 1] = above[x] + row[x] + row[x] + below[x]
            sums[0], sums[columns + 1] = sums[1], sums[columns]
            for x in range(columns):
                result[z, y, x] = share * (sums[x] + sums[x + 1] + sums[x + 1] + sums[x + 2])
    return result


@njit(nogil=True, fastmath=True, cache=True)
def _bilinear(image: Any, start: int, x: Any, y: Any, rows: int, columns: int) -> Any:
    # Of the slice that begins at `start`; positions beyond the border take the value at the border.
    x = min(max(x, _ZERO), np.float32(columns - 1))
    y = min(max(y, _ZERO), np.float32(rows - 1))
    i, j = min(int(x), max(columns - 2, 0)), min(int(y), max(rows - 2, 0))
    right, below = min(columns - 1, 1), min(rows - 1, 1) * columns
    u, v = x - np.float32(i), y - np.float32(j)
    at = start + j * columns + i
    upper = image[at] + u * (image[at + right] - image[at])
    lower = image[at + below] + u * (image[at + below + right] - image[at + below])
    return upper + v * (lower - upper)


@njit(nogil=True, fastmath=True, cache=True)
def _along_slope(image: Any, shape: Any, x: Any, y: Any, z: Any, slope_x: Any, slope_y: Any) -> Any:
    # Between two thick slices an oblique edge appears twice when the slices are merely blended. Each is
    # therefore read where the structure through (x, y, z) meets it, which keeps the edge sharp and in
    # place. Beyond the first and the last slice that one alone is followed.
    slices, rows, columns = shape
    k = min(max(int(z), 0), max(slices - 2, 0))
    above = min(slices - 1, 1)
    w = z - np.float32(k)
    rest = _ONE - w
    share = min(max(w, _ZERO), _ONE)
    plane = rows * columns
    lower = _bilinear(image, k * plane, x - w * slope_x, y - w * slope_y, rows, columns)
    upper = _bilinear(image, (k + above) * plane, x + rest * slope_x, y + rest * slope_y, rows, columns)
    return lower + share * (upper - lower)


@njit(nogil=True, fastmath=True, cache=True)
def transformed(matrix: Any, x: Any, y: Any, z: Any) -> Any:
    """Return where a (3, 4) matrix takes a point."""
    return (
        np.float32(matrix[0, 0] * x + matrix[0, 1] * y + matrix[0, 2] * z + matrix[0, 3]),
        np.float32(matrix[1, 0] * x + matrix[1, 1] * y + matrix[1, 2] * z + matrix[1, 3]),
        np.float32(matrix[2, 0] * x + matrix[2, 1] * y + matrix[2, 2] * z + matrix[2, 3]),
    )


@njit(nogil=True, fastmath=True, cache=True)
def is_inside(shape: Any, x: Any, y: Any, z: Any) -> Any:
    """Return whether a position (column, row, slice) lies in a grid of `shape` (Z, Y, X)."""
    slices, rows, columns = shape
    lowest = min(x, y, z) >= -_HALF
    return lowest and x <= columns - _HALF and y <= rows - _HALF and z <= slices - _HALF


@njit(nogil=True, fastmath=True, cache=True)
def gauss_newton_sums(
    frame: FloatArray,
    points: FloatArray,
    slopes: FloatArray,
    values: FloatArray,
    jacobian: FloatArray,
    to_voxels: FloatArray,
    width: float,
) -> tuple[Any, int, float, float]:
    """Compare a frame with the reference at sampled points and set up one Gauss-Newton step.

    Parameters
    ----------
    frame : ndarray of float32, shape (Z, Y, X)
    points : ndarray of float32, shape (3, N)
        mm.
    slopes : ndarray of float32, shape (2, N)
        In-plane shift (columns, rows) of the structure at each point from one slice to the next.
    values : ndarray of float32, shape (N,)
        The reference at the points.
    jacobian : ndarray of float32, shape (6, N)
        Change of the reference with the motion parameters.
    to_voxels : ndarray of float32, shape (3, 4)
        Maps a point to (column, row, slice) of the frame.
    width : float
        Width of the Cauchy weights, HU.

    Returns
    -------
    sums : ndarray of float64, shape (6, 7)
        The upper triangle of the weighted normal matrix and, as last column, its right-hand side.
    inside : int
        Points that lie in the frame.
    mean, median : float
        Of the absolute differences at these, HU.
    """
    sums = np.zeros((6, 7))
    counts = np.zeros(_BINS, np.int64)
    residuals, weights = np.empty(_BATCH, np.float32), np.empty(_BATCH, np.float32)
    weighted = np.empty(_BATCH, np.float32)
    image, shape = frame.ravel(), frame.shape
    precision = np.float32(1.0 / (width * width))
    inside, total = 0, 0.0
    for start in range(0, len(values), _BATCH):
        n_points = min(_BATCH, len(values) - start)
        for index in range(n_points):
            n = start + index
            x, y, z = transformed(to_voxels, points[0, n], points[1, n], points[2, n])
            residuals[index] = _ZERO
            weights[index] = _ZERO
            if is_inside(shape, x, y, z):
                residual = _along_slope(image, shape, x, y, z, slopes[0, n], slopes[1, n]) - values[n]
                residuals[index] = residual
                weights[index] = _ONE / (_ONE + residual * residual * precision)
                inside += 1
                total += abs(residual)
                counts[min(int(abs(residual) / np.float32(_BIN)), _BINS - 1)] += 1
        for i in range(6):
            row = jacobian[i, start : start + n_points]
            for index in range(n_points):
                weighted[index] = weights[index] * row[index]
            for j in range(i, 6):
                sums[i, j] += _product(weighted, jacobian[j, start : start + n_points])
            sums[i, 6] += _product(weighted, residuals[:n_points])
    return sums, inside, total / max(inside, 1), _median(counts, inside)


@njit(nogil=True, fastmath=True, cache=True)
def _product(first: Any, second: Any) -> Any:
    total = _ZERO
    for index in range(len(second)):
        total += first[index] * second[index]
    return total


@njit(nogil=True, fastmath=True, cache=True)
def _median(counts: Any, number: int) -> Any:
    below = 0
    for index in range(len(counts)):
        if 2 * (below + counts[index]) >= number:
            return _BIN * (index + (number / 2 - below) / max(counts[index], 1))
        below += counts[index]
    return _BIN * len(counts)
