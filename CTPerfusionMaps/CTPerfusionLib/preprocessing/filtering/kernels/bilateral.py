"""Compiled inner loop of the joint bilateral filter.

The weights of a voxel's neighbours depend on the guide only, so they are computed once and applied to all
frames. Pixels of a row stand next to each other in memory and the frames of a row follow one another; the
innermost loops then run over consecutive pixels and are vectorised, about 10 multiply-adds per ns and core.
"""

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

FloatArray = NDArray[np.float32]

UNROLL = 4
"""Neighbours of a row that are applied together: saves three of four loads and stores of the sums."""

TILE = 128
"""Pixels of a row that are filtered together: their weights and sums stay in the first-level cache."""

_SQUARINGS = 7
_EXPONENT_SCALE = np.float32(1.0 / 2**_SQUARINGS)
_LARGEST_STEP = np.float32(0.25)


@njit(nogil=True, fastmath=True, cache=True)
def _neighbour_weights(
    neighbours: FloatArray,
    centres: FloatArray,
    spatial: Any,
    scale: Any,
    weights: FloatArray,
    total: FloatArray,
) -> None:
    # exp(-u) = (exp(-u / 128))^128, the inner one by its series: 2e-4 relative at u = 8 and far
    # faster than a call of exp, which would keep the loop from being vectorised.
    for x in range(weights.size):
        difference = neighbours[x] - centres[x]
        step = min(difference * difference * scale, _LARGEST_STEP)
        weight = np.float32(1.0) - step + np.float32(0.5) * step * step
        for _ in range(_SQUARINGS):
            weight *= weight
        weight *= spatial
        weights[x] = weight
        total[x] += weight


@njit(nogil=True, fastmath=True, cache=True)
def add_weighted(source: FloatArray, weights: FloatArray, first: int, taps: int, sums: FloatArray) -> None:
    """Add `taps` neighbours of a row, from `first` on, with weights (taps + UNROLL, X) to `sums`, (X,)."""
    width = sums.size
    for tap in range(0, taps, UNROLL):
        start = first + tap
        source_0 = source[start : start + width]
        source_1 = source[start + 1 : start + 1 + width]
        source_2 = source[start + 2 : start + 2 + width]
        source_3 = source[start + 3 : start + 3 + width]
        weights_0, weights_1, weights_2, weights_3 = (
            weights[tap],
            weights[tap + 1],
            weights[tap + 2],
            weights[tap + 3],
        )
        for x in range(width):
            sums[x] += (
                weights_0[x] * source_0[x]
                + weights_1[x] * source_1[x]
                + weights_2[x] * source_2[x]
                + weights_3[x] * source_3[x]
            )


@njit(nogil=True, fastmath=True, cache=True)
def _sum_neighbours(
    window: Any,
    guide: Any,
    slots: Any,
    half_widths: Any,
    spatial: Any,
    scale: Any,
    row: int,
    start: int,
    sums: FloatArray,
    total: FloatArray,
) -> None:
    reach_x = spatial.shape[2] // 2
    width = total.size
    weights = np.zeros((2 * reach_x + 1 + UNROLL, width), np.float32)
    middle = half_widths.shape[1] // 2
    centres = guide[slots[slots.size // 2], row + middle, start + reach_x : start + reach_x + width]
    for neighbour in range(slots.size):
        for offset in range(half_widths.shape[1]):
            half = half_widths[neighbour, offset]
            if half < 0:
                continue
            first = start + reach_x - half
            taps = 2 * half + 1
            weights[taps : taps + UNROLL] = np.float32(0.0)
            guide_row = guide[slots[neighbour], row + offset]
            for tap in range(taps):
                near = guide_row[first + tap : first + tap + width]
                strength = spatial[neighbour, offset, reach_x - half + tap]
                _neighbour_weights(near, centres, strength, scale, weights[tap], total)
            for frame in range(sums.shape[0]):
                source = window[slots[neighbour], row + offset, frame]
                add_weighted(source, weights, first, taps, sums[frame])


@njit(nogil=True, fastmath=True, cache=True)
def write_means(
    sums: FloatArray, total: FloatArray, mask: Any, row: int, start: int, filtered: FloatArray
) -> None:
    """Write weighted means, sums (T, W) over total weights (W,), into a row from `start` on, in the mask."""
    for frame in range(sums.shape[0]):
        for x in range(total.size):
            if mask[row, start + x]:
                filtered[frame, row, start + x] = sums[frame, x] / total[x]


@njit(nogil=True, fastmath=True, cache=True)
def filter_row(
    window: Any,
    guide: Any,
    slots: Any,
    half_widths: Any,
    spatial: Any,
    range_sigma: float,
    mask: Any,
    row: int,
    filtered: Any,
) -> None:
    """Filter a row of one slice in all frames.

    Parameters
    ----------
    window : ndarray of float32, shape (S, Y + 2 Ry, T, X + 2 Rx + UNROLL)
        The slice and its neighbours, padded; zero outside the mask.
    guide : ndarray of float32, shape (S, Y + 2 Ry, X + 2 Rx + UNROLL)
        HU, padded; outside the mask a value so far away that its weight vanishes.
    slots : ndarray of int64, shape (S,)
        Where in `window` and `guide` the slices lie, in ascending order; the slice itself is the middle one.
    half_widths : ndarray of int64, shape (S, 2 Ry + 1)
        Reach in columns for each slice and row offset; -1 where nothing is within the cut-off.
    spatial : ndarray of float32, shape (S, 2 Ry + 1, 2 Rx + 1)
        Spatial weights.
    range_sigma : float
        HU.
    mask : ndarray of bool, shape (Y, X)
    row : int
    filtered : ndarray of float32, shape (T, Y, X)
        Receives the result inside the mask.
    """
    n_frames, _, n_columns = filtered.shape
    scale = np.float32(_EXPONENT_SCALE / (2.0 * range_sigma * range_sigma))
    for start in range(0, n_columns, TILE):
        width = min(TILE, n_columns - start)
        if not mask[row, start : start + width].any():
            continue
        sums = np.zeros((n_frames, width), np.float32)
        total = np.zeros(width, np.float32)
        _sum_neighbours(window, guide, slots, half_widths, spatial, scale, row, start, sums, total)
        write_means(sums, total, mask, row, start, filtered)
