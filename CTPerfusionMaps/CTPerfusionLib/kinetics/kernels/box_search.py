"""The start of the fit of the box model: the most probable of some hundred model curves."""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from .box_block import BEST_DELAY, BEST_MTT, FAST, LANES, Float32Array

_BEST_LOSS, _GREATEST, _AT_GREATEST, N_BEST = (LANES * row for row in range(2, 6))
"""Rows of what the search keeps, besides the best delay and MTT."""


@njit(nogil=True, fastmath=FAST, error_model="numpy", cache=True)
def search(
    coefficients: Float32Array,
    energies: Float32Array,
    start_delays: NDArray[np.int64],
    start_mtts: NDArray[np.int64],
    weights: Float32Array,
    penalties: Float32Array,
    nodes: Float32Array,
    best: Float32Array,
) -> None:
    """Find the most probable start value of each lane.

    Coefficients (K, LANES); weights (M, D), 1 / ||h||; penalties (M,), what the prior multiplies the sum of
    squares with; nodes (K - 2, LANES) receives y.S at the knots; best (N_BEST,) the start values. Four
    delays, of which there must be a multiple, are compared at a time: reading what has just been written
    under a mask is slow.
    """
    sixth = np.float32(1.0 / 6.0)
    four = np.float32(4.0)
    for node in range(nodes.shape[0]):
        for lane in range(LANES):
            nodes[node, lane] = sixth * (
                coefficients[node, lane] + four * coefficients[node + 1, lane] + coefficients[node + 2, lane]
            )
    for lane in range(LANES):
        best[_BEST_LOSS + lane] = np.float32(np.inf)
        best[BEST_MTT + lane] = start_mtts[0]
        best[BEST_DELAY + lane] = start_delays[0]
    for m in range(len(start_mtts)):
        for lane in range(LANES):
            best[_GREATEST + lane] = np.float32(0)
            best[_AT_GREATEST + lane] = np.float32(0)
        mtt = start_mtts[m]
        for d in range(0, len(start_delays), 4):
            d0, d1, d2, d3 = start_delays[d], start_delays[d + 1], start_delays[d + 2], start_delays[d + 3]
            a0, a1, a2, a3 = nodes[d0], nodes[d1], nodes[d2], nodes[d3]
            b0, b1, b2, b3 = nodes[d0 + mtt], nodes[d1 + mtt], nodes[d2 + mtt], nodes[d3 + mtt]
            w0, w1, w2, w3 = weights[m, d], weights[m, d + 1], weights[m, d + 2], weights[m, d + 3]
            f0, f1, f2, f3 = np.float32(d0), np.float32(d1), np.float32(d2), np.float32(d3)
            for lane in range(LANES):
                p0 = (a0[lane] - b0[lane]) * w0
                p1 = (a1[lane] - b1[lane]) * w1
                p2 = (a2[lane] - b2[lane]) * w2
                p3 = (a3[lane] - b3[lane]) * w3
                at_01 = f1 if p1 > p0 else f0
                p01 = max(p0, p1)
                at_23 = f3 if p3 > p2 else f2
                p23 = max(p2, p3)
                at = at_23 if p23 > p01 else at_01
                p = max(p01, p23)
                greatest = best[_GREATEST + lane]
                best[_AT_GREATEST + lane] = at if p > greatest else best[_AT_GREATEST + lane]
                best[_GREATEST + lane] = max(p, greatest)
        for lane in range(LANES):
            greatest = best[_GREATEST + lane]
            loss = (energies[lane] - greatest * greatest) * penalties[m]
            better = loss < best[_BEST_LOSS + lane]
            best[BEST_DELAY + lane] = best[_AT_GREATEST + lane] if better else best[BEST_DELAY + lane]
            best[BEST_MTT + lane] = np.float32(mtt) if better else best[BEST_MTT + lane]
            best[_BEST_LOSS + lane] = min(loss, best[_BEST_LOSS + lane])
