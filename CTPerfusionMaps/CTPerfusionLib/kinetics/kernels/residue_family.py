"""Posterior means over the residue family, compiled; ``residue_rows`` integrates over the delay."""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from .residue_rows import FAST, LANES, TWO_PI, Float32Array, find_peaks, integrate_rows, log_mass

_NARROW = 1.0
"""Curvature along ln MTT, in steps of the grid, above which the parabola is better than a sum."""

N_OUTPUTS = 13
(
    VOLUME,
    FLOW,
    MTT,
    DELAY,
    TTP,
    SSE,
    NOISE,
    SE_VOLUME,
    SE_FLOW,
    SE_MTT,
    SE_DELAY,
    SE_TTP,
    BEST_ATOM,
) = range(N_OUTPUTS)

N_SHAPE_OUTPUTS = 4
(SHAPE_WEIGHT, SHAPE_VOLUME, SHAPE_LOG_MTT, SHAPE_DELAY) = range(N_SHAPE_OUTPUTS)


@njit(nogil=True, fastmath=FAST, error_model="numpy", cache=True)
def _lagrange(low: float, middle: float, high: float, shift: float) -> tuple[float, float]:
    """Return value and slope at `shift` in (-1, 1) of the parabola through values at -1, 0 and 1."""
    half_slope = 0.5 * (high - low)
    half_bend = 0.5 * (high + low) - middle
    return middle + shift * (half_slope + shift * half_bend), half_slope + 2.0 * shift * half_bend


@njit(nogil=True, fastmath=FAST, error_model="numpy", cache=True)
def _peak_over_mtt(
    row: int,
    lane: int,
    shift: float,
    curvature: float,
    log_mtt: float,
    log_step: float,
    delay_start: float,
    delay_step: float,
    volume: Float32Array,
    volume2: Float32Array,
    position: Float32Array,
    position2: Float32Array,
    moments: NDArray[np.float64],
) -> None:
    """Write the means of V, V^2, m, m^2, V m, d, d^2, t, t^2 at a peak narrower than the grid of MTT."""
    v, v_slope = _lagrange(volume[row - 1, lane], volume[row, lane], volume[row + 1, lane], shift)
    d, d_slope = _lagrange(position[row - 1, lane], position[row, lane], position[row + 1, lane], shift)
    v_spread = max(volume2[row, lane] - volume[row, lane] * volume[row, lane], 0.0)
    d_spread = max(position2[row, lane] - position[row, lane] * position[row, lane], 0.0)
    d = delay_start + delay_step * d
    d_slope *= delay_step
    d_spread *= delay_step * delay_step
    m = log_mtt + shift * log_step
    half = 0.5 * np.exp(m)
    t = d + half
    t_slope = d_slope + half * log_step
    moments[0] = v
    moments[1] = v * v + v_spread + v_slope * v_slope / curvature
    moments[2] = m
    moments[3] = m * m + log_step * log_step / curvature
    moments[4] = v * m + v_slope * log_step / curvature
    moments[5] = d
    moments[6] = d * d + d_spread + d_slope * d_slope / curvature
    moments[7] = t
    moments[8] = t * t + d_spread + t_slope * t_slope / curvature


@njit(nogil=True, fastmath=FAST, error_model="numpy", cache=True)
def _sum_over_mtt(
    first: int,
    lane: int,
    prior: Float32Array,
    log_mtts: NDArray[np.float64],
    delay_start: float,
    delay_step: float,
    mass: Float32Array,
    volume: Float32Array,
    volume2: Float32Array,
    position: Float32Array,
    position2: Float32Array,
    moments: NDArray[np.float64],
) -> float:
    """Write the means as :func:`_peak_over_mtt` does, from all rows of a shape; return their mass."""
    moments[:] = 0.0
    total = 0.0
    for j in range(len(log_mtts)):
        row = first + j
        weight = np.float64(mass[row, lane]) * prior[j]
        if weight <= 0.0:
            continue
        m = log_mtts[j]
        v = np.float64(volume[row, lane])
        d = delay_start + delay_step * position[row, lane]
        spread = position2[row, lane] - position[row, lane] * position[row, lane]
        spread = delay_step * delay_step * max(spread, np.float32(0))
        t = d + 0.5 * np.exp(m)
        total += weight
        moments[0] += weight * v
        moments[1] += weight * volume2[row, lane]
        moments[2] += weight * m
        moments[3] += weight * m * m
        moments[4] += weight * v * m
        moments[5] += weight * d
        moments[6] += weight * (d * d + spread)
        moments[7] += weight * t
        moments[8] += weight * (t * t + spread)
    if total > 0.0:
        moments /= total
    return total


@njit(nogil=True, fastmath=FAST, error_model="numpy", cache=True)
def _combine(
    lane: int,
    log_mtts: NDArray[np.float64],
    prior: Float32Array,
    delay_start: float,
    delay_step: float,
    half_precision: Float32Array,
    greatest: Float32Array,
    top: Float32Array,
    bend: Float32Array,
    mass: Float32Array,
    volume: Float32Array,
    volume2: Float32Array,
    position: Float32Array,
    position2: Float32Array,
    log_weights: NDArray[np.float64],
    by_shape: NDArray[np.float64],
    moments: NDArray[np.float64],
) -> None:
    """Write the means of V, V^2, m, m^2, V m, d, d^2, t and t^2 over all shapes and transit times.

    m is ln MTT, d the delay and t = d + MTT/2.
    """
    n_shapes, n_mtts = prior.shape
    log_step = log_mtts[1] - log_mtts[0]
    for shape in range(n_shapes):
        first = shape * n_mtts
        best = 0
        for j in range(n_mtts):
            if mass[first + j, lane] * prior[shape, j] > mass[first + best, lane] * prior[shape, best]:
                best = j
        row = first + best
        log_weights[shape] = -np.inf
        if mass[row, lane] <= np.float32(0):
            continue
        curvature = 0.0
        if best > 0 and best < n_mtts - 1:
            here = log_mass(row, lane, half_precision, greatest, top, bend, mass)
            low = log_mass(row - 1, lane, half_precision, greatest, top, bend, mass) - here
            high = log_mass(row + 1, lane, half_precision, greatest, top, bend, mass) - here
            low += np.log(prior[shape, best - 1] / prior[shape, best])
            high += np.log(prior[shape, best + 1] / prior[shape, best])
            curvature = -(low + high)
        if curvature > _NARROW:
            shift = 0.5 * (high - low) / curvature
            log_weights[shape] = (
                here
                + np.log(prior[shape, best])
                + 0.5 * shift * shift * curvature
                + 0.5 * np.log(TWO_PI / curvature)
            )
            _peak_over_mtt(
                row, lane, shift, curvature, log_mtts[best], log_step, delay_start, delay_step,
                volume, volume2, position, position2, by_shape[shape],
            )  # fmt: skip
        else:
            log_weights[shape] = np.log(
                _sum_over_mtt(
                    first, lane, prior[shape], log_mtts, delay_start, delay_step,
                    mass, volume, volume2, position, position2, by_shape[shape],
                )
            )  # fmt: skip
    heaviest = log_weights.max()
    total = 0.0
    moments[:] = 0.0
    for shape in range(n_shapes):
        weight = np.exp(log_weights[shape] - heaviest)
        if weight > 0.0:
            total += weight
            for k in range(len(moments)):
                moments[k] += weight * by_shape[shape, k]
    moments /= total


@njit(nogil=True, fastmath=FAST, error_model="numpy", cache=True)
def _write(moments: NDArray[np.float64], sse: float, noise: float, atom: int, out: Float32Array) -> None:
    """Turn the moments of a voxel into means and standard deviations."""
    v, v2, m, m2, vm, d, d2, t, t2 = moments
    variance_v = max(v2 - v * v, 0.0)
    variance_m = max(m2 - m * m, 0.0)
    covariance = vm - v * m
    mtt = np.exp(m)
    flow = v / mtt
    relative = max(variance_v / (v * v) + variance_m - 2.0 * covariance / v, 0.0) if v > 0.0 else 0.0
    out[VOLUME] = v
    out[FLOW] = flow
    out[MTT] = mtt
    out[DELAY] = d
    out[TTP] = t
    out[SSE] = sse
    out[NOISE] = noise
    out[SE_VOLUME] = np.sqrt(variance_v)
    out[SE_FLOW] = flow * np.sqrt(relative)
    out[SE_MTT] = mtt * np.sqrt(variance_m)
    out[SE_DELAY] = np.sqrt(max(d2 - d * d, 0.0))
    out[SE_TTP] = np.sqrt(max(t2 - t * t, 0.0))
    out[BEST_ATOM] = atom


@njit(nogil=True, fastmath=FAST, error_model="numpy", cache=True)
def _write_shapes(log_weights: NDArray[np.float64], by_shape: NDArray[np.float64], out: Float32Array) -> None:
    """Write the probability of each shape and its means; zeros for a shape that is impossible."""
    heaviest = log_weights.max()
    total = 0.0
    for shape in range(len(log_weights)):
        total += np.exp(log_weights[shape] - heaviest)
    for shape in range(len(log_weights)):
        weight = np.exp(log_weights[shape] - heaviest) / total
        out[shape] = np.float32(0)
        if weight > 0.0:
            out[shape, SHAPE_WEIGHT] = weight
            out[shape, SHAPE_VOLUME] = by_shape[shape, 0]
            out[shape, SHAPE_LOG_MTT] = by_shape[shape, 2]
            out[shape, SHAPE_DELAY] = by_shape[shape, 5]


@njit(nogil=True, fastmath=FAST, error_model="numpy", cache=True)
def posterior_means(
    projected: Float32Array,
    energies: NDArray[np.float64],
    atoms: Float32Array,
    volumes: Float32Array,
    log_mtts: NDArray[np.float64],
    prior: Float32Array,
    delay_start: float,
    delay_step: float,
    known_variance: NDArray[np.float64],
    known_weight: float,
    degrees_of_freedom: float,
    least_noise: float,
    n_frames: int,
    evidence: Float32Array,
    shapes: Float32Array,
    out: Float32Array,
) -> None:
    """Write the posterior means of each voxel.

    Parameters
    ----------
    projected : ndarray of float32, shape (RANK, N)
        Curves on the basis of the dictionary.
    energies : ndarray of float64, shape (N,)
        Sum of squares of the full curves.
    atoms, volumes :
        As in ``ResidueDictionary``.
    log_mtts : ndarray of float64, shape (J,)
    prior : ndarray of float32, shape (S, J)
    delay_start, delay_step : float
        Seconds.
    known_variance : ndarray of float64, shape (N,)
        Variance of the noise in HU^2 as far as it is known beforehand.
    known_weight : float
        How many residuals that knowledge is worth; infinite where it is certain.
    degrees_of_freedom : float
        Of the residuals of one curve.
    least_noise : float
        Share of the root mean square of a curve that counts as noise at least.
    n_frames : int
    evidence : ndarray of float32, shape (N, S x J) or (0, 0)
        Receives the probability of each shape and transit time, delay being integrated out, up to a factor.
    shapes : ndarray of float32, shape (N, S, N_SHAPE_OUTPUTS)
        Receives the probability of each shape, and the means of volume, ln MTT and delay if it is the one.
    out : ndarray of float32, shape (N, N_OUTPUTS)
    """
    n_voxels = projected.shape[1]
    n_rows, n_delays = volumes.shape
    n_shapes = prior.shape[0]
    coefficients = np.zeros((projected.shape[0], LANES), np.float32)
    scores = np.empty((n_rows * n_delays, LANES), np.float32)
    top = np.empty((n_rows, LANES), np.float32)
    bend = np.empty((n_rows, LANES), np.float32)
    shift = np.empty((n_rows, LANES), np.float32)
    place = np.empty((n_rows, LANES), np.int32)
    mass = np.empty((n_rows, LANES), np.float32)
    volume = np.empty((n_rows, LANES), np.float32)
    volume2 = np.empty((n_rows, LANES), np.float32)
    position = np.empty((n_rows, LANES), np.float32)
    position2 = np.empty((n_rows, LANES), np.float32)
    greatest = np.empty(LANES, np.float32)
    best_row = np.empty(LANES, np.int64)
    half_precision = np.empty(LANES, np.float32)
    moments = np.empty(9)
    by_shape = np.empty((prior.shape[0], len(moments)))
    log_weights = np.empty(prior.shape[0])
    for start in range(0, n_voxels, LANES):
        n_lanes = min(LANES, n_voxels - start)
        coefficients[:, :n_lanes] = projected[:, start : start + n_lanes]
        # Shape by shape, so that the scores are still in the cache when they are looked through.
        for shape in range(n_shapes):
            first, last = shape * n_rows // n_shapes, (shape + 1) * n_rows // n_shapes
            part = scores[first * n_delays : last * n_delays]
            np.dot(atoms[first * n_delays : last * n_delays], coefficients, part)
            find_peaks(
                part,
                last - first,
                n_delays,
                top[first:last],
                bend[first:last],
                shift[first:last],
                place[first:last],
            )
        for lane in range(LANES):
            greatest[lane] = np.float32(0)
            best_row[lane] = 0
        for row in range(n_rows):
            for lane in range(LANES):
                if top[row, lane] > greatest[lane]:
                    greatest[lane] = top[row, lane]
                    best_row[lane] = row
        for lane in range(LANES):
            voxel = start + min(lane, n_lanes - 1)
            energy = energies[voxel]
            sse = max(energy - np.float64(greatest[lane]), 0.0)
            variance = known_variance[voxel]
            if np.isfinite(known_weight):
                variance = (known_weight * variance + sse) / (known_weight + degrees_of_freedom)
            variance = max(variance, least_noise * least_noise * energy / n_frames)
            half_precision[lane] = np.float32(0.5 / max(variance, 1e-12))
        integrate_rows(
            scores, volumes, half_precision, greatest, top, bend, shift, place,
            mass, volume, volume2, position, position2,
        )  # fmt: skip
        for lane in range(n_lanes):
            voxel = start + lane
            if len(evidence):
                for row in range(n_rows):
                    evidence[voxel, row] = mass[row, lane]
            _combine(
                lane, log_mtts, prior, delay_start, delay_step, half_precision, greatest, top, bend,
                mass, volume, volume2, position, position2, log_weights, by_shape, moments,
            )  # fmt: skip
            _write_shapes(log_weights, by_shape, shapes[voxel])
            sse = max(energies[voxel] - np.float64(greatest[lane]), 0.0)
            atom = best_row[lane] * n_delays + place[best_row[lane], lane]
            _write(moments, sse, np.sqrt(0.5 / half_precision[lane]), atom, out[voxel])
