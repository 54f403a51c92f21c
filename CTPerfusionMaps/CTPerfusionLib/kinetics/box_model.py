"""The box model of tissue perfusion, fitted to time curves by bounded nonlinear regression."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from threading import Lock
from types import MappingProxyType

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..devices import Device, resolve_device
from ..errors import ArgumentError
from ..progress import ProgressCallback, ignore_progress
from . import box_settings as rows
from .box_dictionary import BoxDictionary
from .box_fitter import fitter_for
from .box_settings import BoxResults, BoxSettings
from .curves import CurveSource, as_curves, pieces, require_finite_curves
from .discretisation import DISCRETISATIONS
from .sampling import Sampling, as_sampling
from .transit_time_prior import TransitTimePrior
from .units import KAPPA, RHO, cbf_scale, cbv_scale

_DICTIONARIES = 16
"""Kept at a time; more than the threads that work side by side, few where each curve has its own times."""


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
    curves: ArrayLike | CurveSource,
    times: ArrayLike | Sampling,
    aif: ArrayLike,
    *,
    aif_times: ArrayLike | None = None,
    kappa: float = KAPPA,
    rho: float = RHO,
    prior: TransitTimePrior | None = None,
    marginalise_offset: bool = False,
    discretisation: str = "spline",
    device: str | Device = "cpu",
    on_progress: ProgressCallback = ignore_progress,
) -> BoxModelFit:
    """Fit a box-shaped impulse response to tissue curves by nonlinear regression (NLR).

    The response is 1 from the delay d to d + M and 0 elsewhere, so that with A, the integral of the arterial
    input function, the tissue curve is c(t) = F [A(t - d) - A(t - d - M)] (Bennink et al., J Med Imaging 3
    (2016) 026003). CBF = 6000 kappa/rho F, CBV = 100 kappa/rho F M, MTT = M and TTP = d + M/2, with d in
    [-3, 15] s and M in [1, 30] s. Tissue is used at its own times and never resampled; the arterial input is
    a quintic spline and integrated exactly.

    F is linear and eliminated (variable projection: Golub and Pereyra, Inverse Problems 19 (2003) R1). The
    search starts from the best of 300 curves and proceeds with damped Newton steps on d and M.

    Parameters
    ----------
    curves : array_like or CurveSource, shape (N, T)
        Tissue enhancement in HU, baseline removed.
    times : array_like, shape (T,) or (N, T), or Sampling
        Acquisition times in seconds, for all curves or for each.
    aif : array_like, shape (T_a,)
        Arterial enhancement in HU.
    aif_times : array_like, shape (T_a,), optional
        Its times in seconds; `times` if not given.
    kappa, rho : float
        Ratio of plasma fractions (large to small vessels) and tissue density in g/mL.
    prior : TransitTimePrior, optional
        Steadies MTT, and with it CBF, where noise leaves it open; without one this is least squares.
    marginalise_offset : bool
        Fit a constant to each curve besides, for baselines too short to know the 0 of the curves. R2 and the
        energy of a curve are then those about its mean.
    discretisation : str
        A name in :data:`DISCRETISATIONS`.
    device : str or Device
        A name in :data:`DEVICES`, or ``auto``.
    on_progress : callable

    Returns
    -------
    BoxModelFit
        A voxel without measurable enhancement has CBF = CBV = 0 and NaN timing.

    Raises
    ------
    ArgumentError
        If shapes do not match, a curve holds NaN, times do not increase or the AIF does not enhance.
    ConfigurationError
        If there is no such device.
    """
    place = resolve_device(device)
    tissue = as_curves(curves)
    sampling = as_sampling(times, tissue)
    if discretisation not in DISCRETISATIONS:
        raise ArgumentError(
            "discretisation",
            f"discretisation '{discretisation}' is not known",
            f"choose one of: {', '.join(DISCRETISATIONS)}",
        )
    arterial = sampling.arterial_input(aif, aif_times)
    method = DISCRETISATIONS[discretisation]
    fitter = fitter_for(place, BoxSettings.of(cbf_scale(kappa, rho), cbv_scale(kappa, rho), prior))
    groups = sampling.groups
    integral = method.integrate(arterial)
    results = BoxResults.empty(tissue.shape[0])

    @lru_cache(maxsize=_DICTIONARIES)
    def build(group: int) -> BoxDictionary:
        return BoxDictionary.build(integral.integral, groups[group][0], offset=marginalise_offset)

    locks = [Lock() for _ in range(_DICTIONARIES)]

    def dictionary_of(group: int) -> BoxDictionary:
        with locks[group % _DICTIONARIES]:
            return build(group)

    def fit(chunk: tuple[int, NDArray[np.intp]]) -> None:
        group, members = chunk
        prepared = method.prepare(tissue.rows(members), groups[group][0])
        part = fitter.fit(prepared, dictionary_of(group))
        require_finite_curves(part.values[rows.SSE])
        results.store(members, part)

    chunks = [
        (group, members)
        for group, (_, all_members) in enumerate(groups)
        for members in pieces(all_members, fitter.chunk_size)
    ]
    on_progress(0.0)
    fitter.for_each(fit, chunks, on_progress)
    return _named(results)


def _named(results: BoxResults) -> BoxModelFit:
    values = results.values
    return BoxModelFit(
        cbf=values[rows.CBF],
        cbv=values[rows.CBV],
        mtt=values[rows.MTT],
        delay=values[rows.DELAY],
        ttp=values[rows.TTP],
        sse=values[rows.SSE],
        r_squared=values[rows.R_SQUARED],
        status=results.status,
        standard_errors=MappingProxyType(
            {
                "cbf": values[rows.SE_CBF],
                "cbv": values[rows.SE_CBV],
                "mtt": values[rows.SE_MTT],
                "delay": values[rows.SE_DELAY],
                "ttp": values[rows.SE_TTP],
            }
        ),
    )
