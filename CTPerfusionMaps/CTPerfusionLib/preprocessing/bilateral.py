"""Joint bilateral filter: one edge-preserving smoothing for all frames, guided by their mean."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..progress import ProgressCallback, ignore_progress

FloatArray = NDArray[np.float32]

GUIDE_LIMITS = (-60.0, 260.0)
"""HU; the guide is clamped to these so that metal and bone are edges like any other."""

CUT_OFF = 2.5
"""Neighbours farther than this many spatial SD are left out: 4 % of the weight in a plane."""

_OUTSIDE = np.float32(1e4)
_ROWS_PER_CALL = 32


def joint_bilateral_filter(
    voxels: NDArray[Any],
    spacing: tuple[float, float, float],
    *,
    mask: NDArray[np.bool_] | None = None,
    guide: NDArray[Any] | None = None,
    spatial_sigma: float = 3.0,
    range_sigma: float = 20.0,
    on_progress: ProgressCallback = ignore_progress,
) -> FloatArray:
    """Smooth all frames with weights that follow the anatomy of the guide.

    Each voxel i of the mask becomes the mean of its neighbours j in the mask with the weights
    exp(-|x_i - x_j|^2 / 2 spatial_sigma^2) exp(-(g_i - g_j)^2 / 2 range_sigma^2), where the distance is
    three-dimensional in mm and g is the guide clamped to `GUIDE_LIMITS`. The weights are the same in every
    frame, so the filter is linear in the voxels and can't distort a time curve that neighbours share. Voxels
    outside the mask neither change nor contribute: skull and air can't leak into the brain.

    Parameters
    ----------
    voxels : ndarray, shape (T, Z, Y, X)
        HU.
    spacing : tuple of float
        Voxel size (column step, row step, slice step) in mm.
    mask : ndarray of bool, shape (Z, Y, X), optional
        What to filter; everything by default.
    guide : ndarray, shape (Z, Y, X), optional
        HU; the mean of the frames by default.
    spatial_sigma : float
        mm.
    range_sigma : float
        HU.
    on_progress : callable

    Returns
    -------
    ndarray of float32, shape (T, Z, Y, X)

    Raises
    ------
    ValueError
        If shapes do not belong together or a width is not positive.

    References
    ----------
    Petschnigg et al., "Digital photography with flash and no-flash image pairs", ACM Trans. Graph. 2004
    (joint bilateral filter); widths and guide as in Gava et al., Front. Neuroinform. 2023.
    """
    if voxels.ndim != 4:
        raise ValueError(f"voxels must be (time, slice, row, column), got shape {voxels.shape}")
    if mask is None:
        mask = np.ones(voxels.shape[1:], dtype=bool)
    if guide is None:
        guide = voxels.mean(axis=0, dtype=np.float32)
    if mask.shape != voxels.shape[1:] or guide.shape != voxels.shape[1:]:
        raise ValueError(f"mask {mask.shape} and guide {guide.shape} must have the shape {voxels.shape[1:]}")
    if min(spatial_sigma, range_sigma, *spacing) <= 0:
        raise ValueError("the widths of the filter and the spacing must be positive")
    filtered = voxels.astype(np.float32)
    if mask.any():
        window = _SliceWindow(voxels, mask, guide, _Neighbourhood(spacing, spatial_sigma))
        window.filter_into(filtered, range_sigma, on_progress)
    on_progress(1.0)
    return filtered


class _Neighbourhood:
    """Spatial weights within the cut-off, and how far each row of neighbours reaches."""

    def __init__(self, spacing: tuple[float, float, float], sigma: float) -> None:
        radius = CUT_OFF * sigma
        self.reach_x, self.reach_y, self.reach_z = (int(radius / step) for step in spacing)
        z = np.arange(-self.reach_z, self.reach_z + 1)[:, None, None] * spacing[2]
        y = np.arange(-self.reach_y, self.reach_y + 1)[:, None] * spacing[1]
        x = np.arange(-self.reach_x, self.reach_x + 1) * spacing[0]
        squared_distance = x**2 + y**2 + z**2
        inside = squared_distance <= radius**2
        self.weights = np.where(inside, np.exp(-squared_distance / (2 * sigma**2)), 0.0).astype(np.float32)
        self.half_widths = np.where(inside.any(axis=2), (np.count_nonzero(inside, axis=2) - 1) // 2, -1)


class _SliceWindow:
    """The slices around the one that is filtered, in the memory order of the compiled loop.

    Only these few are copied, cut to the bounding box of the mask; a slice that comes into reach takes the
    place of the one that has left it.
    """

    def __init__(
        self,
        voxels: NDArray[Any],
        mask: NDArray[np.bool_],
        guide: NDArray[Any],
        neighbourhood: _Neighbourhood,
    ) -> None:
        from .kernels.bilateral import UNROLL

        self._box = _bounding_box(mask)
        self._voxels = voxels[:, :, *self._box]
        self._mask = np.ascontiguousarray(mask[:, *self._box])
        self._guide = guide[:, *self._box]
        self._neighbourhood = neighbourhood
        self._n_slots = 2 * neighbourhood.reach_z + 1
        n_frames, _, rows, columns = self._voxels.shape
        padded_rows = rows + 2 * neighbourhood.reach_y
        padded_columns = columns + 2 * neighbourhood.reach_x + UNROLL
        self._window = np.zeros((self._n_slots, padded_rows, n_frames, padded_columns), dtype=np.float32)
        self._padded_guide = np.full((self._n_slots, padded_rows, padded_columns), _OUTSIDE)

    def filter_into(self, filtered: FloatArray, range_sigma: float, on_progress: ProgressCallback) -> None:
        """Filter every slice and write the result into `filtered`, inside the mask."""
        from .kernels.bilateral import filter_rows

        target = filtered[:, :, *self._box]
        spatial = self._neighbourhood.weights
        n_slices, rows = self._mask.shape[:2]
        loaded = 0
        for middle in range(n_slices):
            on_progress(middle / n_slices)
            while loaded < min(n_slices, middle + self._neighbourhood.reach_z + 1):
                self._load(loaded)
                loaded += 1
            slots, half_widths = self._slices_around(middle)
            for first in range(0, rows, _ROWS_PER_CALL):
                on_progress((middle + first / rows) / n_slices)
                last = min(first + _ROWS_PER_CALL, rows)
                filter_rows(
                    self._window, self._padded_guide, slots, half_widths, spatial, range_sigma,
                    self._mask[middle], first, last, target[:, middle],
                )  # fmt: skip

    def _load(self, slice_index: int) -> None:
        slot = slice_index % self._n_slots
        mask = self._mask[slice_index]
        rows = slice(self._neighbourhood.reach_y, self._neighbourhood.reach_y + mask.shape[0])
        columns = slice(self._neighbourhood.reach_x, self._neighbourhood.reach_x + mask.shape[1])
        inside = np.where(mask, self._voxels[:, slice_index], 0)
        self._window[slot, rows, :, columns] = inside.transpose(1, 0, 2)
        self._padded_guide[slot, rows, columns] = np.where(
            mask, np.clip(self._guide[slice_index], *GUIDE_LIMITS), _OUTSIDE
        )

    def _slices_around(self, middle: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        reach = self._neighbourhood.reach_z
        slices = np.arange(middle - reach, middle + reach + 1)
        absent = (slices < 0) | (slices >= len(self._mask))
        half_widths = np.where(absent[:, None], -1, self._neighbourhood.half_widths)
        return slices % self._n_slots, half_widths


def _bounding_box(mask: NDArray[np.bool_]) -> tuple[slice, slice]:
    rows = np.flatnonzero(mask.any(axis=(0, 2)))
    columns = np.flatnonzero(mask.any(axis=(0, 1)))
    return slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)
