"""Core, penumbra and hypoperfusion as a segmentation node."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..io.segmentation import lesion_segments, write_segmentation
from ..series.geometry import FloatArray

SEGMENTATION_NAME = "Core and penumbra"


def add_segmentation(
    scene: Any, masks: Mapping[str, NDArray[np.bool_]], ijk_to_ras: FloatArray, source: Any, folder: Path
) -> Any:
    """Add the segments as outlines over `source` and return their node.

    The segments go through the file that a run writes anyway, so that scene and file cannot differ.

    Parameters
    ----------
    scene : vtkMRMLScene
    masks : mapping of str to ndarray of bool, shape (Z, Y, X)
    ijk_to_ras : ndarray, shape (4, 4)
    source : vtkMRMLScalarVolumeNode
        The image that was segmented.
    folder : Path
        For the file while it is read.
    """
    path = folder / "core_penumbra.seg.nrrd"
    slices, rows, columns = next(iter(masks.values())).shape
    write_segmentation(path, lesion_segments(masks), ijk_to_ras, (slices, rows, columns))
    node = scene.AddNewNodeByClass("vtkMRMLSegmentationNode", SEGMENTATION_NAME)
    node.AddDefaultStorageNode()
    storage = node.GetStorageNode()
    storage.SetFileName(str(path))
    storage.ReadData(node)
    node.SetReferenceImageGeometryParameterFromVolumeNode(source)
    node.CreateDefaultDisplayNodes()
    display = node.GetDisplayNode()
    display.SetAllSegmentsVisibility2DFill(False)
    display.SetAllSegmentsVisibility2DOutline(True)
    display.SetSliceIntersectionThickness(2)
    return node
