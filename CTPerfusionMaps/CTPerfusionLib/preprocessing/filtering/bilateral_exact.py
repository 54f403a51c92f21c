"""The joint bilateral filter by its definition: every neighbour with its own weight."""

import numpy as np
from numpy.typing import NDArray

from ...progress import ProgressCallback
from .neighbourhood import Neighbourhood
from .slice_window import SliceWindow


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
    from .kernels.bilateral import UNROLL, filter_rows

    window = SliceWindow(voxels, mask, guide, neighbourhood, UNROLL)
    target = voxels[:, :, *window.box]
    for block in window.row_blocks(on_progress):
        filter_rows(
            window.voxels, window.guide, block.slots, block.half_widths, neighbourhood.weights, range_sigma,
            window.mask[block.slice], block.first, block.last, target[:, block.slice],
        )  # fmt: skip
