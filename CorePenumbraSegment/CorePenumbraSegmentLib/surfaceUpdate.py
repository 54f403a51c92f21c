"""Surfaces in the 3D view follow the segments when these have come to rest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import qt
import slicer

if TYPE_CHECKING:
    from .editWatch import EditWatch

SETTLING_TIME = 500
"""Milliseconds without another change after which surfaces are made: too slow for each step of a slider."""


class SurfaceUpdate:
    """Makes the surfaces anew that an update of the segments has dropped.

    Parameters
    ----------
    edits : EditWatch
        Is not to take this for an edit by hand.
    """

    def __init__(self, edits: EditWatch) -> None:
        self._edits = edits
        self._segmentation: Any = None
        self._timer = qt.QTimer()
        self._timer.setSingleShot(True)
        self._timer.setInterval(SETTLING_TIME)
        self._timer.connect("timeout()", self._update)

    def beforeUpdate(self, segmentationNode: Any) -> None:
        """Note whether the segments that are about to change are shown as surfaces."""
        if segmentationNode is None or self._timer.isActive():
            return
        surface = slicer.vtkSegmentationConverter.GetSegmentationClosedSurfaceRepresentationName()
        if segmentationNode.GetSegmentation().ContainsRepresentation(surface):
            self._segmentation = segmentationNode
            self._timer.start()

    def close(self) -> None:
        """Make no surface any more."""
        self._timer.stop()

    def _update(self) -> None:
        if slicer.mrmlScene.IsNodePresent(self._segmentation):
            with self._edits.ours():
                self._segmentation.CreateClosedSurfaceRepresentation()
