"""The view of a plot chart, drawn simply."""

# ruff: noqa: N801, N802, N815 - the names are those of Qt, CTK and Slicer

from typing import Any

import slicer
import vtk
from PySide6 import QtCore, QtGui, QtWidgets
from vtk.util.numpy_support import vtk_to_numpy

from .scene import HoldsScene, Observer

_MARGIN = 34


class qMRMLPlotView(HoldsScene, QtWidgets.QWidget):
    """Draws the series of the chart that the plot view node shows."""

    mrmlSceneChanged = QtCore.Signal(object)

    def __init__(self, parent: QtWidgets.QWidget | None = None) -> None:
        super().__init__(parent)
        self._view_node: Any = None
        self._observer = Observer(self._follow)
        self._chart_observers: list[Observer] = []
        self.setMinimumSize(120, 100)

    def setMRMLPlotViewNode(self, node: Any) -> None:
        """Show the chart of another view node."""
        self._view_node = node
        self._observer.observe(node, (vtk.vtkCommand.ModifiedEvent,))
        self._follow()

    def mrmlPlotViewNode(self) -> Any:
        """Return the view node, or None."""
        return self._view_node

    def fitToContent(self) -> None:
        """Show all values, as this view always does."""
        self.update()

    def chart_node(self) -> Any:
        """Return the chart shown, or None."""
        return self._view_node.GetPlotChartNode() if self._view_node is not None else None

    def _follow(self) -> None:
        for observer in self._chart_observers:
            observer.stop()
        chart = self.chart_node()
        followed = [] if chart is None else [chart]
        for series in _series(chart):
            followed += [series, series.GetTableNode()]
        self._chart_observers = [Observer(self.update) for _ in followed]
        for observer, node in zip(self._chart_observers, followed, strict=True):
            observer.observe(node, (vtk.vtkCommand.ModifiedEvent,))
        self.update()

    def paintEvent(self, _event: QtGui.QPaintEvent) -> None:
        """Draw axes, series and legend."""
        painter = QtGui.QPainter(self)
        painter.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing)
        area = QtCore.QRectF(self.rect()).adjusted(_MARGIN, _MARGIN / 2, -8, -_MARGIN)
        painter.fillRect(self.rect(), QtCore.Qt.GlobalColor.white)
        painter.setPen(QtCore.Qt.GlobalColor.black)
        painter.drawRect(area)
        chart = self.chart_node()
        curves = [(series, *_points(series)) for series in _series(chart)]
        curves = [curve for curve in curves if len(curve[1])]
        if curves:
            _draw_curves(painter, area, curves)
            _draw_labels(painter, area, chart, curves)
        painter.end()


class qMRMLPlotWidget(HoldsScene, QtWidgets.QWidget):
    """A plot view with its controller."""

    def __init__(self, parent: QtWidgets.QWidget | None = None) -> None:
        super().__init__(parent)
        self._view = qMRMLPlotView(self)
        layout = QtWidgets.QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._view)

    def setMRMLScene(self, scene: Any) -> None:
        """Show the nodes of another scene."""
        super().setMRMLScene(scene)
        self._view.setMRMLScene(scene)

    def setMRMLPlotViewNode(self, node: Any) -> None:
        """Show the chart of another view node."""
        self._view.setMRMLPlotViewNode(node)

    def mrmlPlotViewNode(self) -> Any:
        """Return the view node, or None."""
        return self._view.mrmlPlotViewNode()

    def plotView(self) -> qMRMLPlotView:
        """Return the view."""
        return self._view


def _series(chart: Any) -> list[Any]:
    count = chart.GetNumberOfPlotSeriesNodes() if chart is not None else 0
    series = [chart.GetNthPlotSeriesNode(index) for index in range(count)]
    return [each for each in series if each is not None and each.GetTableNode() is not None]


def _points(series: Any) -> tuple[Any, Any]:
    table = series.GetTableNode().GetTable()
    y = table.GetColumnByName(series.GetYColumnName())
    if y is None:
        return (), ()
    x = table.GetColumnByName(series.GetXColumnName() or "")
    values = vtk_to_numpy(y)
    return (vtk_to_numpy(x) if x is not None else range(len(values))), values


def _draw_curves(painter: QtGui.QPainter, area: QtCore.QRectF, curves: list[tuple[Any, Any, Any]]) -> None:
    x_low, x_high = min(min(x) for _, x, _ in curves), max(max(x) for _, x, _ in curves)
    y_low, y_high = min(min(y) for _, _, y in curves), max(max(y) for _, _, y in curves)
    for series, x, y in curves:
        points = [
            QtCore.QPointF(
                area.left() + area.width() * (float(a) - x_low) / ((x_high - x_low) or 1),
                area.bottom() - area.height() * (float(b) - y_low) / ((y_high - y_low) or 1),
            )
            for a, b in zip(x, y, strict=True)
            if a == a and b == b
        ]
        painter.setPen(QtGui.QPen(QtGui.QColor.fromRgbF(*series.GetColor()), 2))
        if series.GetLineStyle() != slicer.vtkMRMLPlotSeriesNode.LineStyleNone:
            painter.drawPolyline(points)
        if series.GetMarkerStyle() != slicer.vtkMRMLPlotSeriesNode.MarkerStyleNone:
            for point in points:
                painter.drawEllipse(point, 2, 2)
    painter.setPen(QtCore.Qt.GlobalColor.black)
    painter.drawText(QtCore.QPointF(2, area.bottom()), f"{y_low:.3g}")
    painter.drawText(QtCore.QPointF(2, area.top() + 10), f"{y_high:.3g}")
    painter.drawText(QtCore.QPointF(area.left(), area.bottom() + 12), f"{x_low:.3g}")
    painter.drawText(QtCore.QPointF(area.right() - 24, area.bottom() + 12), f"{x_high:.3g}")


def _draw_labels(
    painter: QtGui.QPainter, area: QtCore.QRectF, chart: Any, curves: list[tuple[Any, Any, Any]]
) -> None:
    painter.drawText(QtCore.QPointF(area.center().x() - 30, area.bottom() + 24), chart.GetXAxisTitle() or "")
    painter.drawText(
        QtCore.QPointF(4, 12), " · ".join(filter(None, (chart.GetTitle(), chart.GetYAxisTitle())))
    )
    if chart.GetLegendVisibility():
        for row, (series, _, _) in enumerate(curves):
            painter.setPen(QtGui.QColor.fromRgbF(*series.GetColor()))
            painter.drawText(
                QtCore.QPointF(area.right() - 110, area.top() + 14 * (row + 1)), series.GetName()
            )
