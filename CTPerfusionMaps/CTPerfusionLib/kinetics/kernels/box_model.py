"""Fit of the box model to curves that are projected on a small basis, compiled for all cores.

A model curve is F h(d, M), where h(d, M) = S(d) - S(d + M) and S(s) is the projection of A(t - s), the
integral of the arterial input function shifted by s. S and its derivative are tabulated, so that a model
curve costs two lookups of RANK numbers whatever the number of frames.

Indices: bounds = (least delay, greatest delay, least MTT, greatest MTT) in seconds; prior = (mean of ln MTT,
1 / its variance).
"""

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

Float32Array = NDArray[np.float32]
Float64Array = NDArray[np.float64]

RANK = 24
"""Dimension of the projected space, a multiple of the vector length.

The sum of squares then exceeds that of the full curves by 0.001 % (16: 0.02 %, at a third less time).
"""

N_OUTPUTS = 10
FLOW, DELAY, MTT, SSE, ENERGY, SE_FLOW, SE_VOLUME, SE_DELAY, SE_MTT, SE_TTP = range(N_OUTPUTS)

_BLOCK = 64
_ITERATIONS = 10
_INITIAL_DAMPING = 1e-2
_DAMPING_DOWN = 0.3
_DAMPING_UP = 5.0
_LARGEST_DELAY_STEP = 1.0
_LARGEST_MTT_STEP = 0.3
_SMALLEST_STEP = 1e-4
_LEAST_NOISE = 1e-12

# Infinity and NaN keep their meaning here (a curve that holds them must be recognised).
_FAST = {"reassoc", "contract", "arcp", "nsz", "afn"}


@njit(nogil=True, fastmath=True, error_model="numpy", cache=True)
def _best_atom(
    curve: Float32Array,
    energy: float,
    n_frames: int,
    atoms: Float32Array,
    penalties: Float32Array,
    scores: Float32Array,
) -> int:
    """Return the index of the most probable of the unit atoms, the columns of atoms (RANK, K).

    The noise, which weighs the penalties of the prior, is what the best of all atoms leaves.
    """
    n_atoms = atoms.shape[1]
    scores[:] = np.float32(0)
    for component in range(RANK):
        weight = curve[component]
        for atom in range(n_atoms):
            scores[atom] += weight * atoms[component, atom]
    most = np.float32(0)
    for atom in range(n_atoms):
        explained = scores[atom] * abs(scores[atom])
        scores[atom] = explained
        if explained > most:
            most = explained
    unexplained = energy - most
    variance = np.float32(unexplained / (n_frames - 3)) if unexplained > 0.0 else np.float32(0)
    greatest = np.float32(-np.inf)
    for atom in range(n_atoms):
        explained = scores[atom] - variance * penalties[atom]
        scores[atom] = explained
        if explained > greatest:
            greatest = explained
    for atom in range(n_atoms):
        if scores[atom] >= greatest:
            return atom
    return 0


@njit(nogil=True, fastmath=_FAST, error_model="numpy", cache=True)
def _products(
    curve: Float32Array, delay: float, mtt: float, table: Float64Array, first_shift: float, step: float
) -> tuple[float, float, float, float, float, float, float, float, float]:
    """Return the inner products of curve y, model h and its derivatives p = dh/dd, q = dh/dM.

    In the order hh, hy, pp, qq, pq, ph, qh, py, qy. The table (rows, 2, RANK) holds S and -dS/ds; between
    its rows S is the cubic with these values and slopes.
    """
    position = (delay - first_shift) / step
    i = int(position)
    u = position - i
    position = (delay + mtt - first_shift) / step
    k = int(position)
    w = position - k
    i_next = u * u * (3.0 - 2.0 * u)
    i_slope = -step * u * (1.0 - u) * (1.0 - u)
    i_slope_next = step * u * u * (1.0 - u)
    k_next = w * w * (3.0 - 2.0 * w)
    k_slope = -step * w * (1.0 - w) * (1.0 - w)
    k_slope_next = step * w * w * (1.0 - w)
    hh = hy = pp = qq = pq = ph = qh = py = qy = 0.0
    for c in range(RANK):
        a0 = table[i, 1, c]
        a1 = table[i + 1, 1, c]
        b0 = table[k, 1, c]
        b1 = table[k + 1, 1, c]
        start = table[i, 0, c] + i_next * (table[i + 1, 0, c] - table[i, 0, c])
        stop = table[k, 0, c] + k_next * (table[k + 1, 0, c] - table[k, 0, c])
        h = (start + i_slope * a0 + i_slope_next * a1) - (stop + k_slope * b0 + k_slope_next * b1)
        q = b0 + w * (b1 - b0)
        p = q - (a0 + u * (a1 - a0))
        y = np.float64(curve[c])
        hh += h * h
        hy += h * y
        pp += p * p
        qq += q * q
        pq += p * q
        ph += p * h
        qh += q * h
        py += p * y
        qy += q * y
    return hh, hy, pp, qq, pq, ph, qh, py, qy


@njit(nogil=True, fastmath=_FAST, error_model="numpy", cache=True)
def _limited(value: float, lower: float, upper: float) -> float:
    return min(max(value, lower), upper)


@njit(nogil=True, fastmath=_FAST, error_model="numpy", cache=True)
def _bounded_step(
    delay: float,
    mtt: float,
    jdd: float,
    jmm: float,
    jdm: float,
    gd: float,
    gm: float,
    bounds: Float64Array,
) -> tuple[float, float]:
    """Solve the 2 x 2 normal equations for the next delay and MTT, within bounds and of limited length.

    A parameter that a bound holds must not steer the other one, so it is left out of the equations.
    """
    determinant = jdd * jmm - jdm * jdm
    if not determinant > 0.0:
        return delay, mtt
    step_delay = (jmm * gd - jdm * gm) / determinant
    step_mtt = (jdd * gm - jdm * gd) / determinant
    if (mtt <= bounds[2] and step_mtt < 0.0) or (mtt >= bounds[3] and step_mtt > 0.0):
        step_mtt = 0.0
        step_delay = gd / jdd
    elif (delay <= bounds[0] and step_delay < 0.0) or (delay >= bounds[1] and step_delay > 0.0):
        step_delay = 0.0
        step_mtt = gm / jmm
    step_delay = _limited(step_delay, -_LARGEST_DELAY_STEP, _LARGEST_DELAY_STEP)
    step_mtt = _limited(step_mtt, -_LARGEST_MTT_STEP * mtt, _LARGEST_MTT_STEP * mtt)
    return (
        _limited(delay + step_delay, bounds[0], bounds[1]),
        _limited(mtt + step_mtt, bounds[2], bounds[3]),
    )


@njit(nogil=True, fastmath=_FAST, error_model="numpy", cache=True)
def _refine(
    curve: Float32Array,
    energy: float,
    n_frames: int,
    delay: float,
    mtt: float,
    table: Float64Array,
    first_shift: float,
    step: float,
    bounds: Float64Array,
    prior: Float64Array,
) -> tuple[float, float]:
    """Return the most probable delay and MTT near the given ones.

    Levenberg-Marquardt on n ln SSE + (ln M - mean)^2 / variance, with the flow, in which the model is linear,
    eliminated: variable projection with Kaufman's approximation (Golub and Pereyra, Inverse Problems 19
    (2003) R1). Without a prior this is least squares.
    """
    mean, precision = prior
    damping = _INITIAL_DAMPING
    least = np.inf
    trial_delay = delay
    trial_mtt = mtt
    jdd = jmm = jdm = gd = gm = 0.0
    for _ in range(_ITERATIONS):
        hh, hy, pp, qq, pq, ph, qh, py, qy = _products(
            curve, trial_delay, trial_mtt, table, first_shift, step
        )
        if not hy > 0.0:
            objective = np.inf
        else:
            sse = max(energy - hy * hy / hh, _LEAST_NOISE * energy)
            deviation = np.log(trial_mtt) - mean
            objective = n_frames * np.log(sse) + precision * deviation * deviation
        if objective < least:
            least = objective
            delay = trial_delay
            mtt = trial_mtt
            flow = hy / hh
            pull = precision * sse / (n_frames * flow * flow * mtt)
            jdd = pp - ph * ph / hh
            jmm = qq - qh * qh / hh + pull / mtt
            jdm = pq - ph * qh / hh
            gd = (py - flow * ph) / flow
            gm = (qy - flow * qh) / flow - pull * deviation
            damping *= _DAMPING_DOWN
        else:
            damping *= _DAMPING_UP
        trial_delay, trial_mtt = _bounded_step(
            delay, mtt, jdd * (1.0 + damping), jmm * (1.0 + damping), jdm, gd, gm, bounds
        )
        if abs(trial_delay - delay) + abs(trial_mtt - mtt) < _SMALLEST_STEP:
            break
    return delay, mtt


@njit(nogil=True, fastmath=_FAST, error_model="numpy", cache=True)
def _report(
    curve: Float32Array,
    energy: float,
    n_frames: int,
    delay: float,
    mtt: float,
    table: Float64Array,
    first_shift: float,
    step: float,
    bounds: Float64Array,
    prior: Float64Array,
    out: Float64Array,
) -> None:
    """Write flow, sum of squares and standard errors of the fit into out (N_OUTPUTS,).

    The covariance is sigma^2 (J'J)^-1 in (F, d, M). That delay and MTT lie within their bounds is known
    beforehand and enters as the variance of a uniform distribution, so no standard error is infinite.
    """
    hh, hy, pp, qq, pq, ph, qh, _, _ = _products(curve, delay, mtt, table, first_shift, step)
    flow = max(hy / hh, 0.0) if hh > 0.0 else 0.0
    sse = max(energy - flow * (2.0 * hy - flow * hh), 0.0)
    variance = max(sse / (n_frames - 3), _LEAST_NOISE * energy)
    known_delay = 12.0 / (bounds[1] - bounds[0]) ** 2
    known_mtt = 12.0 / (bounds[3] - bounds[2]) ** 2 + prior[1] / (mtt * mtt)
    a11 = hh
    a12 = flow * ph
    a13 = flow * qh
    a22 = flow * flow * pp + known_delay * variance
    a33 = flow * flow * qq + known_mtt * variance
    a23 = flow * flow * pq
    c11 = a22 * a33 - a23 * a23
    c12 = a13 * a23 - a12 * a33
    c13 = a12 * a23 - a13 * a22
    c22 = a11 * a33 - a13 * a13
    c23 = a12 * a13 - a11 * a23
    c33 = a11 * a22 - a12 * a12
    determinant = a11 * c11 + a12 * c12 + a13 * c13
    scale = variance / determinant if determinant > 0.0 else 0.0
    out[FLOW] = flow
    out[DELAY] = delay
    out[MTT] = mtt
    out[SSE] = sse
    out[ENERGY] = energy
    out[SE_FLOW] = np.sqrt(scale * c11)
    out[SE_VOLUME] = np.sqrt(max(scale * (mtt * mtt * c11 + flow * flow * c33 + 2.0 * flow * mtt * c13), 0.0))
    out[SE_DELAY] = np.sqrt(scale * c22)
    out[SE_MTT] = np.sqrt(scale * c33)
    out[SE_TTP] = np.sqrt(max(scale * (c22 + 0.25 * c33 + c23), 0.0))


@njit(parallel=True, nogil=True, fastmath=_FAST, error_model="numpy", cache=True)
def fit_projected_curves(
    curves: Float32Array,
    energies: Float64Array,
    n_frames: int,
    atoms: Float32Array,
    atom_delays: Float64Array,
    atom_mtts: Float64Array,
    table: Float64Array,
    first_shift: float,
    step: float,
    bounds: Float64Array,
    prior: Float64Array,
    out: Float64Array,
) -> None:
    """Fit delay, MTT and flow to each projected curve.

    Parameters
    ----------
    curves : ndarray of float32, shape (N, RANK)
    energies : ndarray of float64, shape (N,)
        Sum of squares of the full curves.
    n_frames : int
    atoms : ndarray of float32, shape (RANK, K)
        Unit model curves from which the search starts.
    atom_delays, atom_mtts : ndarray of float64, shape (K,)
    table : ndarray of float64, shape (rows, 2, RANK)
        Projections of A(t - s) and a(t - s) at shifts s = first_shift + row * step.
    first_shift, step : float
        Seconds.
    bounds : ndarray of float64, shape (4,)
        Least and greatest delay, least and greatest MTT in seconds.
    prior : ndarray of float64, shape (2,)
        Mean of ln MTT and the inverse of its variance, 0 for none.
    out : ndarray of float64, shape (N, N_OUTPUTS)
        Receives the results; NaN where a curve is not finite.
    """
    n_curves = curves.shape[0]
    penalties = (prior[1] * (np.log(atom_mtts) - prior[0]) ** 2).astype(np.float32)
    for block in prange((n_curves + _BLOCK - 1) // _BLOCK):
        scores = np.empty(atoms.shape[1], np.float32)
        for voxel in range(block * _BLOCK, min((block + 1) * _BLOCK, n_curves)):
            energy = energies[voxel]
            if not np.isfinite(energy):
                out[voxel, :] = np.nan
                continue
            curve = curves[voxel]
            best = _best_atom(curve, energy, n_frames, atoms, penalties, scores)
            delay, mtt = _refine(
                curve,
                energy,
                n_frames,
                atom_delays[best],
                atom_mtts[best],
                table,
                first_shift,
                step,
                bounds,
                prior,
            )
            _report(
                curve,
                energy,
                n_frames,
                delay,
                mtt,
                table,
                first_shift,
                step,
                bounds,
                prior,
                out[voxel],
            )
