"""Compiled inner loop of the residual motion: what the edges of each part of the head still show."""

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

FloatArray = NDArray[np.float32]

_HALF = np.float32(0.5)


@njit(nogil=True, fastmath=True, cache=True)
def _spline_weights(share: Any) -> Any:
    rest = 1.0 - share
    return (
        rest * rest * rest / 6.0,
        2.0 / 3.0 - 0.5 * share * share * (1.0 + rest),
        2.0 / 3.0 - 0.5 * rest * rest * (1.0 + share),
        share * share * share / 6.0,
    )


@njit(nogil=True, fastmath=True, cache=True)
def _spline(image: Any, x: Any, y: Any) -> Any:
    rows, columns = image.shape
    x, y = min(max(x, 0.0), columns - 1.0), min(max(y, 0.0), rows - 1.0)
    i, j = min(int(x), max(columns - 2, 0)), min(int(y), max(rows - 2, 0))
    along_x, along_y = _spline_weights(x - i), _spline_weights(y - j)
    value = 0.0
    for step_y in range(4):
        row = image[min(max(j + step_y - 1, 0), rows - 1)]
        total = 0.0
        for step_x in range(4):
            total += along_x[step_x] * row[min(max(i + step_x - 1, 0), columns - 1)]
        value += along_y[step_y] * total
    return value


@njit(nogil=True, fastmath=True, cache=True)
def _difference(
    image: FloatArray, points: FloatArray, slopes: FloatArray, values: FloatArray, matrix: FloatArray, n: int
) -> tuple[bool, Any]:
    # Between slices along the slope of the structure, as in the fit.
    slices, rows, columns = image.shape
    x = matrix[0, 0] * points[0, n] + matrix[0, 1] * points[1, n] + matrix[0, 2] * points[2, n] + matrix[0, 3]
    y = matrix[1, 0] * points[0, n] + matrix[1, 1] * points[1, n] + matrix[1, 2] * points[2, n] + matrix[1, 3]
    z = matrix[2, 0] * points[0, n] + matrix[2, 1] * points[1, n] + matrix[2, 2] * points[2, n] + matrix[2, 3]
    inside = min(x, y, z) >= -_HALF and x <= columns - _HALF and y <= rows - _HALF and z <= slices - _HALF
    if not inside:
        return False, 0.0
    k = min(max(int(z), 0), max(slices - 2, 0))
    w = z - k
    slope_x, slope_y = slopes[0, n], slopes[1, n]
    lower = _spline(image[k], x - w * slope_x, y - w * slope_y)
    if slices == 1:
        return True, lower - values[n]
    upper = _spline(image[k + 1], x + (1.0 - w) * slope_x, y + (1.0 - w) * slope_y)
    return True, lower + min(max(w, 0.0), 1.0) * (upper - lower) - values[n]


@njit(nogil=True, fastmath=True, cache=True)
def regional_sums(
    image: FloatArray,
    points: FloatArray,
    slopes: FloatArray,
    values: FloatArray,
    changes: FloatArray,
    regions: Any,
    n_regions: int,
    to_voxels: FloatArray,
) -> Any:
    """Set up one Gauss-Newton step of the parameters of each region.

    Parameters
    ----------
    image : ndarray of float32, shape (Z, Y, X)
        Coefficients of cubic splines along rows and columns: linear interpolation would blur and pass for
        movement.
    points, slopes, values : ndarray of float32, shapes (3, N), (2, N), (N,)
        As in `kernels.registration.gauss_newton_sums`.
    changes : ndarray of float32, shape (P, N)
        Change of the reference with each parameter at each point.
    regions : ndarray of int, shape (N,)
        The region of each point.
    n_regions : int
        R.
    to_voxels : ndarray of float32, shape (3, 4)

    Returns
    -------
    ndarray of float64, shape (R, P, P + 1)
        The normal matrix of each region and, as last column, its right-hand side.
    """
    n_parameters = len(changes)
    sums = np.zeros((n_regions, n_parameters, n_parameters + 1))
    for n in range(len(values)):
        inside, residual = _difference(image, points, slopes, values, to_voxels, n)
        if inside:
            region = sums[regions[n]]
            for i in range(n_parameters):
                for j in range(n_parameters):
                    region[i, j] += changes[i, n] * changes[j, n]
                region[i, n_parameters] += changes[i, n] * residual
    return sums
