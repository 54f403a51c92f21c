"""Cubic splines with equal cells, as matrices: samples to coefficients, coefficients to values.

A spline on n cells has n + 3 coefficients; in cell k it depends on the coefficients k to k + 3. Positions
count in cells.
"""

from collections.abc import Callable
from functools import cache

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]


@cache
def interpolation_matrix(n_cells: int) -> FloatArray:
    """Return the matrix (n_cells + 3, n_cells + 1) from samples at the ends of the cells to coefficients.

    The two conditions that the samples leave open are "not a knot": the third derivative does not jump
    between the first two and the last two cells.
    """
    n_nodes = n_cells + 1
    conditions = np.zeros((n_nodes + 2, n_nodes + 2))
    for node in range(n_nodes):
        conditions[node, node : node + 3] = np.array([1.0, 4.0, 1.0]) / 6.0
    conditions[-2, :5] = conditions[-1, -5:] = [-1.0, 4.0, -6.0, 4.0, -1.0]
    return np.asarray(np.linalg.inv(conditions)[:, :n_nodes])


@cache
def value_matrix(n_cells: int, per_cell: int) -> FloatArray:
    """Return the matrix (n_cells * per_cell + 1, n_cells + 3) from coefficients to values."""
    return _evaluation(
        n_cells,
        per_cell,
        lambda u: np.array([(1 - u) ** 3, 3 * u**3 - 6 * u**2 + 4, 1 + 3 * u * (1 + u - u**2), u**3]) / 6,
    )


@cache
def slope_matrix(n_cells: int, per_cell: int) -> FloatArray:
    """Return the matrix (n_cells * per_cell + 1, n_cells + 3) from coefficients to derivatives."""
    return _evaluation(
        n_cells,
        per_cell,
        lambda u: np.array([-((1 - u) ** 2), 3 * u**2 - 4 * u, 1 + 2 * u - 3 * u**2, u**2]) / 2,
    )


def _evaluation(n_cells: int, per_cell: int, weights: Callable[[FloatArray], FloatArray]) -> FloatArray:
    positions = np.arange(n_cells * per_cell + 1) / per_cell
    cells = np.minimum(positions.astype(int), n_cells - 1)
    matrix = np.zeros((len(positions), n_cells + 3))
    for offset, weight in enumerate(weights(positions - cells)):
        matrix[np.arange(len(positions)), cells + offset] = weight
    return matrix
