"""The arrays that all noise filters take and give: one check, one copy."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...parallel import for_each_chunk
from ...progress import ProgressCallback


def check_filter(
    voxels: NDArray[Any],
    spacing: tuple[float, float, float],
    widths: tuple[float, ...],
    **volumes: NDArray[Any] | None,
) -> None:
    """Check what a filter is given: voxels (T, Z, Y, X) and volumes (Z, Y, X) that belong to them.

    Raises
    ------
    ValueError
        If shapes do not belong together or a width or the spacing is not positive.
    """
    if voxels.ndim != 4:
        raise ValueError(f"voxels must be (time, slice, row, column), got shape {voxels.shape}")
    for name, volume in volumes.items():
        if volume is not None and volume.shape != voxels.shape[1:]:
            raise ValueError(f"{name} {volume.shape} must have the shape {voxels.shape[1:]}")
    if min(*widths, *spacing) <= 0:
        raise ValueError("the widths of the filter and the spacing must be positive")


def copied(
    voxels: NDArray[Any], out: NDArray[np.float32] | None, on_progress: ProgressCallback
) -> NDArray[np.float32]:
    """Return voxels (T, Z, Y, X) as float32 in C order in `out`, or in a new array.

    Nothing is copied where `out` is `voxels` itself.

    Raises
    ------
    ValueError
        If `out` has another shape, type or order of memory.
    """
    if out is voxels:
        return _usable(voxels, voxels.shape)
    result = np.empty(voxels.shape, dtype=np.float32) if out is None else _usable(out, voxels.shape)

    def copy(frame: int) -> None:
        result[frame] = voxels[frame]

    for_each_chunk(copy, range(len(voxels)), on_progress)
    return result


def _usable(out: NDArray[Any], shape: tuple[int, ...]) -> NDArray[np.float32]:
    if out.shape != shape or out.dtype != np.float32 or not out.flags.c_contiguous:
        raise ValueError(f"out must be a float32 array in C order of shape {shape}")
    return out
