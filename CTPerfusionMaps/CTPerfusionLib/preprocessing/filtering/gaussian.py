"""Gaussian smoothing inside a mask: the joint bilateral filter without its guide."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...devices import Device, resolve_device
from ...progress import ProgressCallback, ignore_progress, part_of
from .bilateral_fast import filter_by_grid
from .grid_plan import grid_plan
from .neighbourhood import Neighbourhood
from .range_terms import RangeTerms
from .voxel_arrays import check_filter, copied


def gaussian_filter(
    voxels: NDArray[Any],
    spacing: tuple[float, float, float],
    *,
    mask: NDArray[np.bool_] | None = None,
    sigma: float = 3.0,
    device: str | Device = "cpu",
    out: NDArray[np.float32] | None = None,
    on_progress: ProgressCallback = ignore_progress,
) -> NDArray[np.float32]:
    """Smooth all frames by a separable Gaussian that sees the mask only.

    Each voxel of the mask becomes the mean of its neighbours in the mask, at most `CUT_OFF` SD away, weighted
    by exp(-d^2 / 2 sigma^2) of their distance in mm (normalised convolution), computed on coarse cells like
    the fast joint bilateral filter. Voxels outside the mask neither change nor contribute.

    Parameters
    ----------
    voxels : ndarray, shape (T, Z, Y, X)
        HU.
    spacing : tuple of float
        Voxel size (column step, row step, slice step) in mm.
    mask : ndarray of bool, shape (Z, Y, X), optional
        Everything by default.
    sigma : float
        mm.
    device : str or Device
        A name in :data:`DEVICES`, or ``auto``.
    out : ndarray of float32, shape (T, Z, Y, X), optional
        Receives the result; may be `voxels` itself.
    on_progress : callable

    Returns
    -------
    ndarray of float32, shape (T, Z, Y, X)
        `out`, or a new array.

    Raises
    ------
    ValueError
        If shapes do not belong together or a width is not positive.
    ConfigurationError
        If there is no such device.

    References
    ----------
    Knutsson and Westin, "Normalized and differential convolution", CVPR 1993; for CT perfusion, Wack et al.,
    BMC Med. Imaging 14 (2014) 28.
    """
    place = resolve_device(device)
    check_filter(voxels, spacing, (sigma,), mask=mask)
    filtered = copied(voxels, out, part_of(on_progress, 0.0, 0.1))
    mask = np.ones(voxels.shape[1:], dtype=bool) if mask is None else mask
    if mask.any():
        alike = RangeTerms(np.ones((1, 2), dtype=np.float32), lowest=0.0, step=1.0, error=0.0)
        guide = np.zeros(mask.shape, dtype=np.float32)
        plan = grid_plan(mask, guide, alike, Neighbourhood(spacing, sigma), spacing, sigma)
        filter_by_grid(filtered, plan, place, part_of(on_progress, 0.1, 1.0))
    on_progress(1.0)
    return filtered
