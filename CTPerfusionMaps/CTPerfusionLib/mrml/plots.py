"""Plots in a scene: a chart with its series, and a table behind each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..series import Colour
from .headless import import_slicer
from .study_hub import StudyHub
from .tables import publish_table

RED: Colour = (0.84, 0.27, 0.0)
BLUE: Colour = (0.0, 0.45, 0.74)
GREEN: Colour = (0.0, 0.62, 0.45)
GREY: Colour = (0.45, 0.45, 0.45)
"""Told apart by colour-blind readers (vermilion, blue and bluish green of Okabe and Ito, 2008), and
readable on white as well as on black."""


@dataclass(frozen=True)
class Style:
    """How a plot series is drawn: as a line, dashed or not, or as marks."""

    colour: Colour
    marks: str = ""
    dashed: bool = False


@dataclass(frozen=True, eq=False)
class Line:
    """One plot series: its name and the points it goes through."""

    name: str
    x: NDArray[np.float64]
    y: NDArray[np.float64]
    style: Style


@dataclass(frozen=True)
class Chart:
    """One chart: group of its roles, name, titles of its axes, and whether its tables are only for it."""

    group: str
    name: str
    x_title: str
    y_title: str
    hidden_tables: bool = True


def publish_chart(
    hub: StudyHub, chart: Chart, lines: Sequence[Line], title: str = ""
) -> tuple[Mapping[str, Any], Any]:
    """Make or update a chart with its series and their tables; return tables by series, and the chart."""
    node, is_new = hub.ensure(f"{chart.group}.Chart", "vtkMRMLPlotChartNode", chart.name)
    tables, series = {}, []
    for line in lines:
        tables[line.name] = publish_table(
            hub,
            f"{chart.group}.Table.{_key(line)}",
            f"{line.name} curve",
            {chart.x_title: line.x, chart.y_title: line.y},
            hidden=chart.hidden_tables,
        )
        plot = _publish_series(hub, chart, line, tables[line.name])
        if line.x.size:  # Slicer's plot view complains about tables without rows
            series.append(plot)
    modifying = node.StartModify()
    if is_new:
        node.SetXAxisTitle(chart.x_title)
        node.SetYAxisTitle(chart.y_title)
        node.SetLegendVisibility(True)
        # Slicer's own sizes are for a chart that fills the window; these leave room for curves below maps.
        node.SetTitleFontSize(14)
        node.SetAxisTitleFontSize(12)
        node.SetAxisLabelFontSize(11)
        node.SetLegendFontSize(11)
    node.SetTitle(title or chart.name)
    present = [node.GetNthPlotSeriesNodeID(index) for index in range(node.GetNumberOfPlotSeriesNodes())]
    wanted = [each.GetID() for each in series]
    if present != wanted:
        node.RemoveAllPlotSeriesNodeIDs()
        for identifier in wanted:
            node.AddAndObservePlotSeriesNodeID(identifier)
    node.EndModify(modifying)
    return MappingProxyType(tables), node


def _publish_series(hub: StudyHub, chart: Chart, line: Line, table: Any) -> Any:
    slicer = import_slicer()
    kind = slicer.vtkMRMLPlotSeriesNode
    role = f"{chart.group}.Series.{_key(line)}"
    node, is_new = hub.ensure(role, "vtkMRMLPlotSeriesNode", line.name, hidden=chart.hidden_tables)
    if is_new:
        style = line.style
        node.SetPlotType(kind.PlotTypeScatter)
        node.SetXColumnName(chart.x_title)
        node.SetYColumnName(chart.y_title)
        node.SetColor(*style.colour)
        node.SetMarkerStyle(getattr(kind, f"MarkerStyle{style.marks or 'None'}"))
        node.SetMarkerSize(7)
        node.SetLineStyle(
            kind.LineStyleNone if style.marks else kind.LineStyleDash if style.dashed else kind.LineStyleSolid
        )
        node.SetLineWidth(2)
    if node.GetTableNodeID() != table.GetID():
        node.SetAndObserveTableNodeID(table.GetID())
    return node


def _key(line: Line) -> str:
    """Return the name of a line as part of a role, which has neither spaces nor punctuation."""
    return "".join(character for character in line.name.title() if character.isalnum())
