"""The section Curve probe: what was measured and fitted at one place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import qt
import slicer
from slicer.i18n import tr as _
from slicer.util import VTKObservationMixin

from .messages import errorsShown

if TYPE_CHECKING:
    from collections.abc import Callable

    from CTPerfusionLib.pipeline import VoxelProbe

    from .logic import CTPerfusionMapsLogic
    from .parameters import CTPerfusionMapsParameterNode

REFRESH_INTERVAL = 40
"""Milliseconds in which all movements of the mouse make one probe."""


class ProbePanel(VTKObservationMixin):
    """Follows the mouse or a point and shows curve, fit, residue and values of the voxel there.

    Parameters
    ----------
    ui : object
        Widgets by name.
    logic : CTPerfusionMapsLogic
    onFirstChart : callable
        Called when the scene has got the charts of the probe.
    """

    def __init__(self, ui: Any, logic: CTPerfusionMapsLogic, onFirstChart: Callable[[], None]) -> None:
        VTKObservationMixin.__init__(self)
        self._ui = ui
        self._logic = logic
        self._node: CTPerfusionMapsParameterNode | None = None
        self._place: tuple[float, ...] | None = None
        self._onFirstChart = onFirstChart
        self._timer = qt.QTimer()
        self._timer.setSingleShot(True)
        self._timer.setInterval(REFRESH_INTERVAL)
        self._timer.connect("timeout()", self._refresh)
        ui.probeTable.verticalHeader().visible = False
        header = ui.probeTable.horizontalHeader()
        for column in (0, 1):
            header.setSectionResizeMode(column, qt.QHeaderView.ResizeToContents)
        header.setStretchLastSection(True)
        self._showInvitation()

    def show(self, node: CTPerfusionMapsParameterNode | None) -> None:
        """Follow what a parameter node asks for."""
        self._node = node
        self.removeObservers()
        point = node.probePoint if node is not None else None
        self._ui.probePlaceWidget.setCurrentNode(point)
        if point is not None:
            for event in (
                slicer.vtkMRMLMarkupsNode.PointModifiedEvent,
                slicer.vtkMRMLMarkupsNode.PointPositionDefinedEvent,
            ):
                self.addObserver(point, event, self._onPointMoved)
        crosshair = _crosshair()
        if node is not None and node.probeFollowsMouse and crosshair is not None:
            self.addObserver(
                crosshair, slicer.vtkMRMLCrosshairNode.CursorPositionModifiedEvent, self._onMouseMoved
            )

    def publish(self) -> None:
        """Offer a point to place after a run, and probe the same place again."""
        node = self._node
        if node is not None and node.probePoint is None:
            point = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLMarkupsFiducialNode", _("Curve probe"))
            point.CreateDefaultDisplayNodes()
            point.SetMaximumNumberOfControlPoints(1)
            node.probePoint = point
        self.update()

    def update(self) -> None:
        """Probe the same place again, as after a new run."""
        if self._place is not None:
            self._timer.start()

    def forget(self) -> None:
        """Drop what was probed, as when another series is selected."""
        self._timer.stop()
        self._place = None
        self._showInvitation()

    def close(self) -> None:
        """Stop following."""
        self._timer.stop()
        self.removeObservers()

    def _onMouseMoved(self, crosshair: Any, _event: Any) -> None:
        ras = [0.0, 0.0, 0.0]
        if crosshair.GetCursorPositionRAS(ras):
            self._probe(tuple(ras))

    def _onPointMoved(self, point: Any, _event: Any) -> None:
        if point.GetNumberOfDefinedControlPoints():
            last = point.GetNumberOfControlPoints() - 1
            self._probe(tuple(point.GetNthControlPointPositionWorld(last)))

    def _probe(self, ras: tuple[float, ...]) -> None:
        self._place = ras
        if not self._timer.active:
            self._timer.start()

    def _refresh(self) -> None:
        if self._node is None or self._place is None:
            return
        with errorsShown():
            if self._logic.study(self._node.inputSequence) is None:
                self._showInvitation()
                return
            probe = self._logic.probe(self._node.inputSequence, self._place)
            if probe is None:
                self._showEmpty(_("There is nothing measured here."))
            else:
                self._show(probe, self._node.inputSequence)

    def _show(self, probe: VoxelProbe, sequence: Any) -> None:
        from CTPerfusionLib.mrml import publish_probe
        from CTPerfusionLib.series import QUANTITIES

        column, row, index = probe.voxel
        place = _("Column {column}, row {row}, slice {slice}.").format(column=column, row=row, slice=index)
        self._ui.probeLabel.text = f"{place} {probe.message}".strip()
        rows = [
            (name, format(value, QUANTITIES[name].number_format), QUANTITIES[name].unit)
            for name, value in probe.values.items()
        ]
        table = self._ui.probeTable
        table.setRowCount(len(rows))
        for position, texts in enumerate(rows):
            for side, text in enumerate(texts):
                table.setItem(position, side, qt.QTableWidgetItem(text))
        publish_probe(slicer.mrmlScene, sequence, probe)
        if not self._ui.probeChartButton.enabled:
            self._onFirstChart()

    def _showInvitation(self) -> None:
        self._showEmpty(_("Compute maps, then place a point or follow the mouse over the brain."))

    def _showEmpty(self, message: str) -> None:
        self._ui.probeLabel.text = message
        self._ui.probeTable.setRowCount(0)


def _crosshair() -> Any:
    return slicer.mrmlScene.GetFirstNodeByClass("vtkMRMLCrosshairNode")
