"""The section Input: which series, from where, and what is in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import qt
import slicer
from slicer.i18n import tr as _

from .dependencies import ensureDependencies
from .logic import TITLE
from .messages import errorsShown, waitCursor
from .sampleData import addSampleHead
from .wording import describeSeries, toHtml

if TYPE_CHECKING:
    from .logic import CTPerfusionMapsLogic
    from .parameters import CTPerfusionMapsParameterNode


class InputPanel:
    """Loads series and says what the selected one holds.

    Parameters
    ----------
    ui : object
        Widgets by name.
    logic : CTPerfusionMapsLogic
    """

    def __init__(self, ui: Any, logic: CTPerfusionMapsLogic) -> None:
        self._ui = ui
        self._logic = logic
        self._node: CTPerfusionMapsParameterNode | None = None
        self._described: tuple[str, float] | None = None
        self.problem: str | None = _("Select a CT perfusion series first.")
        """Why the selected series cannot be computed; None where it can."""
        ui.loadFolderButton.connect("clicked(bool)", lambda _checked: self._onLoadFolder())
        ui.loadFileButton.connect("clicked(bool)", lambda _checked: self._onLoadFile())
        ui.sampleButton.connect("clicked(bool)", lambda _checked: self._onSample())

    def show(self, node: CTPerfusionMapsParameterNode | None) -> None:
        """Show the input of a parameter node."""
        self._node = node
        self._describe()

    def load(self, path: str) -> None:
        """Load a study from disk and select it."""
        with errorsShown(), waitCursor():
            ensureDependencies(TITLE)
            self._select(self._logic.loadStudy(path, self._interval()))

    def _onLoadFolder(self) -> None:
        path = qt.QFileDialog.getExistingDirectory(
            slicer.util.mainWindow(), _("Folder with a CT perfusion scan")
        )
        if path:
            self.load(path)

    def _onLoadFile(self) -> None:
        path = qt.QFileDialog.getOpenFileName(
            slicer.util.mainWindow(),
            _("CT perfusion scan"),
            "",
            _("CT perfusion series") + " (*.nii *.nii.gz *.seq.nrrd *.nrrd)",
        )
        if path:
            self.load(path)

    def _onSample(self) -> None:
        with errorsShown(), waitCursor():
            self._select(addSampleHead())

    def _select(self, sequence: Any) -> None:
        if self._node is not None:
            self._node.inputSequence = sequence
        _showInSlices(sequence)

    def _interval(self) -> float | None:
        return self._node.frameInterval or None if self._node is not None else None

    def _describe(self) -> None:
        """Say what the series holds, once for each series and interval."""
        sequence = self._node.inputSequence if self._node is not None else None
        if sequence is None:
            self._described, self.problem = None, _("Select a CT perfusion series first.")
            self._ui.summaryLabel.text = ""
            return
        described = (sequence.GetID(), self._interval() or 0.0)
        if described == self._described:
            return
        self._described = described
        try:
            series = self._logic.seriesOf(sequence, self._interval())
        except Exception as error:  # a series that cannot be used is no failure of the module
            self.problem = str(error)
            self._ui.summaryLabel.text = toHtml(self.problem, "warning")
            return
        self.problem = None
        from CTPerfusionLib.io import describe_series

        self._ui.summaryLabel.text = describeSeries(describe_series(series))


def _showInSlices(sequence: Any) -> None:
    """Show the frames of a series in the slice views, so that the user sees what was loaded."""
    browser = slicer.modules.sequences.logic().GetFirstBrowserNodeForSequenceNode(sequence)
    if browser is not None:
        slicer.util.setSliceViewerLayers(background=browser.GetProxyNode(sequence), fit=True)
