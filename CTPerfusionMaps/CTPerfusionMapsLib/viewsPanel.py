"""The section Views: layouts and charts in one click."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import qt
import slicer

if TYPE_CHECKING:
    from CTPerfusionLib.mrml import RelatedNodes


class ViewsPanel:
    """Arranges the slice views and the chart.

    Parameters
    ----------
    ui : object
        Widgets by name.
    """

    def __init__(self, ui: Any) -> None:
        self._ui = ui
        self._nodes: RelatedNodes | None = None
        ui.mapsLayoutButton.connect("clicked(bool)", lambda _checked: self.showMaps())
        ui.vesselChartButton.connect("clicked(bool)", lambda _checked: self._showVesselCurves())
        ui.motionChartButton.connect("clicked(bool)", lambda _checked: self._showMotion())
        ui.probeChartButton.connect("clicked(bool)", lambda _checked: self._showProbe())

    def offer(self, nodes: RelatedNodes) -> None:
        """Offer what the scene has of a study."""
        self._nodes = nodes
        self._ui.mapsLayoutButton.enabled = nodes.baseline is not None
        self._ui.vesselChartButton.enabled = nodes.curve_chart is not None
        self._ui.motionChartButton.enabled = bool(nodes.motion_charts)
        self._ui.probeChartButton.enabled = bool(nodes.probe_charts)

    def showMaps(self) -> None:
        """Show the maps beside each other."""
        self._show()

    def _showVesselCurves(self) -> None:
        if self._nodes is not None:
            self._show(self._nodes.curve_chart)

    def _showMotion(self) -> None:
        if self._nodes is not None:
            self._show(*self._nodes.motion_charts.values())

    def _showProbe(self) -> None:
        if self._nodes is not None:
            self._show(*self._nodes.probe_charts.values())

    def _show(self, *charts: Any) -> None:
        from CTPerfusionLib.mrml import show_layout

        baseline = None if self._nodes is None else self._nodes.baseline
        if baseline is not None:
            show_layout(slicer.mrmlScene, baseline, charts=charts)
            qt.QTimer.singleShot(0, lambda: _fit(baseline))


def _fit(baseline: Any) -> None:
    """Fit the slices into their views once these have got their size."""
    from CTPerfusionLib.mrml import fit_views

    if slicer.mrmlScene.IsNodePresent(baseline):
        fit_views(slicer.mrmlScene, baseline)
