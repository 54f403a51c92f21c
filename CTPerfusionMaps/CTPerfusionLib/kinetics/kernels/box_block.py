"""A block of voxels that the fit of the box model works on side by side, and where its numbers lie.

They lie in one flat array, row r of the block at r * LANES: the distances between rows are then known when
the loops over voxels are compiled, which are vectorised without checks for overlaps.
"""

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

from ..box_settings import N_RESULTS

Float32Array = NDArray[np.float32]
Float64Array = NDArray[np.float64]

LANES = 64
"""Voxels in a block, whose tables fit the first-level cache."""

STRIDE = 16
"""Voxels in the inner loops, whose length the compiler has to know."""

# Infinity and NaN keep their meaning (a curve that holds them must be recognised).
FAST = {"reassoc", "contract", "arcp", "nsz", "afn"}

# Numbers of a voxel while its delay and MTT are refined: where it is best, the least loss, where it is now.
BEST_DELAY, BEST_MTT, LEAST, DELAY, MTT, ENERGY = (LANES * row for row in range(6))

# Coefficients around the shifts d and d + M (4 each), of ln(||h|| / MTT) (16), and places within the cells.
START, STOP, NORM = (LANES * row for row in (6, 10, 14))
START_PLACE, STOP_PLACE, DELAY_PLACE, MTT_PLACE = (LANES * row for row in range(30, 34))

# y.h before scaling, f = ln(||h|| / MTT) and their derivatives; exp(-f).
PRODUCT, PRODUCT_D, PRODUCT_M, PRODUCT_DD, PRODUCT_MM = (LANES * row for row in range(34, 39))
F, F_D, F_M, F_DD, F_MM, F_DM, HEIGHT = (LANES * row for row in range(39, 46))

# Deviation of ln MTT from the mean of the prior, factor of the loss by the prior, whether the voxel is done.
DEVIATION, PENALTY, DONE = (LANES * row for row in range(46, 49))

# By lane: where the search ended, entries of the metric (3), results and status.
FINAL_DELAY, FINAL_MTT, METRIC = (LANES * row for row in range(49, 52))
RESULT = 54 * LANES
STATUS = RESULT + N_RESULTS * LANES
BLOCK_SIZE = STATUS + LANES


@njit(nogil=True, fastmath=FAST, error_model="numpy", cache=True, forceinline=True)
def cubic(b0: float, b1: float, b2: float, b3: float, u: float) -> tuple[float, float, float]:
    """Return value, slope and curvature of the cubic with these B-spline coefficients, 0 <= u <= 1."""
    p1 = 0.5 * (b2 - b0)
    p2 = 0.5 * (b0 + b2) - b1
    p3 = (b3 - b0 + 3.0 * (b1 - b2)) * (1.0 / 6.0)
    value = ((p3 * u + p2) * u + p1) * u + (b0 + 4.0 * b1 + b2) * (1.0 / 6.0)
    return value, (3.0 * p3 * u + 2.0 * p2) * u + p1, 6.0 * p3 * u + 2.0 * p2


@njit(nogil=True, fastmath=FAST, error_model="numpy", cache=True)
def look_up(
    w: Float64Array,
    lanes: NDArray[np.int32],
    n: int,
    coefficients: Float32Array,
    log_norms: Float32Array,
    bounds: Float64Array,
) -> None:
    """Copy the coefficients that each of the first n voxels needs at its delay and MTT."""
    per_step = (log_norms.shape[0] - 3) / bounds[1]
    last_shift = coefficients.shape[0] - 4
    last_delay = log_norms.shape[0] - 4
    last_mtt = log_norms.shape[1] - 4
    for a in range(n):
        lane = lanes[a]
        delay = w[DELAY + a]
        mtt = w[MTT + a]
        i = min(int(delay), last_shift)
        k = min(int(delay + mtt), last_shift)
        w[START_PLACE + a] = delay - i
        w[STOP_PLACE + a] = delay + mtt - k
        for c in range(4):
            w[START + LANES * c + a] = coefficients[i + c, lane]
            w[STOP + LANES * c + a] = coefficients[k + c, lane]
        delay *= per_step
        mtt = (mtt - bounds[2]) * per_step
        i = min(int(delay), last_delay)
        k = min(int(mtt), last_mtt)
        w[DELAY_PLACE + a] = delay - i
        w[MTT_PLACE + a] = mtt - k
        for r in range(4):
            for c in range(4):
                w[NORM + LANES * (4 * r + c) + a] = log_norms[i + r, k + c]


@njit(nogil=True, fastmath=FAST, error_model="numpy", cache=True, forceinline=True)
def _cubic_at(w: Float64Array, row: int, a: int, u: float) -> tuple[float, float, float]:
    """Return value, slope and curvature from the four rows of coefficients that begin at one."""
    value, slope, curvature = cubic(
        w[row + a], w[row + LANES + a], w[row + 2 * LANES + a], w[row + 3 * LANES + a], u
    )
    return value, slope, curvature


@njit(nogil=True, fastmath=FAST, error_model="numpy", cache=True)
def evaluate(rows: Float64Array, n: int, per_step: float) -> None:
    """Compute y.h before scaling, f = ln(||h|| / MTT) and their derivatives from what was looked up."""
    squared = per_step * per_step
    for first in range(0, n, STRIDE):
        w = rows[first:]
        for a in range(STRIDE):
            start, start_d, start_dd = _cubic_at(w, START, a, w[START_PLACE + a])
            stop, stop_d, stop_dd = _cubic_at(w, STOP, a, w[STOP_PLACE + a])
            w[PRODUCT + a] = start - stop
            w[PRODUCT_D + a] = start_d - stop_d
            w[PRODUCT_M + a] = -stop_d
            w[PRODUCT_DD + a] = start_dd - stop_dd
            w[PRODUCT_MM + a] = -stop_dd
    for first in range(0, n, STRIDE):
        w = rows[first:]
        for a in range(STRIDE):
            u = w[MTT_PLACE + a]
            v0, s0, c0 = _cubic_at(w, NORM, a, u)
            v1, s1, c1 = _cubic_at(w, NORM + 4 * LANES, a, u)
            v2, s2, c2 = _cubic_at(w, NORM + 8 * LANES, a, u)
            v3, s3, c3 = _cubic_at(w, NORM + 12 * LANES, a, u)
            u = w[DELAY_PLACE + a]
            f, fd, fdd = cubic(v0, v1, v2, v3, u)
            fm, fdm, _ = cubic(s0, s1, s2, s3, u)
            fmm, _, _ = cubic(c0, c1, c2, c3, u)
            w[F + a] = f
            w[F_D + a] = per_step * fd
            w[F_M + a] = per_step * fm
            w[F_DD + a] = squared * fdd
            w[F_MM + a] = squared * fmm
            w[F_DM + a] = squared * fdm
    for a in range(n):
        rows[HEIGHT + a] = math.exp(-rows[F + a])
