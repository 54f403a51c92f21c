"""Model-free perfusion parameters: the tissue curve is deconvolved by the arterial input."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..progress import ProgressCallback, ignore_progress
from .arterial_input import ArterialInput
from .curves import as_curves, as_times, groups_of_equal_times, rows
from .devices import resolve_device
from .linear_deconvolution import DECONVOLUTIONS
from .response_reader import ResponseReader, ResponseReading
from .status import DETECTION_LIMIT, POOR_FIT_R_SQUARED, FitStatus
from .units import KAPPA, RHO, cbf_scale, cbv_scale

_CHUNK = 16384
"""Voxels deconvolved between two progress reports."""


@dataclass(frozen=True, eq=False)
class DeconvolutionResult:
    """Perfusion parameters of N voxels; every array has the shape (N,).

    Attributes
    ----------
    cbf : ndarray
        mL/100 g/min, from the greatest value of the impulse response.
    cbv : ndarray
        mL/100 g, from the ratio of the areas of the tissue and the arterial curve.
    mtt : ndarray
        Seconds, 60 CBV / CBF.
    tmax : ndarray
        Seconds, the time of the greatest value of the impulse response.
    r_squared : ndarray
        Share of the energy of the tissue curve that the impulse response explains.
    status : ndarray of uint8
        :class:`FitStatus`.
    """

    cbf: NDArray[np.floating[Any]]
    cbv: NDArray[np.floating[Any]]
    mtt: NDArray[np.floating[Any]]
    tmax: NDArray[np.floating[Any]]
    r_squared: NDArray[np.floating[Any]]
    status: NDArray[np.uint8]


def deconvolve(
    curves: ArrayLike,
    times: ArrayLike,
    aif: ArrayLike,
    *,
    aif_times: ArrayLike | None = None,
    method: str = "bsvd",
    kappa: float = KAPPA,
    rho: float = RHO,
    device: str = "cpu",
    interval: float = 1.0,
    on_progress: ProgressCallback = ignore_progress,
    **options: float,
) -> DeconvolutionResult:
    """Deconvolve tissue curves by the arterial input on a regular grid.

    With R the impulse response times flow: CBF = 6000 kappa/rho max R; CBV = 100 kappa/rho times the area
    under the tissue curve over that under the input, negative samples included; MTT = 60 CBV / CBF; Tmax
    is the time of max R, refined by a parabola through its neighbours. The areas end with the record:
    where contrast is still in the tissue by then, CBV and MTT are too small, by a tenth at MTT 12 s and by
    half at MTT 24 s when the scan ends 20 s after the bolus arrives.

    Parameters
    ----------
    curves : array_like, shape (N, T)
        Tissue enhancement in HU, baseline removed.
    times : array_like, shape (T,) or (N, T)
        Seconds.
    aif : array_like, shape (T_a,)
        Arterial enhancement in HU.
    aif_times : array_like, shape (T_a,), optional
        Seconds; `times` if not given.
    method : str
        A name in :data:`DECONVOLUTIONS`.
    kappa, rho : float
        Ratio of plasma fractions (large to small vessels) and tissue density in g/mL.
    device : str
        A name in :data:`DEVICES`, or ``auto``.
    interval : float
        Seconds between the samples of the regular grid. Denser samples are averaged, others interpolated.
    on_progress : callable
    **options : float
        Of the method, such as ``threshold``.

    Returns
    -------
    DeconvolutionResult
        A voxel without measurable enhancement has CBF = CBV = 0 and NaN timing.

    Raises
    ------
    ValueError
        If shapes do not match, times do not increase, the AIF does not enhance or there is no such method.
    ConfigurationError
        If there is no such device.
    """
    resolve_device(device)
    if method not in DECONVOLUTIONS:
        raise ValueError(f"no deconvolution method '{method}'; there are: {', '.join(DECONVOLUTIONS)}")
    if not interval > 0:
        raise ValueError(f"interval must be positive, got {interval}")
    tissue = as_curves(curves)
    sampling = as_times(times, tissue)
    if aif_times is None and sampling.ndim == 2:
        raise ValueError("aif_times must be given where each curve has its own times")
    arterial = ArterialInput.from_samples(sampling if aif_times is None else aif_times, aif)
    result = _empty_result(len(tissue), tissue.dtype)
    scales = cbf_scale(kappa, rho), cbv_scale(kappa, rho)
    n_done = 0
    on_progress(0.0)
    for group_times, members in groups_of_equal_times(sampling, len(tissue)):
        reader = ResponseReader.build(arterial, group_times, interval, method, options)
        for start in range(0, len(members), _CHUNK):
            chunk = members[start : start + _CHUNK]
            _store(result, chunk, reader.read(rows(tissue, chunk)), *scales)
            n_done += len(chunk)
            on_progress(n_done / len(tissue))
    return result


def _empty_result(n_curves: int, dtype: np.dtype[Any]) -> DeconvolutionResult:
    cbf, cbv, mtt, tmax, r_squared = np.empty((5, n_curves), dtype=dtype)
    return DeconvolutionResult(cbf, cbv, mtt, tmax, r_squared, np.empty(n_curves, dtype=np.uint8))


def _store(
    result: DeconvolutionResult,
    members: NDArray[np.intp],
    reading: ResponseReading,
    to_cbf: float,
    to_cbv: float,
) -> None:
    """Write a chunk's readings in units, with zeros for dead tissue and the reasons."""
    finite = np.isfinite(reading.r_squared) | (reading.area == 0)
    measurable = (
        (reading.area >= DETECTION_LIMIT * reading.area_error) & (reading.peak > 0) & (reading.area > 0)
    )
    status = np.full(len(members), FitStatus.OK, dtype=np.uint8)
    status[reading.r_squared < POOR_FIT_R_SQUARED] = FitStatus.POOR_FIT
    status[~measurable] = FitStatus.NO_ENHANCEMENT
    status[~finite] = FitStatus.NOT_FINITE
    dead = status == FitStatus.NO_ENHANCEMENT
    lost = status == FitStatus.NOT_FINITE
    result.cbf[members] = np.where(dead, 0.0, to_cbf * reading.peak)
    result.cbv[members] = np.where(dead, 0.0, to_cbv * reading.area)
    with np.errstate(invalid="ignore", divide="ignore"):
        mtt = reading.area / reading.peak
    result.mtt[members] = np.where(dead, np.nan, mtt)
    result.tmax[members] = np.where(dead | lost, np.nan, reading.tmax)
    result.r_squared[members] = reading.r_squared
    result.status[members] = status
