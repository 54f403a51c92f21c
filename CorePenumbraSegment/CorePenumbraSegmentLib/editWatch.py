"""Notices when a user edits a segment by hand, so that volumes can follow."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import qt
from slicer.util import VTKObservationMixin

SETTLING_TIME = 150
"""Milliseconds without another change after which an edit counts as finished."""


class EditWatch(VTKObservationMixin):
    """Calls back after the segments of a node were changed by somebody else than us.

    Parameters
    ----------
    onEdited : callable
    """

    def __init__(self, onEdited: Callable[[], None]) -> None:
        VTKObservationMixin.__init__(self)
        self._onEdited = onEdited
        self._quiet = False
        self._timer = qt.QTimer()
        self._timer.setSingleShot(True)
        self._timer.setInterval(SETTLING_TIME)
        self._timer.connect("timeout()", self._report)

    def watch(self, segmentationNode: Any) -> None:
        """Watch this node, and no other."""
        import slicer

        self.removeObservers()
        self._timer.stop()
        if segmentationNode is not None:
            segmentation = segmentationNode.GetSegmentation()
            for event in (
                slicer.vtkSegmentation.SourceRepresentationModified,
                slicer.vtkSegmentation.SegmentRemoved,
            ):
                self.addObserver(segmentation, event, self._onModified)

    @contextmanager
    def ours(self) -> Iterator[None]:
        """Ignore the changes made inside."""
        self._quiet = True
        try:
            yield
        finally:
            self._quiet = False

    def close(self) -> None:
        """Stop watching."""
        self.watch(None)

    def _onModified(self, _caller: Any, _event: Any) -> None:
        if not self._quiet:
            self._timer.start()

    def _report(self) -> None:
        self._onEdited()
