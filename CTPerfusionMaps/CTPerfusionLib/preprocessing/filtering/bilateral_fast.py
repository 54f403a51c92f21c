"""The joint bilateral filter as a few blurs on coarse cells, on all cores or by torch."""

from collections import deque

import numpy as np
from numpy.typing import NDArray

from ...devices import Device
from ...parallel import for_each_chunk
from ...progress import ProgressCallback
from .grid_plan import CellScratch, GridPlan, filter_frames

_SLICES_PER_CHUNK = 32
"""Slices of all frames that are filtered together: a few ms, and the basis is read once for all of them."""


def filter_by_grid(
    voxels: NDArray[np.float32], plan: GridPlan, device: Device, on_progress: ProgressCallback
) -> None:
    """Filter the voxels of the mask in place.

    Parameters
    ----------
    voxels : ndarray of float32, shape (T, Z, Y, X)
        HU, C order.
    plan : GridPlan
    device : Device
    on_progress : callable
    """
    if device.torch_device is not None:
        from .bilateral_torch import filter_by_torch

        filter_by_torch(voxels, plan, device.torch_device, on_progress)
    else:
        _filter_compiled(voxels, plan, on_progress)


def _filter_compiled(voxels: NDArray[np.float32], plan: GridPlan, on_progress: ProgressCallback) -> None:
    n_frames, n_slices = voxels.shape[:2]
    size = max(1, _SLICES_PER_CHUNK // n_slices)
    unused: deque[CellScratch] = deque()

    def filter_chunk(first: int) -> None:
        try:
            scratch = unused.pop()
        except IndexError:
            scratch = CellScratch(plan, size)
        frames = slice(first, first + size)
        filter_frames(plan, voxels[frames], voxels[frames], scratch)
        unused.append(scratch)

    for_each_chunk(filter_chunk, range(0, n_frames, size), on_progress)
