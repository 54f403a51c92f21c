"""Samples at any times onto a regular grid, as a matrix that can be multiplied with many curves at once."""

import numpy as np
from numpy.typing import NDArray

_FINER = 0.75
"""Samples closer than this share of the grid interval are averaged rather than interpolated."""


def regular_grid(
    times: NDArray[np.float64], other_times: NDArray[np.float64], interval: float
) -> NDArray[np.float64]:
    """Return times `interval` seconds apart that cover both records, shape (n,)."""
    start = min(times[0], other_times[0])
    stop = max(times[-1], other_times[-1])
    return np.asarray(start + interval * np.arange(int((stop - start) / interval + 1e-6) + 1))


def resampling_matrix(times: NDArray[np.float64], grid: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the matrix, shape (n, T), that carries samples at `times` (T,) to a regular `grid` (n,).

    Between samples the curve is linear, outside the record it keeps its end values. Where samples are
    clearly denser than the grid, a grid value is the mean of the curve over its interval, so that no
    sample is lost and the time stamps stay true; elsewhere it is the value at the grid time.
    """
    interval = grid[1] - grid[0]
    if np.median(np.diff(times)) > _FINER * interval:
        return _interpolation_matrix(times, grid)
    edges = np.append(grid - interval / 2, grid[-1] + interval / 2)
    breaks = np.union1d(edges, times[(times > edges[0]) & (times < edges[-1])])
    at_breaks = _interpolation_matrix(times, breaks)
    areas = np.diff(breaks)[:, None] * (at_breaks[1:] + at_breaks[:-1]) / 2
    until_break = np.vstack([np.zeros(len(times)), np.cumsum(areas, axis=0)])
    return np.asarray(np.diff(until_break[np.searchsorted(breaks, edges)], axis=0) / interval)


def _interpolation_matrix(times: NDArray[np.float64], at: NDArray[np.float64]) -> NDArray[np.float64]:
    left = np.clip(np.searchsorted(times, at, side="right") - 1, 0, len(times) - 2)
    weight = np.clip((at - times[left]) / (times[left + 1] - times[left]), 0.0, 1.0)
    matrix = np.zeros((len(at), len(times)))
    rows = np.arange(len(at))
    matrix[rows, left] = 1.0 - weight
    matrix[rows, left + 1] = weight
    return matrix
