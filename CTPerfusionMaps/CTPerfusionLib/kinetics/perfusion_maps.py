"""Perfusion maps: the parameters of all tissue voxels, back on their grid."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from ..errors import ConfigurationError
from ..progress import ProgressCallback, ignore_progress, part_of
from .devices import resolve_device
from .methods import METHODS, TmaxDefinition
from .status import FitStatus


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
        outside the analysed tissue; CBF = CBV = 0 with NaN timing where nothing enhances measurably.
    quality : mapping of str to ndarray of float32
        ``r_squared`` and, where the method knows them, ``standard_error_CBF`` and so on in the map's unit.
    status : ndarray of uint8
        :class:`FitStatus`.
    method : str
        Name in :data:`METHODS`.
    tmax_definition : TmaxDefinition
    """

    maps: Mapping[str, NDArray[np.float32]]
    quality: Mapping[str, NDArray[np.float32]]
    status: NDArray[np.uint8]
    method: str
    tmax_definition: TmaxDefinition


def compute_maps(
    enhancement: NDArray[np.floating[Any]],
    times: NDArray[np.float64],
    mask: NDArray[np.bool_],
    aif: ArterialCurve,
    *,
    method: str = "nlr",
    device: str = "auto",
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
    method : str
        A name in :data:`METHODS`.
    device : str
        A name in :data:`DEVICES`, or ``auto``.
    on_progress : callable

    Returns
    -------
    PerfusionMaps

    Raises
    ------
    ConfigurationError
        If there is no such method or device.
    ValueError
        If shapes do not match or the AIF does not enhance.
    """
    if method not in METHODS:
        raise ConfigurationError(
            f"There is no kinetic method '{method}'", f"choose one of: {', '.join(METHODS)}"
        )
    resolved_device = resolve_device(device)
    _check_shapes(enhancement, times, mask)
    kinetic_method = METHODS[method]
    maps = {name: np.full(mask.shape, np.nan, dtype=np.float32) for name in kinetic_method.maps}
    quality = {name: np.full(mask.shape, np.nan, dtype=np.float32) for name in kinetic_method.quality}
    status = np.full(mask.shape, FitStatus.OUTSIDE, dtype=np.uint8)
    n_voxels = max(int(np.count_nonzero(mask)), 1)
    n_done = 0
    on_progress(0.0)
    for group_times, voxels in _groups_of_equal_times(times, mask):
        share = part_of(on_progress, n_done / n_voxels, (n_done + len(voxels)) / n_voxels)
        curves = _curves_at(enhancement, voxels)
        values = kinetic_method.compute(
            curves, group_times, aif.enhancement, aif.times, resolved_device, share
        )
        for name, image in maps.items():
            image.flat[voxels] = values.maps[name]
        for name, image in quality.items():
            image.flat[voxels] = values.quality[name]
        status.flat[voxels] = values.status
        n_done += len(voxels)
    on_progress(1.0)
    return PerfusionMaps(maps, quality, status, method, kinetic_method.tmax_definition)


def _check_shapes(
    enhancement: NDArray[np.floating[Any]], times: NDArray[np.float64], mask: NDArray[np.bool_]
) -> None:
    if enhancement.ndim != 4 or mask.shape != enhancement.shape[1:]:
        raise ValueError(f"enhancement of shape {enhancement.shape} does not match a mask of {mask.shape}")
    if times.shape not in (enhancement.shape[:1], enhancement.shape[:2]):
        raise ValueError(f"times of shape {times.shape} do not match enhancement of {enhancement.shape}")


def _groups_of_equal_times(
    times: NDArray[np.float64], mask: NDArray[np.bool_]
) -> Iterator[tuple[NDArray[np.float64], NDArray[np.intp]]]:
    """Yield distinct sampling times (T,) with the flat indices of the mask's voxels in slices sampled so."""
    voxels = np.flatnonzero(mask)
    if times.ndim == 1:
        yield times, voxels
        return
    slice_of_voxel = voxels // (mask.shape[1] * mask.shape[2])
    distinct, group_of_slice = np.unique(times, axis=1, return_inverse=True)
    group_of_voxel = group_of_slice.ravel()[slice_of_voxel]
    for group, group_times in enumerate(distinct.T):
        members = voxels[group_of_voxel == group]
        if len(members):
            yield group_times, members


def _curves_at(enhancement: NDArray[np.floating[Any]], voxels: NDArray[np.intp]) -> NDArray[np.float32]:
    """Return the curves (N, T) at flat voxel indices, a view of a (T, N) array."""
    frames = np.empty((len(enhancement), len(voxels)), dtype=np.float32)
    for frame, values in zip(enhancement, frames, strict=True):
        values[:] = frame.reshape(-1)[voxels]
    return frames.T
