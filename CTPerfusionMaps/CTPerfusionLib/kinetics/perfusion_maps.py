"""Perfusion maps: the parameters of all tissue voxels, back on their grid."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from ..devices import Device, resolve_device
from ..parallel import for_each_chunk
from ..progress import ProgressCallback, ignore_progress, part_of
from ..series import TmaxDefinition
from .curves import VolumeCurves
from .kinetic_method import KineticInput, KineticMethod
from .measurability import too_noisy
from .preset_store import find_method
from .sampling import Sampling
from .status import FitStatus

_CHECKED = 16384
"""Voxels that are looked at together for values that are no numbers."""

_CHECKING_SHARE = 0.05
"""Part of the time that this takes, for the progress."""

_ENHANCING = (FitStatus.OK, FitStatus.POOR_FIT, FitStatus.AT_BOUND)


class ArterialCurve(Protocol):
    """What is needed of the arterial input function; a ``vessels.VesselCurve`` is one."""

    @property
    def times(self) -> NDArray[np.float64]:
        """Seconds, shape (n,)."""

    @property
    def enhancement(self) -> NDArray[np.float64]:
        """HU above baseline, shape (n,)."""


@dataclass(frozen=True, eq=False)
class PerfusionMaps:
    """Maps on the grid of the series; every array has the shape (Z, Y, X).

    Attributes
    ----------
    maps : mapping of str to ndarray of float32
        CBF (mL/100 g/min), CBV (mL/100 g) and MTT, TTP, Tmax, Delay (s) as far as the method gives them. NaN
        outside the analysed tissue and where the curve does not tell; CBF = CBV = 0 with NaN timing where
        nothing enhances measurably.
    quality : mapping of str to ndarray of float32
        ``r_squared`` and, where the method knows them, ``standard_error_CBF`` and so on in the map's unit.
    status : ndarray of uint8
        :class:`FitStatus`.
    method : str
        Name of the :class:`MapMethod` that gave them.
    tmax_definition : TmaxDefinition
    device : Device
        Where they were computed.
    offset_marginalised : bool
        Whether the zero of the curves was left open to the fit.
    learned : mapping of str to float
        What the method learned from all curves together.
    """

    maps: Mapping[str, NDArray[np.float32]]
    quality: Mapping[str, NDArray[np.float32]]
    status: NDArray[np.uint8]
    method: str
    tmax_definition: TmaxDefinition
    device: Device
    offset_marginalised: bool
    learned: Mapping[str, float]


def compute_maps(
    enhancement: NDArray[np.floating[Any]],
    times: NDArray[np.float64],
    mask: NDArray[np.bool_],
    aif: ArterialCurve,
    *,
    method: str | KineticMethod = "bayes",
    device: str = "auto",
    marginalise_offset: bool = False,
    on_progress: ProgressCallback = ignore_progress,
) -> PerfusionMaps:
    """Compute the perfusion maps of all voxels in a mask.

    Parameters
    ----------
    enhancement : ndarray, shape (T, Z, Y, X)
        HU above baseline, float32 to avoid copies.
    times : ndarray, shape (T,) or (T, Z)
        Seconds; per slice where slices were acquired at different times.
    mask : ndarray of bool, shape (Z, Y, X)
        Tissue to analyse.
    aif : VesselCurve
        Arterial input function; anything with ``times`` and ``enhancement``.
    method : str or KineticMethod
        The name of one, see :func:`available_methods`, or one itself.
    device : str
        A name in :data:`DEVICES`, or ``auto``.
    marginalise_offset : bool
        Whether the baseline is too short to know the zero of the curves. Methods that fit a model then leave
        it open; those that take CBV from areas need it and use the curves as they are.
    on_progress : callable

    Returns
    -------
    PerfusionMaps
        A voxel whose curve is not finite has the status NOT_FINITE and NaN in every map, one without
        enhancement whose curve is much noisier than the others TOO_NOISY likewise.

    Raises
    ------
    ConfigurationError
        If there is no such method or device.
    ValueError
        If shapes do not match or the AIF does not enhance.
    """
    kinetic_method = method if isinstance(method, KineticMethod) else find_method(method)
    resolved_device = resolve_device(device)
    _check_shapes(enhancement, times, mask)
    leave_open = marginalise_offset and not kinetic_method.cbv_from_areas
    maps = {name: np.full(mask.shape, np.nan, dtype=np.float32) for name in kinetic_method.maps}
    quality = {name: np.full(mask.shape, np.nan, dtype=np.float32) for name in kinetic_method.quality}
    status = np.full(mask.shape, FitStatus.OUTSIDE, dtype=np.uint8)
    on_progress(0.0)
    inside = np.flatnonzero(mask)
    finite = _finite(enhancement, inside, part_of(on_progress, 0.0, _CHECKING_SHARE))
    status.flat[inside[~finite]] = FitStatus.NOT_FINITE
    voxels = inside[finite]
    values = kinetic_method.compute(
        KineticInput(
            VolumeCurves(enhancement, voxels),
            _sampling(times, voxels, mask.shape),
            aif.enhancement,
            aif.times,
            resolved_device,
            leave_open,
            part_of(on_progress, _CHECKING_SHARE, 1.0),
        )
    )
    for name, image in maps.items():
        image.flat[voxels] = values.maps[name]
    for name, image in quality.items():
        image.flat[voxels] = values.quality[name]
    status.flat[voxels] = values.status
    _withdraw_noisy(enhancement, status, {**maps, **quality})
    on_progress(1.0)
    return PerfusionMaps(
        maps,
        quality,
        status,
        kinetic_method.name,
        kinetic_method.tmax_definition,
        resolved_device,
        offset_marginalised=leave_open,
        learned=values.learned,
    )


def _withdraw_noisy(
    enhancement: NDArray[np.floating[Any]],
    status: NDArray[np.uint8],
    images: Mapping[str, NDArray[np.float32]],
) -> None:
    """Take back that nothing enhances where a curve is too noisy to say so."""
    dead = np.flatnonzero(status == FitStatus.NO_ENHANCEMENT)
    enhancing = np.flatnonzero(np.isin(status, _ENHANCING))
    noisy = dead[too_noisy(enhancement, dead, enhancing, images["r_squared"].flat[enhancing])]
    status.flat[noisy] = FitStatus.TOO_NOISY
    for image in images.values():
        image.flat[noisy] = np.nan


def _check_shapes(
    enhancement: NDArray[np.floating[Any]], times: NDArray[np.float64], mask: NDArray[np.bool_]
) -> None:
    if enhancement.ndim != 4 or mask.shape != enhancement.shape[1:]:
        raise ValueError(f"enhancement of shape {enhancement.shape} does not match a mask of {mask.shape}")
    if times.shape not in (enhancement.shape[:1], enhancement.shape[:2]):
        raise ValueError(f"times of shape {times.shape} do not match enhancement of {enhancement.shape}")


def _finite(
    enhancement: NDArray[np.floating[Any]], voxels: NDArray[np.intp], on_progress: ProgressCallback
) -> NDArray[np.bool_]:
    """Say of each voxel, by its flat index, whether its whole curve is finite."""
    finite = np.ones(len(voxels), dtype=bool)

    def look_at(chunk: slice) -> None:
        for frame in enhancement:
            finite[chunk] &= np.isfinite(frame.reshape(-1)[voxels[chunk]])

    chunks = [slice(start, start + _CHECKED) for start in range(0, len(voxels), _CHECKED)]
    for_each_chunk(look_at, chunks, on_progress)
    return finite


def _sampling(times: NDArray[np.float64], voxels: NDArray[np.intp], shape: tuple[int, ...]) -> Sampling:
    """Return the sampling of voxels, by their flat indices, in slices that may have their own times."""
    if times.ndim == 1:
        return Sampling(((times, np.arange(len(voxels))),))
    distinct, group_of_slice = np.unique(times, axis=1, return_inverse=True)
    group_of_voxel = group_of_slice.ravel()[voxels // (shape[1] * shape[2])]
    groups = (
        (np.ascontiguousarray(group_times), np.flatnonzero(group_of_voxel == group))
        for group, group_times in enumerate(distinct.T)
    )
    return Sampling(tuple((group_times, members) for group_times, members in groups if len(members)))
