"""Time-intensity profile similarity (TIPS) filter: neighbours count as far as their time curves agree."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...progress import ProgressCallback, ignore_progress, part_of
from ..noise import temporal_noise
from .neighbourhood import Neighbourhood
from .slice_window import NeighbouringSlices, SliceWindow
from .voxel_arrays import check_filter, copied


def tips_filter(
    voxels: NDArray[Any],
    spacing: tuple[float, float, float],
    *,
    mask: NDArray[np.bool_] | None = None,
    spatial_sigma: float = 3.0,
    profile_sigma: float | None = None,
    out: NDArray[np.float32] | None = None,
    on_progress: ProgressCallback = ignore_progress,
) -> NDArray[np.float32]:
    """Smooth all frames with weights that follow the similarity of time curves.

    Each voxel i of the mask becomes the mean of its neighbours j in the mask, at most `CUT_OFF` spatial SD
    away, with the weights exp(-|x_i - x_j|^2 / 2 spatial_sigma^2) exp(-z_ij^2 / 2 profile_sigma^2), where
    z_ij is the mean over time of (v_i(t) - v_j(t))^2. Two curves that differ by noise of SD s only have
    z = 2 s^2 on average, which is the width by default: their weight is exp(-1/2), and that of curves that
    differ by as much again exp(-2). s is measured inside the mask from second differences in time.

    Every pair of neighbours is compared in all frames, so it takes about twice the time of the exact joint
    bilateral filter; it is computed on the processor.

    Parameters
    ----------
    voxels : ndarray, shape (T, Z, Y, X)
        HU.
    spacing : tuple of float
        Voxel size (column step, row step, slice step) in mm.
    mask : ndarray of bool, shape (Z, Y, X), optional
        Everything by default.
    spatial_sigma : float
        mm.
    profile_sigma : float, optional
        HU^2; twice the variance of the noise by default.
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

    References
    ----------
    Mendrik et al., "TIPS bilateral noise reduction in 4D CT perfusion scans produces high-quality cerebral
    blood flow maps", Phys. Med. Biol. 56 (2011) 3857.
    """
    check_filter(voxels, spacing, (spatial_sigma, profile_sigma or 1.0), mask=mask)
    filtered = copied(voxels, out, part_of(on_progress, 0.0, 0.1))
    mask = np.ones(voxels.shape[1:], dtype=bool) if mask is None else mask
    if mask.any():
        width = 2 * temporal_noise(filtered, mask) ** 2 if profile_sigma is None else profile_sigma
        # Without any noise only equal curves are alike.
        width = max(width, float(np.finfo(np.float32).eps))
        rest = part_of(on_progress, 0.1, 1.0)
        _filter_in_place(filtered, mask, Neighbourhood(spacing, spatial_sigma), width, rest)
    on_progress(1.0)
    return filtered


def _filter_in_place(
    voxels: NDArray[np.float32],
    mask: NDArray[np.bool_],
    neighbourhood: Neighbourhood,
    width: float,
    on_progress: ProgressCallback,
) -> None:
    from .kernels.bilateral import UNROLL
    from .kernels.tips import filter_row_by_profile

    nowhere = np.zeros(mask.shape, dtype=np.float32)
    window = SliceWindow(voxels, mask, nowhere, neighbourhood, UNROLL)
    target = voxels[:, :, *window.box]

    def filter_one(around: NeighbouringSlices, row: int) -> None:
        filter_row_by_profile(
            window.voxels, window.guide, around.slots, around.half_widths, neighbourhood.weights, width,
            window.mask[around.slice], row, target[:, around.slice],
        )  # fmt: skip

    window.for_each_row(filter_one, on_progress)
