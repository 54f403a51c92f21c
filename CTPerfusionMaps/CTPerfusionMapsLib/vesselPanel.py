"""The section Artery and vein: points in the slices that can be moved, added and dropped."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import qt
import slicer
from slicer.i18n import tr as _
from slicer.util import VTKObservationMixin

from .messages import errorsShown

if TYPE_CHECKING:
    from collections.abc import Callable

    from .logic import CTPerfusionMapsLogic
    from .parameters import CTPerfusionMapsParameterNode
    from .studies import ComputedStudy

    Voxels = tuple[tuple[int, int, int], ...]

SETTLING_TIME = 400
"""Milliseconds without another change after which moved points are used."""

CHOSEN_ATTRIBUTE = "CTPerfusion.Chosen"
"""Set on points that the user moved, so that each series remembers it while another one is selected."""


@dataclass(frozen=True)
class Vessel:
    """What belongs to a vessel: fields of the parameter node and widgets."""

    name: str
    points: str
    chosen: str
    placeWidget: str
    goToButton: str


ARTERY = Vessel("AIF", "arterialPoints", "arteryChosen", "arterialPlaceWidget", "goToArteryButton")
VEIN = Vessel("VOF", "venousPoints", "veinChosen", "venousPlaceWidget", "goToVeinButton")


class VesselPanel(VTKObservationMixin):
    """Shows the vessels as points and has the maps computed again when the user moves them.

    Parameters
    ----------
    ui : object
        Widgets by name.
    logic : CTPerfusionMapsLogic
    onMoved : callable
        Called when the user has changed the points and maps are to follow.
    """

    def __init__(self, ui: Any, logic: CTPerfusionMapsLogic, onMoved: Callable[[], None]) -> None:
        VTKObservationMixin.__init__(self)
        self._ui = ui
        self._logic = logic
        self._onMoved = onMoved
        self._node: CTPerfusionMapsParameterNode | None = None
        self._publishing = False
        self._changed: set[str] = set()
        self._timer = qt.QTimer()
        self._timer.setSingleShot(True)
        self._timer.setInterval(SETTLING_TIME)
        self._timer.connect("timeout()", self._onSettled)
        ui.goToArteryButton.connect("clicked(bool)", lambda _checked: self._goTo(ARTERY))
        ui.goToVeinButton.connect("clicked(bool)", lambda _checked: self._goTo(VEIN))
        ui.findVesselsButton.connect("clicked(bool)", lambda _checked: self._onFind())

    def show(self, node: CTPerfusionMapsParameterNode | None) -> None:
        """Show the points of a parameter node and listen to them."""
        self._node = node
        self.removeObservers()
        for vessel in (ARTERY, VEIN):
            points = getattr(node, vessel.points) if node is not None else None
            getattr(self._ui, vessel.placeWidget).setCurrentNode(points)
            getattr(self._ui, vessel.goToButton).enabled = points is not None
            if points is not None:
                self._listen(points)
        self._ui.findVesselsButton.enabled = node is not None and (node.arteryChosen or node.veinChosen)
        study = None if node is None else self._logic.study(node.inputSequence)
        self._ui.vesselReasonLabel.text = "" if study is None else _reasons(study)

    def publish(self, study: ComputedStudy, sequence: Any) -> None:
        """Put the vessels of a study into the scene: the user's points, or those for the voxels found."""
        from CTPerfusionLib.mrml import publish_points, related_nodes

        prepared = study.maps.prepared
        present = related_nodes(sequence).points
        with self._ours():
            for vessel, curve in ((ARTERY, prepared.vessels.aif), (VEIN, prepared.vessels.vof)):
                if curve is not None or vessel.name in present:  # which a run without a vein empties
                    voxels = () if curve is None else curve.voxels
                    publish_points(
                        slicer.mrmlScene, sequence, vessel.name, voxels, prepared.series.ijk_to_ras
                    )

    def select(self, node: CTPerfusionMapsParameterNode) -> None:
        """Take the points of the selected series, and whether the user has moved them."""
        from CTPerfusionLib.mrml import related_nodes

        self._timer.stop()
        points = related_nodes(node.inputSequence).points
        for vessel in (ARTERY, VEIN):
            own = points.get(vessel.name)
            setattr(node, vessel.points, own)
            setattr(node, vessel.chosen, own is not None and own.GetAttribute(CHOSEN_ATTRIBUTE) is not None)

    def chosenVoxels(self) -> tuple[Voxels | None, Voxels | None]:
        """Return the arterial and venous voxels that the user chose; None where they are to be found.

        Raises
        ------
        ConfigurationError
            If a point lies outside the images.
        """
        return self._voxels(ARTERY), self._voxels(VEIN)

    def close(self) -> None:
        """Stop listening."""
        self._timer.stop()
        self.removeObservers()

    @contextmanager
    def _ours(self) -> Iterator[None]:
        """Take no change of points inside for one of the user."""
        self._publishing = True
        try:
            yield
        finally:
            self._publishing = False

    def _voxels(self, vessel: Vessel) -> Voxels | None:
        from CTPerfusionLib.mrml import grid_of_sequence, voxels_of_points

        node = self._node
        if node is None or not node.inputSequence or not getattr(node, vessel.chosen):
            return None
        points = getattr(node, vessel.points)
        if points is None:  # the user has deleted them
            return None
        return voxels_of_points(points, *grid_of_sequence(node.inputSequence)) or None

    def _listen(self, points: Any) -> None:
        events = slicer.vtkMRMLMarkupsNode
        for event in (
            events.PointEndInteractionEvent,
            events.PointPositionDefinedEvent,
            events.PointRemovedEvent,
        ):
            self.addObserver(points, event, self._onPointsChanged)

    def _onPointsChanged(self, points: Any, _event: Any) -> None:
        if not self._publishing and self._node is not None and not slicer.mrmlScene.IsClosing():
            self._changed.add(points.GetID())
            self._timer.start()

    def _onSettled(self) -> None:
        node, changed = self._node, self._changed
        self._changed = set()
        if node is None:
            return
        for vessel in (ARTERY, VEIN):
            points = getattr(node, vessel.points)
            if points is not None and points.GetID() in changed:
                _choose(node, vessel, points.GetNumberOfDefinedControlPoints() > 0)
        if node.updateMapsWithPoints and self._logic.study(node.inputSequence) is not None:
            with errorsShown():
                self._onMoved()

    def _goTo(self, vessel: Vessel) -> None:
        points = getattr(self._node, vessel.points)
        if points.GetNumberOfDefinedControlPoints():
            slicer.modules.markups.logic().JumpSlicesToNthPointInMarkup(points.GetID(), 0, False)

    def _onFind(self) -> None:
        if self._node is not None:
            for vessel in (ARTERY, VEIN):
                _choose(self._node, vessel, False)
            self._onMoved()


def _choose(node: CTPerfusionMapsParameterNode, vessel: Vessel, chosen: bool) -> None:
    """Remember whether the user chose a vessel."""
    setattr(node, vessel.chosen, chosen)
    points = getattr(node, vessel.points)
    if points is not None:
        points.SetAttribute(CHOSEN_ATTRIBUTE, "true" if chosen else None)


def _reasons(study: ComputedStudy) -> str:
    vessels = study.maps.prepared.vessels
    artery = _("No artery was found.") if vessels.aif is None else vessels.aif.reason
    vein = _("No vein was found.") if vessels.vof is None else vessels.vof.reason
    return f"{artery} {vein}"
