"""Fit of the box model to many curves, compiled.

A model curve is F h(d, M), where h(d, M) = S(d) - S(d + M) and S(s) is A(t - s), the integral of the arterial
input function shifted by s. With h scaled to unit length, the flow F eliminated and G(d, M) = y.h the product
with the curve y, the sum of squares is y.y - G^2: the fit looks for the greatest G. The product y.S(s) is a
cubic spline in s with coefficients of its own for each voxel; ln ||h|| is a spline over delay and MTT that
all voxels share.

Delay and MTT count in steps of the dictionary here, delay from its least value. Voxels are worked on in
blocks, side by side along the last axis of all arrays, so that the loops over them are vectorised.
"""

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

from ..box_settings import N_RESULTS, SSE
from .box_block import BLOCK_SIZE, FAST, LANES, RESULT, STATUS, Float32Array, Float64Array
from .box_refinement import refine
from .box_report import report
from .box_search import N_BEST, search


@njit(nogil=True, cache=True)
def lay_side_by_side(curves: Float32Array, out: Float32Array) -> None:
    """Transpose curves (V, T) into out (T, V)."""
    n_curves, n_frames = curves.shape
    for voxel in range(n_curves):
        for frame in range(n_frames):
            out[frame, voxel] = curves[voxel, frame]


@njit(nogil=True, fastmath=FAST, error_model="numpy", cache=True)
def _energies(curves: Float32Array, first: int, n: int, without_mean: bool, out: Float32Array) -> None:
    """Write sums of squares, about the mean where an offset is fitted, of curves (T, V) into out (LANES,)."""
    n_frames = curves.shape[0]
    sums = np.zeros(LANES, np.float32)
    out[:] = np.float32(0)
    for frame in range(n_frames):
        row = curves[frame, first : first + n]
        for lane in range(n):
            out[lane] += row[lane] * row[lane]
            sums[lane] += row[lane]
    if without_mean:
        for lane in range(n):
            mean = sums[lane] / np.float32(n_frames)
            out[lane] = np.float32(0)
            for frame in range(n_frames):
                deviation = curves[frame, first + lane] - mean
                out[lane] += deviation * deviation


@njit(nogil=True, fastmath=FAST, error_model="numpy", cache=True)
def fit_curves(
    curves: Float32Array,
    coefficients: Float32Array,
    n_parameters: int,
    start_delays: NDArray[np.int64],
    start_mtts: NDArray[np.int64],
    weights: Float32Array,
    log_norms: Float32Array,
    norm_scale: float,
    metric: Float32Array,
    bounds: Float64Array,
    prior: Float64Array,
    scales: Float64Array,
    limits: Float64Array,
    out: Float32Array,
    statuses: NDArray[np.uint8],
) -> None:
    """Fit delay, MTT and flow to each curve.

    Parameters
    ----------
    curves : ndarray of float32, shape (T, V)
    coefficients : ndarray of float32, shape (K, V)
        Coefficients of y.S(s) for each curve y.
    n_parameters : int
        4 where a constant offset is fitted too, 3 otherwise.
    start_delays, start_mtts : ndarray of int, shapes (D,) and (M,)
        In steps; delays from the least one.
    weights, log_norms, norm_scale, metric
        As :class:`BoxDictionary` has them; weights are its ``start_weights``.
    bounds, prior, scales, limits : ndarray
        As :class:`BoxSettings` has them.
    out : ndarray of float32, shape (N_RESULTS, V)
        Receives the results; the sum of squares is NaN where a curve is not finite.
    statuses : ndarray of uint8, shape (V,)
    """
    n_frames, n_curves = curves.shape
    penalties = np.empty(len(start_mtts), np.float32)
    for m in range(len(start_mtts)):
        penalties[m] = math.exp(prior[1] * (math.log(start_mtts[m]) - prior[0]) ** 2 / n_frames)
    block = np.zeros((coefficients.shape[0], LANES), np.float32)
    nodes = np.empty((coefficients.shape[0] - 2, LANES), np.float32)
    energies = np.zeros(LANES, np.float32)
    best = np.empty(N_BEST, np.float32)
    lanes = np.empty(LANES, np.int32)
    w = np.zeros(BLOCK_SIZE)
    for first in range(0, n_curves, LANES):
        n = min(LANES, n_curves - first)
        _energies(curves, first, n, n_parameters == 4, energies)
        for k in range(coefficients.shape[0]):
            here = coefficients[k, first:]
            for lane in range(n):
                block[k, lane] = here[lane]
        search(block, energies, start_delays, start_mtts, weights, penalties, nodes, best)
        refine(w, lanes, block, energies, best, n_frames, log_norms, norm_scale, bounds, prior)
        report(
            w,
            lanes,
            block,
            energies,
            n_frames - n_parameters,
            log_norms,
            norm_scale,
            metric,
            bounds,
            prior,
            scales,
            limits,
        )
        for row in range(N_RESULTS):
            results = w[RESULT + LANES * row :]
            there = out[row, first:]
            for lane in range(n):
                there[lane] = results[lane]
        for lane in range(n):
            statuses[first + lane] = w[STATUS + lane]
            if not np.isfinite(energies[lane]):
                out[SSE, first + lane] = np.nan
