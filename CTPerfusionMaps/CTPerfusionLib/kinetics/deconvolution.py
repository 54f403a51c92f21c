"""Perfusion parameters without a model of the residue: the tissue curve deconvolved by the arterial input."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..devices import Device, resolve_device
from ..errors import ArgumentError
from ..parallel import for_each_chunk, single_threaded_products
from ..progress import ProgressCallback, ignore_progress, reported
from .curves import CurveSource, as_curves, pieces, require_finite_curves
from .deconvolution_methods import DECONVOLUTIONS, DeconvolutionMethod
from .prepared_deconvolution import PreparedDeconvolution
from .sampling import Sampling, as_sampling
from .status import DETECTION_LIMIT, POOR_FIT_R_SQUARED, FitStatus
from .units import KAPPA, RHO, cbf_scale, cbv_scale

_Chunk = tuple[PreparedDeconvolution, NDArray[np.intp]]

_CHUNK = 4096
"""Voxels that a core takes at once."""

_TORCH_CHUNK = 131072
"""Voxels that a torch device takes at once; of 100 frames they need about half a gigabyte there."""


@dataclass(frozen=True, eq=False)
class DeconvolutionResult:
    """Perfusion parameters of N voxels; every array has the shape (N,) and, but for status, dtype float32.

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

    cbf: NDArray[np.float32]
    cbv: NDArray[np.float32]
    mtt: NDArray[np.float32]
    tmax: NDArray[np.float32]
    r_squared: NDArray[np.float32]
    status: NDArray[np.uint8]


def deconvolve(
    curves: ArrayLike | CurveSource,
    times: ArrayLike | Sampling,
    aif: ArrayLike,
    *,
    aif_times: ArrayLike | None = None,
    method: str = "bsvd",
    kappa: float = KAPPA,
    rho: float = RHO,
    device: str | Device = "cpu",
    on_progress: ProgressCallback = ignore_progress,
    **options: float,
) -> DeconvolutionResult:
    """Deconvolve tissue curves by the arterial input.

    With R the impulse response, flow times residue function: CBF = 6000 kappa/rho max R; CBV = 100 kappa/rho
    times the area under the tissue curve over that under the input, negative samples included; MTT = 60 CBV /
    CBF; Tmax is the time of max R. The maximum is that of the parabola through the greatest sample and its
    neighbours, so that neither CBF nor Tmax depends on where the samples happen to lie.

    The samples of the tissue are the grid on which everything is computed, with the arterial input, a quintic
    spline, evaluated there; tissue sampled irregularly is carried to a regular grid by a cubic spline.

    The areas end with the record: where contrast is still in the tissue by then, CBV and MTT are too small,
    by a tenth at MTT 12 s and by half at MTT 24 s when the scan ends 20 s after the bolus arrives.

    Parameters
    ----------
    curves : array_like or CurveSource, shape (N, T)
        Tissue enhancement in HU, baseline removed.
    times : array_like, shape (T,) or (N, T), or Sampling
        Seconds.
    aif : array_like, shape (T_a,)
        Arterial enhancement in HU.
    aif_times : array_like, shape (T_a,), optional
        Seconds; `times` if not given.
    method : str
        A name in :data:`DECONVOLUTIONS`.
    kappa, rho : float
        Ratio of plasma fractions (large to small vessels) and tissue density in g/mL.
    device : str or Device
        A name in :data:`DEVICES`, or ``auto``.
    on_progress : callable
    **options : float
        Of the method, as in :data:`DECONVOLUTIONS`.

    Returns
    -------
    DeconvolutionResult
        A voxel without measurable enhancement has CBF = CBV = 0 and NaN timing.

    Raises
    ------
    ArgumentError
        If shapes do not match, a value is not finite, times do not increase, the AIF does not enhance, or
        there is no such method or option.
    ConfigurationError
        If there is no such device.
    """
    chosen = _method(method)
    values = chosen.values_of(options)
    scales = cbf_scale(kappa, rho), cbv_scale(kappa, rho)
    place = resolve_device(device)
    tissue = as_curves(curves)
    sampling = as_sampling(times, tissue)
    arterial = sampling.arterial_input(aif, aif_times)
    maps = np.empty((5, tissue.shape[0]), dtype=np.float32)
    status = np.empty(tissue.shape[0], dtype=np.uint8)
    with single_threaded_products():
        works = [
            (PreparedDeconvolution.build(arterial, group_times, chosen, values, place), members)
            for group_times, members in sampling.groups
        ]

    def compute(chunk: _Chunk) -> None:
        deconvolution, members = chunk
        readings = deconvolution.readings(tissue.rows(members))
        _interpret(readings, deconvolution, members, *scales, maps, status)

    on_progress(0.0)
    if place.torch_device is None:
        for_each_chunk(compute, list(_chunks(works, _CHUNK)), on_progress)
    else:
        for chunk in reported(list(_chunks(works, _TORCH_CHUNK)), on_progress):
            compute(chunk)
    cbf, cbv, mtt, tmax, r_squared = maps
    return DeconvolutionResult(cbf, cbv, mtt, tmax, r_squared, status)


def _method(name: str) -> DeconvolutionMethod:
    if name not in DECONVOLUTIONS:
        raise ArgumentError(
            "method", f"method '{name}' is unknown", f"choose one of: {', '.join(DECONVOLUTIONS)}"
        )
    return DECONVOLUTIONS[name]


def _chunks(works: list[_Chunk], size: int) -> Iterator[_Chunk]:
    for deconvolution, members in works:
        for piece in pieces(members, size):
            yield deconvolution, piece


def _interpret(
    readings: NDArray[np.float32],
    deconvolution: PreparedDeconvolution,
    members: NDArray[np.intp],
    to_cbf: float,
    to_cbv: float,
    maps: NDArray[np.float32],
    status: NDArray[np.uint8],
) -> None:
    """Write what a chunk's readings mean, with zeros for dead tissue and the reasons."""
    from .kernels import response_maps as kernel

    require_finite_curves(readings[kernel.ENERGY])
    kernel.interpret(
        readings,
        members,
        deconvolution.interval,
        to_cbf,
        to_cbv / deconvolution.arterial_total,
        np.sqrt(deconvolution.n_frames),
        DETECTION_LIMIT,
        POOR_FIT_R_SQUARED,
        (int(FitStatus.OK), int(FitStatus.POOR_FIT), int(FitStatus.NO_ENHANCEMENT)),
        maps,
        status,
    )
