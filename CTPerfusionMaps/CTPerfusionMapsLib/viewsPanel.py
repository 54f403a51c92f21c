"""The section Views: layouts and charts in one click."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import qt
import slicer

if TYPE_CHECKING:
    from CTPerfusionLib.mrml import StudyNodes

    from .probePanel import ProbePanel


class ViewsPanel:
    """Arranges the slice views and the chart.

    Parameters
    ----------
    ui : object
        Widgets by name.
    probe : ProbePanel
        Whose chart can be shown.
    """

    def __init__(self, ui: Any, probe: ProbePanel) -> None:
        self._ui = ui
        self._probe = probe
        self._nodes: StudyNodes | None = None
        ui.mapsLayoutButton.connect("clicked(bool)", lambda _checked: self._showMaps())
        ui.vesselChartButton.connect("clicked(bool)", lambda _checked: self._showVesselCurves())
        ui.motionChartButton.connect("clicked(bool)", lambda _checked: self._showMotion())
        ui.probeChartButton.connect("clicked(bool)", lambda _checked: self._showProbe())
        self.clear()

    def publish(self, nodes: StudyNodes) -> None:
        """Show the maps of a new result."""
        first = self._nodes is None
        self._nodes = nodes
        self._ui.mapsLayoutButton.enabled = True
        self._ui.vesselChartButton.enabled = True
        self._ui.motionChartButton.enabled = bool(nodes.motion_charts)
        if first:  # later runs update the nodes in whatever layout the user prefers
            self._showMaps()

    def clear(self) -> None:
        """Offer nothing, as after the scene was closed."""
        self._nodes = None
        for button in (
            self._ui.mapsLayoutButton,
            self._ui.vesselChartButton,
            self._ui.motionChartButton,
            self._ui.probeChartButton,
        ):
            button.enabled = False

    def _showMaps(self) -> None:
        from CTPerfusionLib.mrml import show_layout

        if self._nodes is not None:
            show_layout(slicer.mrmlScene, self._nodes.baseline)
            self._fitSoon()

    def _showVesselCurves(self) -> None:
        if self._nodes is not None:
            self._showChart(self._nodes.curve_chart)

    def _showMotion(self) -> None:
        if self._nodes is not None:
            self._showChart(*self._nodes.motion_charts)

    def _showProbe(self) -> None:
        if self._probe.charts is not None:
            self._showChart(self._probe.charts.curves, self._probe.charts.residue)

    def _showChart(self, *charts: Any) -> None:
        from CTPerfusionLib.mrml import show_layout

        if self._nodes is not None:
            show_layout(slicer.mrmlScene, self._nodes.baseline, charts=charts)
            self._fitSoon()

    def _fitSoon(self) -> None:
        """Fit the slices into their views once these have got their size."""
        baseline = None if self._nodes is None else self._nodes.baseline
        qt.QTimer.singleShot(0, lambda: _fit(baseline))


def _fit(baseline: Any) -> None:
    from CTPerfusionLib.mrml import fit_views

    if baseline is not None and slicer.mrmlScene.IsNodePresent(baseline):
        fit_views(slicer.mrmlScene, baseline)
