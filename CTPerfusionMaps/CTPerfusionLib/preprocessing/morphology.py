"""Mask morphology in millimetres, slice by slice.

Slices of a perfusion scan are five to ten times thicker than pixels are wide, so a ball in voxels means
nothing. All operations work in the plane of the slice with a disc of a given radius, exactly, and on all
cores.
"""

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from ..parallel import for_each_chunk
from ..progress import ignore_progress

Mask = NDArray[np.bool_]
Spacing = tuple[float, float, float]


def dilated(mask: Mask, radius: float, spacing: Spacing) -> Mask:
    """Return `mask`, shape (Z, Y, X), grown by a disc of `radius` mm in each slice."""
    from .kernels.morphology import reach_of_disc

    reached = np.empty(mask.shape, dtype=bool)

    def grow(index: int) -> None:
        reach_of_disc(mask[index], radius, spacing[1], spacing[0], reached[index])

    for_each_chunk(grow, range(len(mask)), ignore_progress)
    return reached


def eroded(mask: Mask, radius: float, spacing: Spacing) -> Mask:
    """Return `mask`, shape (Z, Y, X), shrunk by a disc of `radius` mm, but not from the image border."""
    return ~dilated(~mask, radius, spacing)


def closed(mask: Mask, radius: float, spacing: Spacing) -> Mask:
    """Return `mask`, shape (Z, Y, X), with gaps narrower than twice `radius` mm closed."""
    return eroded(dilated(mask, radius, spacing), radius, spacing) | mask


def filled(mask: Mask) -> Mask:
    """Return `mask`, shape (Z, Y, X), with the holes of each slice filled."""
    return np.stack([_filled_plane(plane) for plane in mask])


def large_components(mask: Mask, fraction: float) -> Mask:
    """Return the face-connected 3D components of `mask` that hold at least `fraction` of the largest one."""
    labels, count = ndimage.label(mask)
    if count == 0:
        return mask
    sizes = np.bincount(labels.ravel())
    sizes[0] = 0
    return np.asarray((sizes >= max(1.0, fraction * sizes.max()))[labels])


def _filled_plane(plane: NDArray[np.bool_]) -> NDArray[np.bool_]:
    labels, count = ndimage.label(~plane)
    outside = np.zeros(count + 1, dtype=bool)
    for border in (labels[0], labels[-1], labels[:, 0], labels[:, -1]):
        outside[border] = True
    outside[0] = False
    return np.asarray(~outside[labels])
