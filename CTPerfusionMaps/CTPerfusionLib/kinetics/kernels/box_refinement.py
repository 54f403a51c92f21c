"""The refinement of delay and MTT in the fit of the box model."""

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

from ..box_settings import (
    CONVERGED,
    FLATTEST,
    ITERATIONS,
    LARGEST_DELAY_STEP,
    LARGEST_MTT_STEP,
    LEAST_CURVATURE,
    LEAST_NOISE,
    NO_WORSE,
)
from .box_block import (
    BEST_DELAY,
    BEST_MTT,
    DELAY,
    DEVIATION,
    DONE,
    ENERGY,
    F_D,
    F_DD,
    F_DM,
    F_M,
    F_MM,
    FAST,
    FINAL_DELAY,
    FINAL_MTT,
    HEIGHT,
    LANES,
    LEAST,
    MTT,
    PENALTY,
    PRODUCT,
    PRODUCT_D,
    PRODUCT_DD,
    PRODUCT_M,
    PRODUCT_MM,
    STRIDE,
    Float32Array,
    Float64Array,
    evaluate,
    look_up,
)


@njit(nogil=True, fastmath=FAST, error_model="numpy", cache=True, forceinline=True)
def _limited(value: float, lower: float, upper: float) -> float:
    return min(max(value, lower), upper)


@njit(nogil=True, fastmath=FAST, error_model="numpy", cache=True, forceinline=True)
def _newton(
    delay: float, mtt: float, hdd: float, hmm: float, hdm: float, gd: float, gm: float, bounds: Float64Array
) -> tuple[float, float]:
    """Return where Newton's method goes, within bounds and by a step of limited length.

    Where the objective is not convex its Hessian is made positive definite by more curvature, the same in all
    directions. If the step of one parameter ends at a bound, that of the other is the best one with it.
    """
    middle = 0.5 * (hdd + hmm)
    half = 0.5 * (hdd - hmm)
    radius = math.sqrt(half * half + hdm * hdm)
    missing = max(max(FLATTEST * (middle + radius), LEAST_CURVATURE) - (middle - radius), 0.0)
    hdd += missing
    hmm += missing
    scale = 1.0 / (hdd * hmm - hdm * hdm)
    step_delay = (hmm * gd - hdm * gm) * scale
    step_mtt = (hdd * gm - hdm * gd) * scale
    largest = LARGEST_MTT_STEP * mtt
    length = 1.0 / max(max(abs(step_delay) / LARGEST_DELAY_STEP, abs(step_mtt) / largest), 1.0)

    free_mtt = mtt + length * step_mtt
    new_mtt = _limited(free_mtt, bounds[2], bounds[3])
    with_mtt = _limited((gd - hdm * (new_mtt - mtt)) / hdd, -LARGEST_DELAY_STEP, LARGEST_DELAY_STEP)
    free_delay = delay + (length * step_delay if new_mtt == free_mtt else with_mtt)
    new_delay = _limited(free_delay, bounds[0], bounds[1])
    with_delay = mtt + _limited((gm - hdm * (new_delay - delay)) / hmm, -largest, largest)
    new_mtt = new_mtt if new_delay == free_delay else _limited(with_delay, bounds[2], bounds[3])
    # A product that is all but 0 has no finite slope.
    finite = (new_delay >= bounds[0]) & (new_mtt >= bounds[2])
    return new_delay if finite else delay, new_mtt if finite else mtt


@njit(nogil=True, fastmath=FAST, error_model="numpy", cache=True)
def _step(
    rows: Float64Array, n: int, n_frames: int, norm_scale: float, bounds: Float64Array, prior: Float64Array
) -> None:
    """Accept or refuse where each voxel is, and choose where it goes next.

    Newton's method on n ln(y.y - G^2) + (ln M - mean)^2 / variance, divided by its slope in ln G so that
    without a prior it is Newton's method on -ln G, which is nearly a parabola. A step that leads uphill is
    halved.
    """
    precision = prior[1] / n_frames
    if precision > 0.0:
        for a in range(n):
            deviation = math.log(rows[MTT + a]) - prior[0]
            rows[DEVIATION + a] = deviation
            rows[PENALTY + a] = math.exp(precision * deviation * deviation)
    for first in range(0, n, STRIDE):
        w = rows[first:]
        for a in range(STRIDE):
            delay = w[DELAY + a]
            mtt = w[MTT + a]
            product = w[PRODUCT + a]
            inverse = 1.0 / mtt
            g = product * norm_scale * w[HEIGHT + a] * inverse
            energy = w[ENERGY + a]
            sse = max(energy - g * g, LEAST_NOISE * energy)
            loss = sse * w[PENALTY + a]
            better = (loss <= w[LEAST + a] + NO_WORSE * energy) & (product > 0.0)

            pull = precision * sse / (g * g) * inverse
            share = 1.0 / product
            pd = w[PRODUCT_D + a] * share
            pm = w[PRODUCT_M + a] * share
            pmm = w[PRODUCT_MM + a] * share
            hdd = w[F_DD + a] + pd * pd - w[PRODUCT_DD + a] * share
            hmm = w[F_MM + a] - inverse * inverse + pm * pm - pmm + pull * inverse
            hdm = w[F_DM + a] + pd * pm - pmm
            gd = pd - w[F_D + a]
            gm = pm - w[F_M + a] - inverse - pull * w[DEVIATION + a]
            new_delay, new_mtt = _newton(delay, mtt, hdd, hmm, hdm, gd, gm, bounds)

            best_delay = delay if better else w[BEST_DELAY + a]
            best_mtt = mtt if better else w[BEST_MTT + a]
            w[LEAST + a] = min(loss, w[LEAST + a]) if better else w[LEAST + a]
            new_delay = new_delay if better else 0.5 * (delay + best_delay)
            new_mtt = new_mtt if better else 0.5 * (mtt + best_mtt)
            done = abs(new_delay - best_delay) + abs(new_mtt - best_mtt) < CONVERGED
            w[BEST_DELAY + a] = new_delay if done & better else best_delay
            w[BEST_MTT + a] = new_mtt if done & better else best_mtt
            w[DELAY + a] = new_delay
            w[MTT + a] = new_mtt
            w[DONE + a] = 1.0 if done else 0.0


@njit(nogil=True, fastmath=FAST, error_model="numpy", cache=True)
def _retire(w: Float64Array, lanes: NDArray[np.int32], n: int, all_of_them: bool) -> int:
    """Put the results of the finished voxels aside, close the ranks and return how many are left."""
    left = 0
    for a in range(n):
        lane = lanes[a]
        if all_of_them or w[DONE + a] > 0.0:
            w[FINAL_DELAY + lane] = w[BEST_DELAY + a]
            w[FINAL_MTT + lane] = w[BEST_MTT + a]
        else:
            for row in (BEST_DELAY, BEST_MTT, LEAST, DELAY, MTT, ENERGY):
                w[row + left] = w[row + a]
            lanes[left] = lane
            left += 1
    return left


@njit(nogil=True, fastmath=FAST, error_model="numpy", cache=True)
def refine(
    w: Float64Array,
    lanes: NDArray[np.int32],
    coefficients: Float32Array,
    energies: Float32Array,
    best: Float32Array,
    n_frames: int,
    log_norms: Float32Array,
    norm_scale: float,
    bounds: Float64Array,
    prior: Float64Array,
) -> None:
    """Find the most probable delay and MTT of each lane, near the ones where the search starts."""
    per_step = (log_norms.shape[0] - 3) / bounds[1]
    for lane in range(LANES):
        lanes[lane] = lane
        w[ENERGY + lane] = energies[lane]
        w[DELAY + lane] = w[BEST_DELAY + lane] = best[BEST_DELAY + lane]
        w[MTT + lane] = w[BEST_MTT + lane] = best[BEST_MTT + lane]
        w[LEAST + lane] = np.inf
        w[DEVIATION + lane] = 0.0
        w[PENALTY + lane] = 1.0
    n = LANES
    for _ in range(ITERATIONS):
        look_up(w, lanes, n, coefficients, log_norms, bounds)
        evaluate(w, n, per_step)
        _step(w, n, n_frames, norm_scale, bounds, prior)
        n = _retire(w, lanes, n, False)
        if n == 0:
            return
    _retire(w, lanes, n, True)
