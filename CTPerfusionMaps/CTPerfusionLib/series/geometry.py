"""Voxel geometry: RAS matrices, spacing, and the borders to ITK (LPS).

An ``ijk_to_ras`` matrix, shape (4, 4), maps (column, row, slice, 1) to RAS mm. The array that it
belongs to is indexed in the opposite order, ``array[slice, row, column]``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import SimpleITK as sitk

FloatArray = NDArray[np.floating[Any]]

RAS_TO_LPS = np.diag([-1.0, -1.0, 1.0, 1.0])
"""Maps RAS to LPS coordinates and back (it is its own inverse)."""


def voxel_spacing(ijk_to_ras: FloatArray) -> tuple[float, float, float]:
    """Return the voxel size (column step, row step, slice step) in mm."""
    steps = np.linalg.norm(np.asarray(ijk_to_ras, dtype=float)[:3, :3], axis=0)
    return float(steps[0]), float(steps[1]), float(steps[2])


def voxel_volume_ml(ijk_to_ras: FloatArray) -> float:
    """Return the volume of one voxel in mL."""
    return float(abs(np.linalg.det(np.asarray(ijk_to_ras, dtype=float)[:3, :3]))) / 1000.0


def largest_shift(one: FloatArray, other: FloatArray, shape: tuple[int, int, int]) -> float:
    """Return how far two matrices put a corner voxel of one array apart at most, in mm.

    Parameters
    ----------
    one, other : ndarray, shape (4, 4)
        From (column, row, slice, 1) to RAS mm.
    shape : tuple of int
        Slices, rows and columns.
    """
    last = np.array(shape[::-1]) - 1.0
    corners = np.array([[*(last * which), 1.0] for which in np.ndindex(2, 2, 2)])
    apart = np.asarray(one, dtype=float) - np.asarray(other, dtype=float)
    return float(np.linalg.norm((corners @ apart.T)[:, :3], axis=1).max())


def to_itk(array: NDArray[Any], ijk_to_ras: FloatArray) -> sitk.Image:
    """Return a 3D array (slice, row, column) as a SimpleITK image placed in LPS space.

    Raises
    ------
    ValueError
        If `array` is not three-dimensional.
    """
    import SimpleITK as sitk

    if array.ndim != 3:
        raise ValueError(f"expected an array (slice, row, column), got {array.ndim} dimensions")
    ijk_to_lps = RAS_TO_LPS @ np.asarray(ijk_to_ras, dtype=float)
    spacing = voxel_spacing(ijk_to_ras)
    image = sitk.GetImageFromArray(array)
    image.SetSpacing(spacing)
    image.SetOrigin([float(value) for value in ijk_to_lps[:3, 3]])
    image.SetDirection([float(value) for value in (ijk_to_lps[:3, :3] / np.array(spacing)).ravel()])
    return image


def from_itk(image: sitk.Image) -> tuple[NDArray[Any], NDArray[np.float64]]:
    """Return a 3D SimpleITK image as (array (slice, row, column), ijk_to_ras (4, 4))."""
    import SimpleITK as sitk

    ijk_to_lps = np.eye(4)
    ijk_to_lps[:3, :3] = np.array(image.GetDirection()).reshape(3, 3) * np.array(image.GetSpacing())
    ijk_to_lps[:3, 3] = image.GetOrigin()
    return sitk.GetArrayFromImage(image), RAS_TO_LPS @ ijk_to_lps
