"""Tables and plots in a scene: volumes, and the curves of artery, vein and tissue."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType, ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..report import volume_rows
from ..series import Colour, EnhancementCurve, TmaxDefinition

VOLUMES_NAME = "CT perfusion volumes"
CHART_NAME = "Arterial input and venous output"

REGION_COLUMN = "Region"
VOLUME_COLUMN = "Volume (mL)"
_TIME_COLUMN = "Time (s)"
_ENHANCEMENT_COLUMN = "Enhancement (HU)"
_CURVE_COLOURS: MappingProxyType[str, Colour] = MappingProxyType(
    {"AIF": (0.9, 0.2, 0.2), "VOF": (0.2, 0.5, 0.9)}
)
_OTHER_COLOUR: Colour = (0.2, 0.65, 0.4)


def add_volumes_table(
    scene: Any, volumes_ml: Mapping[str, float | None], tmax_definition: TmaxDefinition
) -> Any:
    """Add the volumes as a table with the columns Region and Volume (mL); NaN where none was measured."""
    rows = volume_rows(volumes_ml, tmax_definition)
    node = scene.AddNewNodeByClass("vtkMRMLTableNode", VOLUMES_NAME)
    values = np.array([np.nan if row.value is None else row.value for row in rows], dtype=float)
    node.AddColumn(_text_column(REGION_COLUMN, [row.title for row in rows]))
    node.AddColumn(_number_column(VOLUME_COLUMN, values))
    return node


def add_curves(slicer: ModuleType, scene: Any, curves: Sequence[EnhancementCurve]) -> tuple[Any, ...]:
    """Add a table and a plot series for each curve and one chart of all; return tables, then the chart."""
    chart = scene.AddNewNodeByClass("vtkMRMLPlotChartNode", CHART_NAME)
    chart.SetTitle(CHART_NAME)
    chart.SetXAxisTitle(_TIME_COLUMN)
    chart.SetYAxisTitle(_ENHANCEMENT_COLUMN)
    tables = []
    for curve in curves:
        table = scene.AddNewNodeByClass("vtkMRMLTableNode", f"{curve.name} curve")
        table.AddColumn(_number_column(_TIME_COLUMN, curve.times))
        table.AddColumn(_number_column(_ENHANCEMENT_COLUMN, curve.enhancement))
        series = scene.AddNewNodeByClass("vtkMRMLPlotSeriesNode", curve.name)
        series.SetAndObserveTableNodeID(table.GetID())
        series.SetXColumnName(_TIME_COLUMN)
        series.SetYColumnName(_ENHANCEMENT_COLUMN)
        series.SetPlotType(slicer.vtkMRMLPlotSeriesNode.PlotTypeScatter)
        series.SetMarkerStyle(slicer.vtkMRMLPlotSeriesNode.MarkerStyleNone)
        series.SetLineWidth(2)
        series.SetColor(*_CURVE_COLOURS.get(curve.name, _OTHER_COLOUR))
        chart.AddAndObservePlotSeriesNodeID(series.GetID())
        tables.append(table)
    return (*tables, chart)


def _text_column(name: str, texts: Sequence[str]) -> Any:
    import vtk

    column = vtk.vtkStringArray()
    column.SetName(name)
    for text in texts:
        column.InsertNextValue(text)
    return column


def _number_column(name: str, values: NDArray[np.float64]) -> Any:
    from vtk.util.numpy_support import numpy_to_vtk

    column = numpy_to_vtk(np.ascontiguousarray(values, dtype=np.float64), deep=True)
    column.SetName(name)
    return column
