"""Mask morphology in millimetres, slice by slice.

Slices of a perfusion scan are five to ten times thicker than pixels are wide, so a ball in voxels means
nothing. All operations work in the plane of the slice with a disc of a given radius, through the exact
Euclidean distance transform, which costs the same for every radius.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

Mask = NDArray[np.bool_]
Spacing = tuple[float, float, float]


def dilated(mask: Mask, radius: float, spacing: Spacing) -> Mask:
    """Return `mask`, shape (Z, Y, X), grown by a disc of `radius` mm in each slice."""
    return _by_slice(mask, lambda plane: _distance(~plane, spacing) <= radius if plane.any() else plane)


def eroded(mask: Mask, radius: float, spacing: Spacing) -> Mask:
    """Return `mask`, shape (Z, Y, X), shrunk by a disc of `radius` mm, but not from the image border."""
    return _by_slice(mask, lambda plane: _distance(plane, spacing) > radius if not plane.all() else plane)


def closed(mask: Mask, radius: float, spacing: Spacing) -> Mask:
    """Return `mask`, shape (Z, Y, X), with gaps narrower than twice `radius` mm closed."""
    return eroded(dilated(mask, radius, spacing), radius, spacing) | mask


def filled(mask: Mask) -> Mask:
    """Return `mask`, shape (Z, Y, X), with the holes of each slice filled."""
    return _by_slice(mask, ndimage.binary_fill_holes)


def large_components(mask: Mask, fraction: float) -> Mask:
    """Return the face-connected 3D components of `mask` that hold at least `fraction` of the largest one."""
    labels, count = ndimage.label(mask)
    if count == 0:
        return mask
    sizes = np.bincount(labels.ravel())
    sizes[0] = 0
    return np.asarray((sizes >= max(1.0, fraction * sizes.max()))[labels])


def _distance(plane: Mask, spacing: Spacing) -> NDArray[np.float64]:
    return np.asarray(ndimage.distance_transform_edt(plane, sampling=(spacing[1], spacing[0])))


def _by_slice(mask: Mask, operation: Callable[[Mask], NDArray[np.bool_]]) -> Mask:
    return np.stack([operation(plane) for plane in mask])
