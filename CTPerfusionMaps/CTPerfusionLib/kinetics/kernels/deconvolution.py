"""Deconvolution of a chunk of curves, compiled: matrix products of small blocks and loops between them.

Chunks are handed to the cores by :func:`..parallel.for_each_chunk`, so nothing here is parallel itself, and a
whole chunk is one call, in which no thread has to wait for the interpreter.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from .response_maps import ENERGY, FREEDOM, HEIGHT, LAG, TOTAL, UNEXPLAINED

Float32Array = NDArray[np.float32]


# Infinity and NaN keep their meaning here: the energy shows whether a curve is finite.
@njit(nogil=True, fastmath={"reassoc", "contract", "nsz"}, error_model="numpy", cache=True)
def _add_up(curves: Float32Array, totals: Float32Array, energies: Float32Array) -> None:
    """Write the sum and the sum of squares of each curve, shape (N, n), to arrays of shape (N,)."""
    for voxel in range(curves.shape[0]):
        total = energy = np.float32(0)
        for frame in range(curves.shape[1]):
            value = curves[voxel, frame]
            total += value
            energy += value * value
        totals[voxel] = total
        energies[voxel] = energy


# The order of numbers that are not negative is that of their bits, and the compiler vectorises the maximum of
# integers but not of floating-point numbers. Negative numbers count as less than 0.
@njit(nogil=True, fastmath=True, error_model="numpy", cache=True)
def _greatest_bits(bits: NDArray[np.int32]) -> np.int32:
    greatest = np.int32(0)
    for lag in range(len(bits)):
        greatest = max(greatest, bits[lag])
    return greatest


@njit(nogil=True, fastmath=True, error_model="numpy", cache=True)
def _roughness(response: Float32Array) -> np.float32:
    """Return the sum of the absolute second differences of a response that begins again after its end."""
    n = len(response)
    before, at, after = response[: n - 2], response[1 : n - 1], response[2:]
    total = abs(response[n - 1] - np.float32(2) * response[0] + response[1])
    total += abs(response[n - 2] - np.float32(2) * response[n - 1] + response[0])
    for lag in range(n - 2):
        total += abs(before[lag] - np.float32(2) * at[lag] + after[lag])
    return np.float32(total)


@njit(nogil=True, fastmath=True, error_model="numpy", cache=True)
def _leave_out(
    response: Float32Array, modes: Float32Array, mode_responses: Float32Array, first: int, stop: int
) -> None:
    """Subtract the modes from `first` to before `stop` from a response, and set them to 0."""
    for mode in range(first, stop - 1, 2):
        weight, other_weight = modes[mode], modes[mode + 1]
        one, other = mode_responses[mode], mode_responses[mode + 1]
        for lag in range(len(response)):
            response[lag] -= weight * one[lag] + other_weight * other[lag]
    if (stop - first) % 2:
        weight, one = modes[stop - 1], mode_responses[stop - 1]
        for lag in range(len(response)):
            response[lag] -= weight * one[lag]
    modes[first:stop] = np.float32(0)


@njit(nogil=True, fastmath=True, error_model="numpy", cache=True)
def _keep_steady_modes(
    modes: Float32Array,
    responses: Float32Array,
    mode_responses: Float32Array,
    counts: NDArray[np.int64],
    roughest: float,
    choices: NDArray[np.intp],
) -> None:
    """Leave out modes of each voxel, the weakest first, until its response oscillates little enough.

    Parameters
    ----------
    modes : ndarray, shape (N, r)
        Modes of the curves; those left out become 0.
    responses : ndarray, shape (N, L)
        Responses of all modes; become those of the modes that are kept.
    mode_responses : ndarray, shape (r, L)
    counts : ndarray, shape (K,)
        Numbers of modes to try, descending from r.
    roughest : float
        Sum of the absolute second differences over the height below which a response is accepted.
    choices : ndarray, shape (N,)
        Receives the position in `counts`, the last where no response is accepted.
    """
    all_bits = responses.view(np.int32)
    height = np.empty(1, np.float32)
    height_bits = height.view(np.int32)
    last = len(counts) - 1
    for voxel in range(modes.shape[0]):
        response = responses[voxel]
        for choice in range(len(counts)):
            if choice > 0:
                _leave_out(response, modes[voxel], mode_responses, counts[choice], counts[choice - 1])
            height_bits[0] = _greatest_bits(all_bits[voxel])
            if choice == last or _roughness(response) < roughest * height[0]:
                choices[voxel] = choice
                break


@njit(nogil=True, fastmath=True, error_model="numpy", cache=True)
def _explain_by_modes(modes: Float32Array, products: Float32Array, explained: Float32Array) -> None:
    """Write the energy that modes explain, 2 z'z - z'G z, to `explained`, shape (N,).

    Parameters
    ----------
    modes : ndarray, shape (N, r)
        The modes z that are kept.
    products : ndarray, shape (N, r)
        Their products with the Gram matrix G.
    explained : ndarray, shape (N,)
    """
    for voxel in range(modes.shape[0]):
        total = np.float32(0)
        for mode in range(modes.shape[1]):
            value = modes[voxel, mode]
            total += value * (np.float32(2) * value - products[voxel, mode])
        explained[voxel] = total


@njit(nogil=True, fastmath=True, error_model="numpy", cache=True)
def _weigh_modes(
    modes: Float32Array,
    residuals: Float32Array,
    penalties: Float32Array,
    gains: Float32Array,
    unexplained: Float32Array,
    choices: NDArray[np.intp],
) -> None:
    """Choose the filter of each voxel by generalised cross-validation and apply it to its modes.

    Parameters
    ----------
    modes : ndarray, shape (N, r)
        Modes of the curves; become those of the responses.
    residuals : ndarray, shape (N, K)
        Sum of squared residuals behind each filter.
    penalties : ndarray, shape (K,)
        What they are multiplied with for cross-validation.
    gains : ndarray, shape (K, r)
    unexplained : ndarray, shape (N,)
        Receives the sum of squared residuals.
    choices : ndarray, shape (N,)
        Receives the number of the filter.
    """
    for voxel in range(modes.shape[0]):
        best = 0
        least = residuals[voxel, 0] * penalties[0]
        for choice in range(1, len(penalties)):
            score = residuals[voxel, choice] * penalties[choice]
            if score < least:
                least = score
                best = choice
        choices[voxel] = best
        unexplained[voxel] = residuals[voxel, best]
        for mode in range(modes.shape[1]):
            modes[voxel, mode] *= gains[best, mode]


@njit(nogil=True, fastmath=True, error_model="numpy", cache=True)
def _find_peaks(responses: Float32Array, first_lag: int, heights: Float32Array, lags: Float32Array) -> None:
    """Write height and time of the greatest value of each response, between its samples.

    The parabola through the greatest sample and its neighbours has its vertex there. Where no sample is
    positive, the height is 0.

    Parameters
    ----------
    responses : ndarray, shape (N, L)
    first_lag : int
        Time of the first sample in samples, not positive.
    heights, lags : ndarray, shape (N,)
        In the unit of the responses and in samples.
    """
    all_bits = responses.view(np.int32)
    n_lags = responses.shape[1]
    for voxel in range(responses.shape[0]):
        response, bits = responses[voxel], all_bits[voxel]
        top_bits = _greatest_bits(bits)
        peak = -first_lag
        while peak < n_lags and bits[peak] != top_bits:
            peak += 1
        if peak == n_lags:
            peak = 0
            while peak < n_lags - 1 and bits[peak] != top_bits:
                peak += 1
        top = max(response[peak], np.float32(0))
        heights[voxel] = top
        lags[voxel] = peak + first_lag
        if top > 0 and 0 < peak < n_lags - 1:
            slope = response[peak - 1] - response[peak + 1]
            curvature = response[peak - 1] - np.float32(2) * top + response[peak + 1]
            if curvature < 0:
                shift = slope / (np.float32(2) * curvature)
                heights[voxel] = top - slope * shift / np.float32(4)
                lags[voxel] = peak + shift + first_lag


@njit(nogil=True, error_model="numpy", cache=True)
def read_circulant(
    curves: Float32Array,
    left: Float32Array,
    mode_responses: Float32Array,
    gram: Float32Array,
    counts: NDArray[np.int64],
    freedoms: Float32Array,
    roughest: float,
    first_lag: int,
    modes: Float32Array,
    responses: Float32Array,
    products: Float32Array,
    readings: Float32Array,
) -> None:
    """Deconvolve by a block-circulant operator, which the arguments from `left` to `first_lag` describe.

    Parameters
    ----------
    curves : ndarray, shape (N, n)
    left : ndarray, shape (n, r)
    mode_responses : ndarray, shape (r, L)
    gram : ndarray, shape (r, r)
    counts, freedoms : ndarray, shape (K,)
    roughest : float
    first_lag : int
    modes, responses, products : ndarray, shapes (B, r), (B, L) and (B, r)
        Working memory for blocks of B curves.
    readings : ndarray, shape (N_READINGS, N)
        Receives the results.
    """
    choices = np.zeros(len(modes), np.intp)
    for start in range(0, len(curves), len(modes)):
        stop = min(start + len(modes), len(curves))
        samples, size = curves[start:stop], stop - start
        z, response, product = modes[:size], responses[:size], products[:size]
        reading = readings[:, start:stop]
        np.dot(samples, left, z)
        np.dot(z, mode_responses, response)
        if len(counts) > 1:
            _keep_steady_modes(z, response, mode_responses, counts, roughest, choices)
        np.dot(z, gram, product)
        _add_up(samples, reading[TOTAL], reading[ENERGY])
        _explain_by_modes(z, product, reading[UNEXPLAINED])
        _find_peaks(response, first_lag, reading[HEIGHT], reading[LAG])
        for voxel in range(size):
            reading[UNEXPLAINED, voxel] = reading[ENERGY, voxel] - reading[UNEXPLAINED, voxel]
            reading[FREEDOM, voxel] = freedoms[choices[voxel]]


@njit(nogil=True, error_model="numpy", cache=True)
def read_toeplitz(
    curves: Float32Array,
    left: Float32Array,
    right: Float32Array,
    gains: Float32Array,
    residual_weights: Float32Array,
    penalties: Float32Array,
    freedoms: Float32Array,
    first_lag: int,
    modes: Float32Array,
    responses: Float32Array,
    residuals: Float32Array,
    readings: Float32Array,
) -> None:
    """Deconvolve by a Toeplitz operator, which the arguments from `left` to `first_lag` describe.

    Parameters
    ----------
    curves : ndarray, shape (N, n)
    left, right : ndarray, shape (n, n)
    gains : ndarray, shape (K, n)
    residual_weights : ndarray, shape (n, K)
    penalties, freedoms : ndarray, shape (K,)
    first_lag : int
    modes, responses, residuals : ndarray, shapes (B, n), (B, n) and (B, K)
        Working memory for blocks of B curves.
    readings : ndarray, shape (N_READINGS, N)
        Receives the results.
    """
    choices = np.zeros(len(modes), np.intp)
    for start in range(0, len(curves), len(modes)):
        stop = min(start + len(modes), len(curves))
        samples, size = curves[start:stop], stop - start
        z, response, residual = modes[:size], responses[:size], residuals[:size]
        reading = readings[:, start:stop]
        np.dot(samples, left, z)
        np.multiply(z, z, response)
        np.dot(response, residual_weights, residual)
        _weigh_modes(z, residual, penalties, gains, reading[UNEXPLAINED], choices)
        np.dot(z, right, response)
        _add_up(samples, reading[TOTAL], reading[ENERGY])
        _find_peaks(response, first_lag, reading[HEIGHT], reading[LAG])
        for voxel in range(size):
            reading[FREEDOM, voxel] = freedoms[choices[voxel]]
