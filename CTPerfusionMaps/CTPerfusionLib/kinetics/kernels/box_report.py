"""Results, standard errors and status in the fit of the box model."""

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

from .. import box_settings as rows
from ..box_settings import BOUND_TOLERANCE, LEAST_NOISE
from ..status import FitStatus
from .box_block import (
    DELAY,
    ENERGY,
    F_D,
    F_M,
    FAST,
    FINAL_DELAY,
    FINAL_MTT,
    HEIGHT,
    LANES,
    METRIC,
    MTT,
    PRODUCT,
    RESULT,
    STATUS,
    Float32Array,
    Float64Array,
    evaluate,
    look_up,
)

_OK = float(FitStatus.OK)
_POOR_FIT = float(FitStatus.POOR_FIT)
_AT_BOUND = float(FitStatus.AT_BOUND)
_NO_ENHANCEMENT = float(FitStatus.NO_ENHANCEMENT)

_TINY = 1e-300


@njit(nogil=True, fastmath=FAST, error_model="numpy", cache=True)
def _look_up_metric(w: Float64Array, table: Float32Array, bounds: Float64Array) -> None:
    """Read the metric (D, M, 3) of each lane between its nodes."""
    last_delay = table.shape[0] - 2
    last_mtt = table.shape[1] - 2
    for lane in range(LANES):
        delay = w[DELAY + lane]
        mtt = w[MTT + lane] - bounds[2]
        i = min(int(delay), last_delay)
        k = min(int(mtt), last_mtt)
        u = delay - i
        v = mtt - k
        for c in range(3):
            lower = table[i, k, c] + v * (table[i, k + 1, c] - table[i, k, c])
            upper = table[i + 1, k, c] + v * (table[i + 1, k + 1, c] - table[i + 1, k, c])
            w[METRIC + LANES * c + lane] = lower + u * (upper - lower)


@njit(nogil=True, fastmath=FAST, error_model="numpy", cache=True, forceinline=True)
def _variances(
    cc: float, cm: float, mm: float, known_delay: float, known_mtt: float
) -> tuple[float, float, float, float]:
    """Return the variances of delay, of MTT, of their covariance's share and of the centre d + M/2.

    From the information on the centre and the width of the response (cc, cm, mm) and what is known of delay
    and MTT beforehand; written so that nothing cancels where the width is all but unknown.
    """
    jmm = 0.25 * cc + cm + mm + known_mtt
    scale = 1.0 / (max(cc * mm - cm * cm, 0.0) + cc * known_mtt + known_delay * jmm)
    centre = (mm + known_mtt + 0.25 * known_delay) * scale
    return jmm * scale, (cc + known_delay) * scale, -(0.5 * cc + cm) * scale, centre


@njit(nogil=True, fastmath=FAST, error_model="numpy", cache=True, forceinline=True)
def _status(
    delay: float, mtt: float, r_squared: float, measurable: bool, bounds: Float64Array, poor: float
) -> float:
    """Return the reason that counts most."""
    at_bound = (
        (delay <= bounds[0] + BOUND_TOLERANCE)
        | (delay >= bounds[1] - BOUND_TOLERANCE)
        | (mtt <= bounds[2] + BOUND_TOLERANCE)
        | (mtt >= bounds[3] - BOUND_TOLERANCE)
    )
    status = _POOR_FIT if r_squared < poor else _OK
    status = _AT_BOUND if at_bound else status
    return status if measurable else _NO_ENHANCEMENT


@njit(nogil=True, fastmath=FAST, error_model="numpy", cache=True)
def _describe(
    w: Float64Array,
    degrees_of_freedom: int,
    norm_scale: float,
    bounds: Float64Array,
    prior: Float64Array,
    scales: Float64Array,
    limits: Float64Array,
) -> None:
    """Compute results, standard errors and status of each lane.

    The covariance is sigma^2 (J'J)^-1. That delay and MTT lie within their bounds is known beforehand and
    enters as the variance of a uniform distribution, so no error is infinite. As F = G / ||h||, the relative
    error of F has a part of its own, sigma / G, and one from delay and MTT through ||h||; so has that of
    V = F M. Enhancement is measurable when volume or flow is: of a short response only the volume is well
    determined, of one that lasts beyond the record only the flow.
    """
    to_cbf, to_cbv, step, first_delay = scales[0], scales[1], scales[2], scales[3]
    known_delay = 12.0 / (bounds[1] - bounds[0]) ** 2
    known_mtt = 12.0 / (bounds[3] - bounds[2]) ** 2
    for a in range(LANES):
        delay = w[DELAY + a]
        mtt = w[MTT + a]
        energy = w[ENERGY + a]
        height = norm_scale * w[HEIGHT + a] / mtt
        g = max(w[PRODUCT + a] * height, 0.0)
        sse = max(energy - g * g, LEAST_NOISE * energy)
        variance = sse / degrees_of_freedom
        ratio = g * g / max(variance, _TINY)
        var_d, var_m, cov, var_ttp = _variances(
            ratio * w[METRIC + a],
            ratio * w[METRIC + LANES + a] * mtt,
            ratio * w[METRIC + 2 * LANES + a] * mtt * mtt,
            known_delay,
            known_mtt + prior[1] / (mtt * mtt),
        )
        fd = w[F_D + a]
        fm = w[F_M + a]
        gm = fm + 1.0 / mtt
        cbf = to_cbf * g * height
        cbv = to_cbv * g * height * mtt
        own = variance * height * height
        through_cbf = max(fd * fd * var_d + gm * gm * var_m + 2.0 * fd * gm * cov, 0.0)
        through_cbv = max(fd * fd * var_d + fm * fm * var_m + 2.0 * fd * fm * cov, 0.0)
        se_cbf = math.sqrt(to_cbf * to_cbf * own + cbf * cbf * through_cbf)
        se_cbv = math.sqrt(to_cbv * to_cbv * own * mtt * mtt + cbv * cbv * through_cbv)
        r_squared = g * g / max(energy, _TINY)
        measurable = (g > 0.0) & ((cbf >= limits[0] * se_cbf) | (cbv >= limits[0] * se_cbv))
        timing = step if measurable else np.nan
        w[STATUS + a] = _status(delay, mtt, r_squared, measurable, bounds, limits[1])
        w[RESULT + LANES * rows.CBF + a] = cbf if measurable else 0.0
        w[RESULT + LANES * rows.CBV + a] = cbv if measurable else 0.0
        w[RESULT + LANES * rows.MTT + a] = timing * mtt
        w[RESULT + LANES * rows.DELAY + a] = timing * (delay + first_delay)
        w[RESULT + LANES * rows.TTP + a] = timing * (delay + first_delay + 0.5 * mtt)
        w[RESULT + LANES * rows.SSE + a] = sse
        w[RESULT + LANES * rows.R_SQUARED + a] = r_squared
        w[RESULT + LANES * rows.SE_CBF + a] = se_cbf
        w[RESULT + LANES * rows.SE_CBV + a] = se_cbv
        w[RESULT + LANES * rows.SE_MTT + a] = timing * math.sqrt(var_m)
        w[RESULT + LANES * rows.SE_DELAY + a] = timing * math.sqrt(var_d)
        w[RESULT + LANES * rows.SE_TTP + a] = timing * math.sqrt(var_ttp)


@njit(nogil=True, fastmath=FAST, error_model="numpy", cache=True)
def report(
    w: Float64Array,
    lanes: NDArray[np.int32],
    coefficients: Float32Array,
    energies: Float32Array,
    degrees_of_freedom: int,
    log_norms: Float32Array,
    norm_scale: float,
    metric: Float32Array,
    bounds: Float64Array,
    prior: Float64Array,
    scales: Float64Array,
    limits: Float64Array,
) -> None:
    """Compute the results at the delay and MTT that the refinement found."""
    for lane in range(LANES):
        lanes[lane] = lane
        w[ENERGY + lane] = energies[lane]
        w[DELAY + lane] = w[FINAL_DELAY + lane]
        w[MTT + lane] = w[FINAL_MTT + lane]
    look_up(w, lanes, LANES, coefficients, log_norms, bounds)
    evaluate(w, LANES, (log_norms.shape[0] - 3) / bounds[1])
    _look_up_metric(w, metric, bounds)
    _describe(w, degrees_of_freedom, norm_scale, bounds, prior, scales, limits)
