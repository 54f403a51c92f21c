"""The box model fitted by the downhill simplex as published: the reference for accuracy and for speed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import scipy
from numpy.typing import ArrayLike, NDArray

from ..errors import ArgumentError
from ..kinetics import KAPPA, RHO, ArterialInput
from ..kinetics.curves import as_curves
from ..kinetics.sampling import as_sampling
from ..kinetics.units import cbf_scale
from ..progress import ProgressCallback, ignore_progress, reported

Array = NDArray[np.float64]

START = (60.0, 5.0, 3.5)
"""CBF in mL/100 g/min, MTT and TTP in seconds, from which every voxel is fitted (Gava et al.)."""

MAX_ITERATIONS = 300

_FIRST_STEP = 0.05
"""Share by which each parameter of the start is moved to get the first simplex."""

_TOLERANCE = 1e-4
"""Of parameters and sum of squares, at which the simplex counts as converged."""

_SMOOTHING = np.array([0.25, 0.5, 0.25])
_BEYOND = 1e4
"""Seconds by which the record is continued; far beyond any delay that the simplex tries."""


@dataclass(frozen=True)
class Discretisation:
    """How the box model is compared with samples.

    Attributes
    ----------
    integral : callable
        The integral of the arterial input in HU s up to times in seconds.
    prepare : callable
        What is done to a tissue curve before the fit.
    """

    integral: Callable[[Array], Array]
    prepare: Callable[[Array], Array]


@dataclass(frozen=True, eq=False)
class NelderMeadFit:
    """Parameters of N voxels as the simplex left them, unbounded; every array has the shape (N,).

    Attributes
    ----------
    cbf, cbv : ndarray
        mL/100 g/min and mL/100 g.
    mtt, delay, ttp : ndarray
        Seconds; ttp is delay + MTT/2.
    sse : ndarray
        The sum of squares that was minimised, HU^2.
    """

    cbf: Array
    cbv: Array
    mtt: Array
    delay: Array
    ttp: Array
    sse: Array


def fit_nelder_mead(
    curves: ArrayLike,
    times: ArrayLike,
    aif: ArrayLike,
    *,
    discretisation: str = "published",
    kappa: float = KAPPA,
    rho: float = RHO,
    on_progress: ProgressCallback = ignore_progress,
) -> NelderMeadFit:
    """Fit the box model to one voxel after the other by the method of Nelder and Mead.

    The sum of squares is minimised over CBF, MTT and TTP without bounds, by at most 300 iterations from
    60 mL/100 g/min, 5 s and 3.5 s, with a first simplex of 5 % steps (Gava et al., Front Neuroinform 17
    (2023) 852105; model of Bennink et al., J Med Imaging 3 (2016) 026003). Takes milliseconds a voxel.

    Parameters
    ----------
    curves : array_like, shape (N, T)
        Tissue enhancement in HU, baseline removed.
    times : array_like, shape (T,)
        Seconds.
    aif : array_like, shape (T,)
        Arterial enhancement in HU at these times.
    discretisation : str
        A key of :data:`DISCRETISATIONS`.
    kappa, rho : float
        Ratio of plasma fractions (large to small vessels) and tissue density in g/mL.
    on_progress : callable

    Raises
    ------
    ArgumentError
        If an argument does not match or is not finite, or frames are uneven for the published form.
    """
    if discretisation not in DISCRETISATIONS:
        raise ArgumentError(
            "discretisation",
            f"discretisation '{discretisation}' is unknown",
            f"choose one of: {', '.join(DISCRETISATIONS)}",
        )
    source = as_curves(curves)
    groups = as_sampling(times, source).groups
    if len(groups) != 1:
        raise ArgumentError("times", "times differ between curves", "give one row of times")
    sampling = groups[0][0]
    tissue = np.asarray(source.rows(np.arange(source.shape[0])), dtype=np.float64)
    if not np.isfinite(tissue).all():
        raise ArgumentError("curves", "curves hold NaN or infinite values", "leave these voxels out")
    form = DISCRETISATIONS[discretisation](sampling, ArterialInput.from_samples(sampling, aif))
    unit = 1.0 / cbf_scale(kappa, rho)
    fits = [_fit(form, sampling, curve, unit) for curve in reported(list(tissue), on_progress)]
    cbf, mtt, ttp, sse = np.array(fits).reshape(-1, 4).T
    return NelderMeadFit(cbf, cbf * mtt / 60.0, mtt, ttp - mtt / 2.0, ttp, sse)


def _fit(form: Discretisation, times: Array, curve: Array, unit: float) -> tuple[float, ...]:
    prepared = form.prepare(curve)

    def sum_of_squares(parameters: Array) -> float:
        cbf, mtt, ttp = parameters
        since = times - (ttp - mtt / 2.0)
        residual = unit * cbf * (form.integral(since) - form.integral(since - mtt)) - prepared
        return float(residual @ residual)

    start = np.array(START)
    simplex = np.vstack([start, start + np.diag(_FIRST_STEP * start)])
    found = scipy.optimize.minimize(
        sum_of_squares,
        start,
        method="Nelder-Mead",
        options={
            "maxiter": MAX_ITERATIONS,
            "initial_simplex": simplex,
            "xatol": _TOLERANCE,
            "fatol": _TOLERANCE,
        },
    )
    return (*found.x, found.fun)


def _published(times: Array, aif: ArterialInput) -> Discretisation:
    """Smooth both curves with 1/4, 1/2, 1/4 and read the cumulative sum of the input linearly.

    A cumulative sum holds the integral up to half a frame after its sample, so it is read half a frame
    earlier. It is 0 before the record and goes on with the input's last value after it.
    """
    interval = times[1] - times[0]
    if not np.allclose(np.diff(times), interval, rtol=1e-3):
        raise ArgumentError("times", "times are unevenly spaced", "use the exact discretisation")
    smooth = _smoothed(aif.enhancement)
    sums = np.concatenate([[0.0], np.cumsum(smooth) * interval])
    known = np.concatenate([times[:1] - 0.5 * interval, times + 0.5 * interval])
    knots = np.append(known, known[-1] + _BEYOND)
    values = np.append(sums, sums[-1] + _BEYOND * smooth[-1])
    return Discretisation(lambda at: np.interp(at, knots, values), _smoothed)


def _smoothed(curve: Array) -> Array:
    return np.convolve(np.pad(curve, 1, mode="edge"), _SMOOTHING, mode="valid")


def _exact(times: Array, aif: ArterialInput) -> Discretisation:  # noqa: ARG001
    """Integrate the spline through the input and leave the tissue alone, as :func:`fit_box_model` does."""
    return Discretisation(aif.integral, lambda curve: curve)


DISCRETISATIONS: Mapping[str, Callable[[Array, ArterialInput], Discretisation]] = MappingProxyType(
    {"published": _published, "exact": _exact}
)
"""Forms of the box model by name."""
