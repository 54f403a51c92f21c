"""How a scene opens: six linked axial views, baseline and maps, all on the same slice."""

from collections.abc import Mapping
from types import ModuleType
from typing import Any

from ..series.geometry import FloatArray, voxel_spacing
from .volumes import BASELINE_NAME

SHOWN = (BASELINE_NAME, "CBF", "CBV", "MTT", "Tmax", "rCBF_global")
"""Volumes from upper left to lower right."""

_VIEW_NAMES = ("Red", "Green", "Yellow", "Red+", "Green+", "Yellow+")  # of Slicer's layout "three over three"
_FIELD_OF_VIEW_MARGIN = 1.05


def arrange_views(
    slicer: ModuleType,
    scene: Any,
    volumes: Mapping[str, Any],
    ijk_to_ras: FloatArray,
    shape: tuple[int, int, int],
    slice_index: int,
) -> None:
    """Set up the layout and what each of its views shows.

    Parameters
    ----------
    slicer : module
    scene : vtkMRMLScene
    volumes : mapping of str to vtkMRMLScalarVolumeNode
        By name; views whose volume is missing stay empty.
    ijk_to_ras : ndarray, shape (4, 4)
    shape : tuple of int
        (Z, Y, X) of the volumes.
    slice_index : int
        The slice that all views show first.
    """
    layout_logic = slicer.vtkMRMLLayoutLogic()  # knows the layouts and makes the nodes of their views
    layout_logic.SetMRMLScene(scene)
    layout_logic.GetLayoutNode().SetViewArrangement(slicer.vtkMRMLLayoutNode.SlicerLayoutThreeOverThreeView)
    for view_name, volume_name in zip(_VIEW_NAMES, SHOWN, strict=True):
        volume = volumes.get(volume_name)
        if volume is not None:
            node = scene.GetSingletonNode(view_name, "vtkMRMLSliceNode")
            node.SetLayoutLabel(volume_name)
            _look_at(node, volume, ijk_to_ras, shape, slice_index)
            _show(scene, view_name, volume)


def _show(scene: Any, view_name: str, volume: Any) -> None:
    composite = scene.CreateNodeByClass("vtkMRMLSliceCompositeNode")
    composite.UnRegister(None)
    composite.SetSingletonTag(view_name)
    composite.SetName(view_name)
    composite.SetLayoutName(view_name)
    composite = scene.AddNode(composite)
    composite.SetBackgroundVolumeID(volume.GetID())
    composite.SetLinkedControl(True)


def _look_at(
    node: Any, volume: Any, ijk_to_ras: FloatArray, shape: tuple[int, int, int], slice_index: int
) -> None:
    """Turn a view into the plane of the slices and let the whole slice fit in."""
    _, rows, columns = shape
    column_step, row_step, slice_step = voxel_spacing(ijk_to_ras)
    size = _FIELD_OF_VIEW_MARGIN * max(columns * column_step, rows * row_step)
    centre = ijk_to_ras @ [(columns - 1) / 2, (rows - 1) / 2, slice_index, 1]
    node.SetViewGroup(0)  # all six move together
    node.SetOrientationToAxial()
    node.RotateToVolumePlane(volume)
    if node.GetOrientation() == "Reformat":  # a name that Slicer writes, but complains about when it reads it
        _name_orientation(node, "Acquired")
    node.SetFieldOfView(size, size, slice_step)
    node.SetDimensions(512, 512, 1)
    node.JumpSliceByCentering(*(float(coordinate) for coordinate in centre[:3]))


def _name_orientation(node: Any, name: str) -> None:
    """Make the present orientation of a slice view one of those that its menu offers."""
    import vtk

    to_ras = node.GetSliceToRAS()
    matrix = vtk.vtkMatrix3x3()
    for row in range(3):
        for column in range(3):
            matrix.SetElement(row, column, to_ras.GetElement(row, column))
    node.AddSliceOrientationPreset(name, matrix)
    node.SetOrientation(name)
