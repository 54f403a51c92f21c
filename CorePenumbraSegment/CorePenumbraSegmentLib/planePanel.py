"""The section Mid-sagittal plane: shown, moved by hand, found again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import slicer
from slicer.util import VTKObservationMixin

if TYPE_CHECKING:
    from collections.abc import Callable

    from CTPerfusionLib.lesion import SymmetryPlane

    from .logic import PreparedLesion
    from .parameters import CorePenumbraSegmentParameterNode


class PlanePanel(VTKObservationMixin):
    """Shows the plane that divides left from right and lets the user correct it.

    Parameters
    ----------
    ui : object
        Widgets by name.
    onMoved : callable
        Called when the plane was moved, or is to be found again.
    """

    def __init__(self, ui: Any, onMoved: Callable[[], None]) -> None:
        VTKObservationMixin.__init__(self)
        self._ui = ui
        self._onMoved = onMoved
        self._node: CorePenumbraSegmentParameterNode | None = None
        self._publishing = False
        ui.findPlaneButton.connect("clicked(bool)", lambda _checked: self._onFind())

    def show(self, node: CorePenumbraSegmentParameterNode | None) -> None:
        """Show the plane of a parameter node and listen to it."""
        self._node = node
        self.removeObservers()
        plane = node.plane if node is not None else None
        self._ui.findPlaneButton.enabled = node is not None and node.planeChosen
        if node is None or plane is None:
            return
        display = plane.GetDisplayNode()
        display.SetVisibility(node.showPlane)
        display.SetHandlesInteractive(node.movePlane)
        self.addObserver(plane, slicer.vtkMRMLMarkupsNode.PointEndInteractionEvent, self._onInteraction)

    def publish(self, cbfNode: Any, prepared: PreparedLesion) -> None:
        """Show the plane that an analysis used."""
        from CTPerfusionLib.mrml import publish_plane

        if self._node is None:
            return
        plane = prepared.maps.plane
        self._publishing = True
        try:
            self._node.plane = publish_plane(
                slicer.mrmlScene,
                cbfNode,
                plane.normal,
                plane.offset,
                prepared.given.ijk_to_ras,
                prepared.given.tissue.shape,
            )
        finally:
            self._publishing = False
        self.show(self._node)

    def chosen(self) -> SymmetryPlane | None:
        """Return the plane that the user chose; None where it is to be found."""
        from CTPerfusionLib.lesion import SymmetryPlane
        from CTPerfusionLib.mrml import plane_of

        if self._node is None or not self._node.planeChosen or self._node.plane is None:
            return None
        return SymmetryPlane(*plane_of(self._node.plane))

    def close(self) -> None:
        """Stop listening."""
        self.removeObservers()

    def _onInteraction(self, _caller: Any, _event: Any) -> None:
        if not self._publishing and self._node is not None:
            self._node.planeChosen = True
            self._onMoved()

    def _onFind(self) -> None:
        if self._node is not None:
            self._node.planeChosen = False
            self._onMoved()
