"""The box model of tissue perfusion, fitted to time curves by bounded nonlinear regression."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..progress import ProgressCallback, ignore_progress
from .arterial_input import ArterialInput, FloatArray
from .box_dictionary import DELAY_BOUNDS, MTT_BOUNDS, TABLE_STEP, BoxDictionary
from .curves import as_curves, as_times, groups_of_equal_times, rows
from .devices import resolve_device
from .status import DETECTION_LIMIT, POOR_FIT_R_SQUARED, FitStatus
from .transit_time_prior import TransitTimePrior, prior_coefficients
from .units import KAPPA, RHO, cbf_scale, cbv_scale

_CHUNK = 16384
"""Voxels fitted between two progress reports."""

_BOUND_TOLERANCE = 1e-3
"""Seconds from a bound at which a parameter counts as held by it."""


@dataclass(frozen=True, eq=False)
class BoxModelFit:
    """Perfusion parameters of N voxels; every array has the shape (N,) and dtype float32.

    Attributes
    ----------
    cbf : ndarray
        mL/100 g/min.
    cbv : ndarray
        mL/100 g.
    mtt, delay, ttp : ndarray
        Seconds; ttp is the centre of the impulse response, delay + MTT/2.
    sse : ndarray
        Sum of squared residuals in HU^2.
    r_squared : ndarray
        1 - SSE / sum(c^2).
    status : ndarray of uint8
        :class:`FitStatus`.
    standard_errors : mapping of str to ndarray
        Of ``cbf``, ``cbv``, ``mtt``, ``delay`` and ``ttp``, in their units.
    """

    cbf: NDArray[np.float32]
    cbv: NDArray[np.float32]
    mtt: NDArray[np.float32]
    delay: NDArray[np.float32]
    ttp: NDArray[np.float32]
    sse: NDArray[np.float32]
    r_squared: NDArray[np.float32]
    status: NDArray[np.uint8]
    standard_errors: Mapping[str, NDArray[np.float32]]


def fit_box_model(
    curves: ArrayLike,
    times: ArrayLike,
    aif: ArrayLike,
    *,
    aif_times: ArrayLike | None = None,
    kappa: float = KAPPA,
    rho: float = RHO,
    prior: TransitTimePrior | None = None,
    device: str = "cpu",
    on_progress: ProgressCallback = ignore_progress,
) -> BoxModelFit:
    """Fit a box-shaped impulse response to tissue curves by nonlinear regression (NLR).

    The response is 1 from the delay d to d + M and 0 elsewhere, so that with A, the integral of the arterial
    input function, the tissue curve is c(t) = F [A(t - d) - A(t - d - M)] (Bennink et al., J Med Imaging 3
    (2016) 026003). CBF = 6000 kappa/rho F, CBV = 100 kappa/rho F M, MTT = M and TTP = d + M/2, with d in
    [-3, 15] s and M in [1, 30] s. Tissue is used at its own times and never resampled; the arterial input is
    a quintic spline and integrated exactly.

    The search starts from the best of 285 curves and proceeds with Levenberg-Marquardt steps on d and M, F
    being eliminated (variable projection), on curves projected on the 24 leading directions of the model.

    Parameters
    ----------
    curves : array_like, shape (N, T)
        Tissue enhancement in HU, baseline removed.
    times : array_like, shape (T,) or (N, T)
        Acquisition times in seconds, for all curves or for each.
    aif : array_like, shape (T_a,)
        Arterial enhancement in HU.
    aif_times : array_like, shape (T_a,), optional
        Its times in seconds; `times` if not given.
    kappa, rho : float
        Ratio of plasma fractions (large to small vessels) and tissue density in g/mL.
    prior : TransitTimePrior, optional
        Steadies MTT, and with it CBF, where noise leaves it open; without one this is least squares.
    device : str
        A name in :data:`DEVICES`, or ``auto``.
    on_progress : callable

    Returns
    -------
    BoxModelFit
        A voxel without measurable enhancement has CBF = CBV = 0 and NaN timing.

    Raises
    ------
    ValueError
        If shapes do not match, times do not increase or the AIF does not enhance.
    ConfigurationError
        If there is no such device.
    """
    resolve_device(device)
    tissue = as_curves(curves)
    sampling = as_times(times, tissue)
    if aif_times is None and sampling.ndim == 2:
        raise ValueError("aif_times must be given where each curve has its own times")
    arterial = ArterialInput.from_samples(sampling if aif_times is None else aif_times, aif)
    raw = _fit_raw(tissue, sampling, arterial, prior, on_progress)
    return _interpret(raw, cbf_scale(kappa, rho), cbv_scale(kappa, rho))


def _fit_raw(
    curves: FloatArray,
    times: NDArray[np.float64],
    aif: ArterialInput,
    prior: TransitTimePrior | None,
    on_progress: ProgressCallback,
) -> NDArray[np.float64]:
    """Return the outputs of the kernel, shape (N, N_OUTPUTS)."""
    from .kernels import box_model as kernel

    raw = np.empty((len(curves), kernel.N_OUTPUTS))
    n_done = 0
    on_progress(0.0)
    for group_times, members in groups_of_equal_times(times, len(curves)):
        dictionary = BoxDictionary.build(aif, group_times, kernel.RANK)
        for start in range(0, len(members), _CHUNK):
            chunk = members[start : start + _CHUNK]
            raw[chunk] = _fit_chunk(rows(curves, chunk), dictionary, prior)
            n_done += len(chunk)
            on_progress(n_done / len(curves))
    return raw


def _fit_chunk(
    curves: FloatArray, dictionary: BoxDictionary, prior: TransitTimePrior | None
) -> NDArray[np.float64]:
    from .kernels import box_model as kernel

    samples = np.asarray(curves, dtype=np.float32)
    out = np.empty((len(samples), kernel.N_OUTPUTS))
    with np.errstate(invalid="ignore", over="ignore"):
        projected = np.ascontiguousarray(samples @ dictionary.basis)
        energies = np.einsum("nt,nt->n", samples, samples, dtype=np.float64)
    kernel.fit_projected_curves(
        projected,
        energies,
        samples.shape[1],
        dictionary.atoms,
        dictionary.atom_delays,
        dictionary.atom_mtts,
        dictionary.table,
        dictionary.first_shift,
        TABLE_STEP,
        np.array([*DELAY_BOUNDS, *MTT_BOUNDS]),
        prior_coefficients(prior),
        out,
    )
    return out


def _interpret(raw: NDArray[np.float64], to_cbf: float, to_cbv: float) -> BoxModelFit:
    """Turn the outputs of the kernel into units, apply the rule for dead tissue and say what happened."""
    from .kernels import box_model as kernel

    flow, mtt, delay = raw[:, kernel.FLOW], raw[:, kernel.MTT], raw[:, kernel.DELAY]
    energy = raw[:, kernel.ENERGY]
    unexplained = np.divide(raw[:, kernel.SSE], energy, out=np.ones(len(raw)), where=energy != 0)
    r_squared = 1.0 - unexplained
    status = _statuses(raw, r_squared)
    dead = status == FitStatus.NO_ENHANCEMENT
    errors = {
        "cbf": to_cbf * raw[:, kernel.SE_FLOW],
        "cbv": to_cbv * raw[:, kernel.SE_VOLUME],
        "mtt": np.where(dead, np.nan, raw[:, kernel.SE_MTT]),
        "delay": np.where(dead, np.nan, raw[:, kernel.SE_DELAY]),
        "ttp": np.where(dead, np.nan, raw[:, kernel.SE_TTP]),
    }
    return BoxModelFit(
        cbf=_float32(np.where(dead, 0.0, to_cbf * flow)),
        cbv=_float32(np.where(dead, 0.0, to_cbv * flow * mtt)),
        mtt=_float32(np.where(dead, np.nan, mtt)),
        delay=_float32(np.where(dead, np.nan, delay)),
        ttp=_float32(np.where(dead, np.nan, delay + mtt / 2)),
        sse=_float32(raw[:, kernel.SSE]),
        r_squared=_float32(r_squared),
        status=status,
        standard_errors={name: _float32(values) for name, values in errors.items()},
    )


def _statuses(raw: NDArray[np.float64], r_squared: NDArray[np.float64]) -> NDArray[np.uint8]:
    """Return the status of each fit; reasons are ordered from the weakest to the one that counts most.

    Enhancement is measurable when volume or flow is: of a short response only the volume is well determined,
    of one that lasts beyond the record only the flow.
    """
    from .kernels import box_model as kernel

    flow, mtt, delay = raw[:, kernel.FLOW], raw[:, kernel.MTT], raw[:, kernel.DELAY]
    measurable = (flow * mtt >= DETECTION_LIMIT * raw[:, kernel.SE_VOLUME]) | (
        flow >= DETECTION_LIMIT * raw[:, kernel.SE_FLOW]
    )
    status = np.full(len(raw), FitStatus.OK, dtype=np.uint8)
    status[r_squared < POOR_FIT_R_SQUARED] = FitStatus.POOR_FIT
    status[_at_bound(delay, DELAY_BOUNDS) | _at_bound(mtt, MTT_BOUNDS)] = FitStatus.AT_BOUND
    status[~measurable | (flow <= 0)] = FitStatus.NO_ENHANCEMENT
    status[~np.isfinite(raw[:, kernel.ENERGY])] = FitStatus.NOT_FINITE
    return status


def _at_bound(values: NDArray[np.float64], bounds: tuple[float, float]) -> NDArray[np.bool_]:
    lower, upper = bounds
    return np.asarray((values <= lower + _BOUND_TOLERANCE) | (values >= upper - _BOUND_TOLERANCE))


def _float32(values: NDArray[np.floating[Any]]) -> NDArray[np.float32]:
    return np.asarray(values, dtype=np.float32)
