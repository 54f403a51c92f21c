"""Compiled inner loop of the TIPS filter; memory and loops are those of the joint bilateral filter."""

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from .bilateral import TILE, UNROLL, add_weighted, write_means

FloatArray = NDArray[np.float32]


@njit(nogil=True, fastmath=True, cache=True)
def _add_squares(near: FloatArray, centres: FloatArray, sums: FloatArray) -> None:
    for x in range(sums.size):
        difference = near[x] - centres[x]
        sums[x] += difference * difference


@njit(nogil=True, fastmath=True, cache=True)
def _profile_weights(
    members: FloatArray, spatial: Any, scale: Any, weights: FloatArray, total: FloatArray
) -> None:
    # `weights` holds sums of squared differences. What is outside the mask has a large value in `members`.
    for x in range(weights.size):
        difference = weights[x] * scale
        weight = np.float32(0.0)
        if members[x] < np.float32(1.0):
            weight = spatial * np.exp(-difference * difference)
        weights[x] = weight
        total[x] += weight


@njit(nogil=True, fastmath=True, cache=True)
def _sum_neighbours(
    window: Any,
    members: Any,
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
    centres = window[slots[slots.size // 2], row + middle]
    for neighbour in range(slots.size):
        for offset in range(half_widths.shape[1]):
            half = half_widths[neighbour, offset]
            if half < 0:
                continue
            first = start + reach_x - half
            taps = 2 * half + 1
            weights[: taps + UNROLL] = np.float32(0.0)
            profiles = window[slots[neighbour], row + offset]
            for frame in range(sums.shape[0]):
                centre = centres[frame][start + reach_x : start + reach_x + width]
                for tap in range(taps):
                    _add_squares(profiles[frame][first + tap : first + tap + width], centre, weights[tap])
            member_row = members[slots[neighbour], row + offset]
            for tap in range(taps):
                near = member_row[first + tap : first + tap + width]
                strength = spatial[neighbour, offset, reach_x - half + tap]
                _profile_weights(near, strength, scale, weights[tap], total)
            for frame in range(sums.shape[0]):
                add_weighted(profiles[frame], weights, first, taps, sums[frame])


@njit(nogil=True, fastmath=True, cache=True)
def filter_row_by_profile(
    window: Any,
    members: Any,
    slots: Any,
    half_widths: Any,
    spatial: Any,
    profile_sigma: float,
    mask: Any,
    row: int,
    filtered: Any,
) -> None:
    """Filter a row of one slice in all frames.

    Parameters
    ----------
    window, slots, half_widths, spatial, mask, row, filtered
        As in :func:`~CTPerfusionLib.preprocessing.filtering.kernels.bilateral.filter_row`.
    members : ndarray of float32, shape (S, Y + 2 Ry, X + 2 Rx + UNROLL)
        0 inside the mask, a large value outside.
    profile_sigma : float
        HU^2.
    """
    n_frames, _, n_columns = filtered.shape
    scale = np.float32(1.0 / (np.sqrt(2.0) * profile_sigma * n_frames))
    for start in range(0, n_columns, TILE):
        width = min(TILE, n_columns - start)
        if not mask[row, start : start + width].any():
            continue
        sums = np.zeros((n_frames, width), np.float32)
        total = np.zeros(width, np.float32)
        _sum_neighbours(window, members, slots, half_widths, spatial, scale, row, start, sums, total)
        write_means(sums, total, mask, row, start, filtered)
