"""The masks of segments, as they are after the user edited them."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import ConfigurationError
from ..io.segmentation import segment_kinds
from ..series.geometry import FloatArray
from .geometry import matrix_to_world
from .headless import import_slicer
from .vtk_arrays import numpy_matrix, values_of, vtk_matrix

_SAME_GRID = 1e-3
"""Voxels by which a labelmap may be off the grid of the maps and still be taken as it is."""


def masks_of(
    segmentation: Any, ijk_to_ras: FloatArray, shape: tuple[int, int, int]
) -> Mapping[str, NDArray[np.bool_]]:
    """Return the masks of core, penumbra and hypoperfusion on a grid.

    Parameters
    ----------
    segmentation : vtkMRMLSegmentationNode
    ijk_to_ras : ndarray, shape (4, 4)
        Of the grid. A labelmap on another grid is resampled to it, nearest voxel.
    shape : tuple of int
        (Z, Y, X) of the grid.

    Returns
    -------
    mapping of str to ndarray of bool, shape (Z, Y, X)
        By identifier; segments that the user deleted are left out.

    Raises
    ------
    ConfigurationError
        If the segmentation is under a transform that is not linear.
    """
    to_world = _to_world(segmentation)
    matrix = np.asarray(ijk_to_ras, dtype=float)
    present = [
        kind for kind in segment_kinds() if segmentation.GetSegmentation().GetSegment(kind) is not None
    ]
    return {kind: _mask(_labelmap(segmentation, kind, to_world), matrix, shape) for kind in present}


def is_mask_of(segmentation: Any, identifier: str, ijk_to_ras: FloatArray, mask: NDArray[np.bool_]) -> bool:
    """Whether a segment is there and has exactly this mask, shape (Z, Y, X)."""
    if segmentation.GetSegmentation().GetSegment(identifier) is None:
        return False
    labelmap = _labelmap(segmentation, identifier, _to_world(segmentation))
    if labelmap is None:
        return not mask.any()
    if np.count_nonzero(values_of(labelmap)) != np.count_nonzero(mask):
        return False  # nearly always, and at no cost
    return np.array_equal(_mask(labelmap, np.asarray(ijk_to_ras, dtype=float), mask.shape), mask)


def _to_world(segmentation: Any) -> NDArray[np.float64]:
    to_world = matrix_to_world(segmentation)
    if to_world is None:
        raise ConfigurationError(
            f"The segmentation {segmentation.GetName()} is under a transform that is not linear",
            "take it out of the transform, or harden the transform",
        )
    return to_world


def _labelmap(segmentation: Any, identifier: str, to_world: NDArray[np.float64]) -> Any | None:
    """Return the labelmap of one segment in the world, None where it is empty."""
    import vtk

    labelmap = import_slicer().vtkOrientedImageData()
    found = segmentation.GetBinaryLabelmapRepresentation(identifier, labelmap)
    if not found or labelmap.IsEmpty():
        return None
    matrix = vtk.vtkMatrix4x4()
    labelmap.GetImageToWorldMatrix(matrix)
    labelmap.SetImageToWorldMatrix(vtk_matrix(to_world @ numpy_matrix(matrix)))
    return labelmap


def _mask(labelmap: Any | None, ijk_to_ras: NDArray[np.float64], shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """Return a labelmap on a grid."""
    import vtk

    mask = np.zeros(shape, dtype=bool)
    if labelmap is None:
        return mask
    matrix = vtk.vtkMatrix4x4()
    labelmap.GetImageToWorldMatrix(matrix)
    to_grid = np.linalg.solve(ijk_to_ras, numpy_matrix(matrix))
    on_grid = np.eye(4)
    on_grid[:3, 3] = np.round(to_grid[:3, 3])
    if np.abs((to_grid - on_grid) @ np.diag([*shape[::-1], 1.0])).max() > _SAME_GRID:
        return _resampled(labelmap, ijk_to_ras, shape)
    _copy_overlap(mask, labelmap, on_grid[:3, 3].astype(int))
    return mask


def _copy_overlap(mask: NDArray[np.bool_], labelmap: Any, offset: NDArray[np.int_]) -> None:
    """Copy a labelmap whose voxel (0, 0, 0) is the voxel `offset` (column, row, slice) of the mask's grid."""
    values = values_of(labelmap) > 0
    starts = np.array(labelmap.GetExtent()[::2]) + offset
    target, origin = [], []
    for start, length, size in zip(starts[::-1], values.shape, mask.shape, strict=True):
        low, high = max(start, 0), max(min(start + length, size), max(start, 0))
        target.append(slice(low, high))
        origin.append(slice(low - start, high - start))
    mask[tuple(target)] = values[tuple(origin)]


def _resampled(labelmap: Any, ijk_to_ras: NDArray[np.float64], shape: tuple[int, ...]) -> NDArray[np.bool_]:
    slicer = import_slicer()
    slices, rows, columns = shape
    reference, result = slicer.vtkOrientedImageData(), slicer.vtkOrientedImageData()
    reference.SetExtent(0, columns - 1, 0, rows - 1, 0, slices - 1)
    reference.SetImageToWorldMatrix(vtk_matrix(ijk_to_ras))
    slicer.vtkOrientedImageDataResample.ResampleOrientedImageToReferenceOrientedImage(
        labelmap, reference, result, False
    )
    return np.array(values_of(result) > 0)
