"""Volumes in a scene: the baseline image in the brain window, maps in the colours of their quantity."""

from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..series import CodedConcept, Quantity
from ..series.geometry import FloatArray

BASELINE_WINDOW_LEVEL = (80.0, 40.0)
"""Window and level of the baseline image in HU, usual for brain."""

BASELINE_NAME = "Baseline CT"

_ANY_VALUE = (-1e6, 1e6)


def add_baseline(slicer: ModuleType, scene: Any, image: NDArray[Any], ijk_to_ras: FloatArray) -> Any:
    """Add the baseline image, HU rounded to int16, and return its node."""
    node = add_volume(scene, BASELINE_NAME, np.round(image).astype(np.int16), ijk_to_ras)
    node.SetVoxelValueQuantity(_coded_entry(slicer, CodedConcept("112031", "DCM", "Attenuation Coefficient")))
    node.SetVoxelValueUnits(_coded_entry(slicer, CodedConcept("[hnsf'U]", "UCUM", "Hounsfield unit")))
    display = node.GetDisplayNode()
    display.SetAndObserveColorNodeID("vtkMRMLColorTableNodeGrey")
    display.AutoWindowLevelOff()
    display.SetWindowLevel(*BASELINE_WINDOW_LEVEL)
    return node


def add_map(
    slicer: ModuleType, scene: Any, quantity: Quantity, values: NDArray[np.float32], ijk_to_ras: FloatArray
) -> Any:
    """Add a map with its coded quantity and unit, colours, fixed range and colour legend; return its node.

    Parameters
    ----------
    slicer : module
    scene : vtkMRMLScene
    quantity : Quantity
        What the values are; of a Tmax, one that names its definition.
    values : ndarray of float32, shape (Z, Y, X)
        NaN outside the analysed tissue; shown transparent there.
    ijk_to_ras : ndarray, shape (4, 4)
    """
    node = add_volume(scene, quantity.name, values, ijk_to_ras)
    node.SetDescription(quantity.title)
    node.SetVoxelValueQuantity(_coded_entry(slicer, quantity.quantity_code))
    node.SetVoxelValueUnits(_coded_entry(slicer, quantity.unit_code))
    display = node.GetDisplayNode()
    display.SetAndObserveColorNodeID(add_colours(scene, quantity).GetID())
    display.AutoWindowLevelOff()
    display.SetWindowLevelMinMax(*quantity.display_range)
    display.SetThreshold(*_ANY_VALUE)
    display.ApplyThresholdOn()  # NaN is in no range, so that it is drawn transparent
    _add_legend(slicer, node, quantity)
    return node


def add_volume(scene: Any, name: str, values: NDArray[Any], ijk_to_ras: FloatArray) -> Any:
    """Add a volume of `values` (Z, Y, X) placed by `ijk_to_ras` and return its node."""
    import vtk
    from vtk.util.numpy_support import numpy_to_vtk

    slices, rows, columns = values.shape
    image = vtk.vtkImageData()
    image.SetDimensions(columns, rows, slices)
    scalars = numpy_to_vtk(np.ascontiguousarray(values).ravel(), deep=True)
    scalars.SetName("ImageScalars")
    image.GetPointData().SetScalars(scalars)
    matrix = vtk.vtkMatrix4x4()
    matrix.DeepCopy(np.asarray(ijk_to_ras, dtype=float).ravel())
    node = scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", name)
    node.SetIJKToRASMatrix(matrix)
    node.SetAndObserveImageData(image)
    node.CreateDefaultDisplayNodes()
    return node


def add_colours(scene: Any, quantity: Quantity) -> Any:
    """Add the colour scale of a quantity and return its node."""
    node = scene.AddNewNodeByClass("vtkMRMLProceduralColorNode", f"{quantity.name} colours")
    node.SetAttribute("Category", "CT perfusion")
    node.SetHideFromEditors(False)
    transfer = node.GetColorTransferFunction()
    transfer.RemoveAllPoints()
    for value, colour in quantity.colour_stops():
        transfer.AddRGBPoint(value, *colour)
    return node


def _add_legend(slicer: ModuleType, volume: Any, quantity: Quantity) -> None:
    legend = slicer.vtkSlicerColorLogic.AddDefaultColorLegendDisplayNode(volume)
    legend.SetTitleText(quantity.label)
    legend.SetLabelFormat("%.0f" if quantity.display_range[1] >= 5 else "%.1f")
    legend.SetNumberOfLabels(5)
    for text in (legend.GetTitleTextProperty(), legend.GetLabelTextProperty()):
        text.SetFontSize(12)


def _coded_entry(slicer: ModuleType, concept: CodedConcept) -> Any:
    entry = slicer.vtkCodedEntry()
    entry.SetValueSchemeMeaning(concept.value, concept.scheme, concept.meaning)
    return entry
