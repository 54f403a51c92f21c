"""Compiled inner loops of the registration: block means, normal equations, resampling.

The first two are too short to be worth several threads, which would mostly wait for each other.
"""

from typing import Any

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

FloatArray = NDArray[np.float32]

OUTSIDE = np.float32(1e9)
"""Marks the residual of a point that lies outside the frame."""

_HALF = np.float32(0.5)


@njit(nogil=True, fastmath=True, cache=True)
def block_means(frame: Any, factor: int, low: float, high: float) -> FloatArray:
    """Return the means over blocks of `factor` x `factor` pixels of a frame clipped to `low`..`high` HU."""
    slices, rows, columns = frame.shape[0], frame.shape[1] // factor, frame.shape[2] // factor
    means = np.empty((slices, rows, columns), np.float32)
    share = np.float32(1.0 / (factor * factor))
    for z in range(slices):
        for y in range(rows):
            for x in range(columns):
                total = np.float32(0.0)
                for dy in range(factor):
                    for dx in range(factor):
                        value = np.float32(frame[z, y * factor + dy, x * factor + dx])
                        total += min(max(value, np.float32(low)), np.float32(high))
                means[z, y, x] = total * share
    return means


@njit(nogil=True, fastmath=True, cache=True)
def _bilinear(image: Any, x: Any, y: Any) -> Any:
    # Positions beyond the border take the value at the border.
    rows, columns = image.shape
    x = min(max(x, np.float32(0.0)), np.float32(columns - 1))
    y = min(max(y, np.float32(0.0)), np.float32(rows - 1))
    i, j = int(x), int(y)
    u, v = x - np.float32(i), y - np.float32(j)
    right, below = min(i + 1, columns - 1), min(j + 1, rows - 1)
    upper = np.float32(image[j, i]) + u * (np.float32(image[j, right]) - np.float32(image[j, i]))
    lower = np.float32(image[below, i]) + u * (np.float32(image[below, right]) - np.float32(image[below, i]))
    return upper + v * (lower - upper)


@njit(nogil=True, fastmath=True, cache=True)
def _along_slope(frame: Any, x: Any, y: Any, z: Any, slope_x: Any, slope_y: Any) -> Any:
    # Between two thick slices an oblique edge appears twice when the slices are merely blended. Each is
    # therefore read where the structure through (x, y, z) meets it, which keeps the edge sharp and in
    # place. Beyond the first and the last slice that one alone is followed.
    last = frame.shape[0] - 1
    k = min(max(int(z), 0), max(last - 1, 0))
    above = min(k + 1, last)
    w = z - np.float32(k)
    rest = np.float32(1.0) - w
    share = min(max(w, np.float32(0.0)), np.float32(1.0))
    lower = _bilinear(frame[k], x - w * slope_x, y - w * slope_y)
    upper = _bilinear(frame[above], x + rest * slope_x, y + rest * slope_y)
    return lower + share * (upper - lower)


@njit(nogil=True, fastmath=True, cache=True)
def _transformed(matrix: Any, x: Any, y: Any, z: Any) -> Any:
    return (
        np.float32(matrix[0, 0] * x + matrix[0, 1] * y + matrix[0, 2] * z + matrix[0, 3]),
        np.float32(matrix[1, 0] * x + matrix[1, 1] * y + matrix[1, 2] * z + matrix[1, 3]),
        np.float32(matrix[2, 0] * x + matrix[2, 1] * y + matrix[2, 2] * z + matrix[2, 3]),
    )


@njit(nogil=True, fastmath=True, cache=True)
def _beyond(shape: Any, x: Any, y: Any, z: Any, margin: Any) -> Any:
    end = margin - np.float32(1.0)
    return min(x, y, z) < -margin or x > shape[2] + end or y > shape[1] + end or z > shape[0] + end


@njit(nogil=True, fastmath=True, cache=True)
def normal_equations(
    frame: FloatArray,
    points: FloatArray,
    slopes: FloatArray,
    values: FloatArray,
    jacobian: FloatArray,
    to_voxels: FloatArray,
    width: float,
) -> tuple[Any, FloatArray]:
    """Compare a frame with the reference at sampled points and set up one Gauss-Newton step.

    Parameters
    ----------
    frame : ndarray of float32, shape (Z, Y, X)
    points : ndarray of float32, shape (N, 3)
        mm.
    slopes : ndarray of float32, shape (N, 2)
        In-plane shift (columns, rows) of the structure at each point from one slice to the next.
    values : ndarray of float32, shape (N,)
        The reference at the points.
    jacobian : ndarray of float32, shape (N, 6)
        Change of the reference with the motion parameters.
    to_voxels : ndarray of float32, shape (3, 4)
        Maps a point to (column, row, slice) of the frame.
    width : float
        Width of the Cauchy weights, HU.

    Returns
    -------
    sums : ndarray of float64, shape (6, 7)
        The upper triangle of the weighted normal matrix and, as last column, its right-hand side.
    residuals : ndarray of float32, shape (N,)
        Frame minus reference; `OUTSIDE` where the point lies outside the frame.
    """
    sums = np.zeros((6, 7))
    residuals = np.empty(len(points), np.float32)
    precision = np.float32(1.0 / (width * width))
    for n in range(len(points)):
        x, y, z = _transformed(to_voxels, points[n, 0], points[n, 1], points[n, 2])
        if _beyond(frame.shape, x, y, z, _HALF):
            residuals[n] = OUTSIDE
            continue
        residual = _along_slope(frame, x, y, z, slopes[n, 0], slopes[n, 1]) - values[n]
        residuals[n] = residual
        weight = np.float32(1.0) / (np.float32(1.0) + residual * residual * precision)
        for i in range(6):
            weighted = weight * jacobian[n, i]
            for j in range(i, 6):
                sums[i, j] += weighted * jacobian[n, j]
            sums[i, 6] += weighted * residual
    return sums, residuals


@njit(parallel=True, nogil=True, fastmath=True, cache=True)
def resample(frame: Any, to_voxels: Any, resampled: FloatArray, outside: Any) -> None:
    """Fill `resampled` with the frame at transformed voxel positions and count the positions outside of it.

    Interpolation is trilinear; beyond the border the border's value holds.

    Parameters
    ----------
    frame : ndarray, shape (Z, Y, X)
    to_voxels : ndarray of float64, shape (3, 4)
        Maps (column, row, slice) of the result to those of the frame.
    resampled : ndarray of float32, shape (Z, Y, X)
    outside : ndarray of int16, shape (Z, Y, X)
        Goes up by one where no voxel of the frame covers the position.
    """
    slices, rows, columns = resampled.shape
    none = np.float32(0.0)
    for index in prange(slices * rows):
        k, j = index // rows, index % rows
        for i in range(columns):
            x, y, z = _transformed(to_voxels, i, j, k)
            resampled[k, j, i] = _along_slope(frame, x, y, z, none, none)
            if _beyond(frame.shape, x, y, z, _HALF):
                outside[k, j, i] += 1
