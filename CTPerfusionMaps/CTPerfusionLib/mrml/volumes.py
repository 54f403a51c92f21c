"""Volumes in a scene: the baseline image in the brain window, maps in the colours of their quantity.

What is measured - voxels, place, unit, name of the quantity - is set on every update; how it is shown -
colours, window, legend's place - only when the node is made, so that changes by hand stay.
"""

from collections.abc import Mapping
from types import MappingProxyType, ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..series import CodedConcept, Quantity
from ..series.geometry import FloatArray
from .headless import import_slicer
from .published_voxels import remember, still_holds
from .study_hub import StudyHub
from .vtk_arrays import fill_image, image_of, vtk_matrix

BASELINE_NAME = "Baseline CT"
BASELINE_ROLE = "Study.Baseline"

BASELINE_WINDOW_LEVEL = (80.0, 40.0)
"""Window and level of the baseline image in HU, usual for brain."""

QUANTITY_ATTRIBUTE = "CTPerfusion.Quantity"
"""Which of :data:`CTPerfusionLib.series.QUANTITIES` a map holds, whatever the user calls its node."""

ATTENUATION = CodedConcept("112031", "DCM", "Attenuation Coefficient")
"""What the baseline image says that its values are."""

_ANY_VALUE = (-1e6, 1e6)

_LEGEND_WIDTH = 0.12
_LEGEND_RIGHT, _LEGEND_TOP = 0.98, 0.9
_LEGEND_LINE = 0.055
"""Width, place of the upper right corner and height per number, as parts of the view. Slicer fits the
numbers, and by them the title above, into the height, whatever their font size is: so all legends have the
same text, which is readable in a view of 300 pixels and covers little of the head."""

_LEGEND_STEPS: Mapping[str, float] = MappingProxyType(
    {"CBF": 10.0, "CBV": 1.0, "MTT": 2.0, "TTP": 2.0, "Tmax": 2.0, "Delay": 2.0}
)
"""From one number on a legend to the next, in the unit of the map; they divide the range evenly."""

_RATIO_STEP = 0.3


def publish_baseline(hub: StudyHub, image: NDArray[Any], ijk_to_ras: FloatArray) -> Any:
    """Make or update the baseline image, HU rounded to int16, and return its node."""
    slicer = import_slicer()
    node, is_new = hub.ensure(BASELINE_ROLE, "vtkMRMLScalarVolumeNode", BASELINE_NAME)
    place_voxels(node, np.round(image).astype(np.int16), ijk_to_ras)
    node.SetVoxelValueQuantity(_coded_entry(slicer, ATTENUATION))
    node.SetVoxelValueUnits(_coded_entry(slicer, CodedConcept("[hnsf'U]", "UCUM", "Hounsfield unit")))
    if is_new or node.GetDisplayNode() is None:
        node.CreateDefaultDisplayNodes()
        display = node.GetDisplayNode()
        display.SetAndObserveColorNodeID("vtkMRMLColorTableNodeGrey")
        display.AutoWindowLevelOff()
        display.SetWindowLevel(*BASELINE_WINDOW_LEVEL)
    return node


def publish_map(
    hub: StudyHub, group: str, quantity: Quantity, values: NDArray[np.float32], ijk_to_ras: FloatArray
) -> Any:
    """Make or update a map with coded quantity and unit, colours, fixed range and legend; return its node.

    Parameters
    ----------
    hub : StudyHub
    group : str
        ``Study`` or ``Lesion``: with whose results the map comes and goes.
    quantity : Quantity
        What the values are; of a Tmax, one that names its definition.
    values : ndarray of float32, shape (Z, Y, X)
        NaN outside the analysed tissue; shown transparent there.
    ijk_to_ras : ndarray, shape (4, 4)
    """
    slicer = import_slicer()
    node, is_new = hub.ensure(f"{group}.Map.{quantity.name}", "vtkMRMLScalarVolumeNode", quantity.name)
    place_voxels(node, values, ijk_to_ras)
    node.SetDescription(quantity.title)
    node.SetAttribute(QUANTITY_ATTRIBUTE, quantity.name)
    node.SetVoxelValueQuantity(_coded_entry(slicer, quantity.quantity_code))
    node.SetVoxelValueUnits(_coded_entry(slicer, quantity.unit_code))
    colours = _publish_colours(hub, group, quantity)
    if is_new or node.GetDisplayNode() is None:
        _show_in_colours(node, quantity, colours)
    elif node.GetDisplayNode().GetColorNode() is None:  # the user deleted the colours
        node.GetDisplayNode().SetAndObserveColorNodeID(colours.GetID())
    _publish_legend(slicer, node, quantity)
    return node


def place_voxels(node: Any, values: NDArray[Any], ijk_to_ras: FloatArray) -> None:
    """Give a volume node a copy of `values` (Z, Y, X), placed by `ijk_to_ras`, in one event.

    The very array that the node was filled with before, and that nothing has changed since, is not copied
    again.
    """
    modifying = node.StartModify()
    node.SetIJKToRASMatrix(vtk_matrix(ijk_to_ras))
    if node.GetImageData() is None:
        node.SetAndObserveImageData(image_of(values))
        remember(node.GetImageData(), values)
    elif not still_holds(node.GetImageData(), values):
        fill_image(node.GetImageData(), values)
        node.GetImageData().Modified()
        remember(node.GetImageData(), values)
    node.EndModify(modifying)


def _show_in_colours(node: Any, quantity: Quantity, colours: Any) -> None:
    node.CreateDefaultDisplayNodes()
    display = node.GetDisplayNode()
    modifying = display.StartModify()
    display.SetAndObserveColorNodeID(colours.GetID())
    display.AutoWindowLevelOff()
    display.SetWindowLevelMinMax(*quantity.display_range)
    display.SetThreshold(*_ANY_VALUE)
    display.ApplyThresholdOn()  # NaN is in no range, so that it is drawn transparent
    display.InterpolateOff()  # values are read off voxel by voxel, and NaN would eat into the edge
    display.EndModify(modifying)


def _publish_colours(hub: StudyHub, group: str, quantity: Quantity) -> Any:
    """Return the colour scale of a quantity."""
    role = f"{group}.Colours.{quantity.name}"
    node, is_new = hub.ensure(role, "vtkMRMLProceduralColorNode", f"{quantity.name} colours")
    if is_new:
        node.SetAttribute("Category", "CT perfusion")
        node.SetHideFromEditors(False)
        transfer = node.GetColorTransferFunction()
        transfer.RemoveAllPoints()
        for value, colour in quantity.colour_stops():
            transfer.AddRGBPoint(value, *colour)
    return node


def _publish_legend(slicer: ModuleType, volume: Any, quantity: Quantity) -> None:
    """Give a map a colour legend; one that is there only gets the words of its quantity."""
    legend = slicer.vtkSlicerColorLogic.GetColorLegendDisplayNode(volume)
    if legend is None:
        legend = slicer.vtkSlicerColorLogic.AddDefaultColorLegendDisplayNode(volume)
        low, high = quantity.display_range
        step = _LEGEND_STEPS.get(quantity.name, _RATIO_STEP)
        labels = round((high - low) / step) + 1
        height = (labels + 1) * _LEGEND_LINE
        legend.SetNumberOfLabels(labels)
        legend.SetLabelFormat("%.0f" if step.is_integer() else "%.1f")
        legend.SetSize(_LEGEND_WIDTH, height)
        legend.SetPosition(_LEGEND_RIGHT, (_LEGEND_TOP - height) / (1.0 - height))
        for text in (legend.GetTitleTextProperty(), legend.GetLabelTextProperty()):
            text.SetFontFamilyToArial()
            text.BoldOff()
    if legend.GetTitleText() != quantity.label:
        legend.SetTitleText(quantity.label)


def _coded_entry(slicer: ModuleType, concept: CodedConcept) -> Any:
    entry = slicer.vtkCodedEntry()
    entry.SetValueSchemeMeaning(concept.value, concept.scheme, concept.meaning)
    return entry
