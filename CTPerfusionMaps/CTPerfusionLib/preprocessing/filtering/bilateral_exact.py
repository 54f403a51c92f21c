"""The joint bilateral filter by its definition: every neighbour with its own weight."""

import numpy as np
from numpy.typing import NDArray

from ...progress import ProgressCallback
from .neighbourhood import Neighbourhood
from .slice_window import NeighbouringSlices, SliceWindow


def filter_exactly(
    voxels: NDArray[np.float32],
    mask: NDArray[np.bool_],
    guide: NDArray[np.float32],
    neighbourhood: Neighbourhood,
    range_sigma: float,
    on_progress: ProgressCallback,
) -> None:
    """Filter the voxels of the mask in place.

    Parameters
    ----------
    voxels : ndarray of float32, shape (T, Z, Y, X)
        HU.
    mask : ndarray of bool, shape (Z, Y, X)
        Not empty.
    guide : ndarray of float32, shape (Z, Y, X)
        HU, clamped.
    neighbourhood : Neighbourhood
    range_sigma : float
        HU.
    on_progress : callable
    """
    from .kernels.bilateral import UNROLL, filter_row

    window = SliceWindow(voxels, mask, guide, neighbourhood, UNROLL)
    target = voxels[:, :, *window.box]

    def filter_one(around: NeighbouringSlices, row: int) -> None:
        filter_row(
            window.voxels, window.guide, around.slots, around.half_widths, neighbourhood.weights, range_sigma,
            window.mask[around.slice], row, target[:, around.slice],
        )  # fmt: skip

    window.for_each_row(filter_one, on_progress)
