"""The section Export: report, table and images on disk."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import qt
import slicer
from slicer.i18n import tr as _

from CTPerfusionLib.errors import ConfigurationError
from CTPerfusionMapsLib.messages import errorsShown, waitCursor
from CTPerfusionMapsLib.studies import COMPUTED_STUDIES

from .export import writeCsv, writeNifti, writeReport

if TYPE_CHECKING:
    from collections.abc import Callable

    from CTPerfusionLib.lesion import LesionAnalysis

    from .logic import PreparedLesion


class ExportPanel:
    """Writes the present result where the user says.

    Parameters
    ----------
    ui : object
        Widgets by name.
    """

    def __init__(self, ui: Any) -> None:
        self._buttons = (ui.exportReportButton, ui.exportCsvButton, ui.exportNiftiButton)
        self._result: tuple[Any, PreparedLesion, LesionAnalysis] | None = None
        for button, action in zip(self._buttons, (self._report, self._csv, self._nifti), strict=True):
            button.connect("clicked(bool)", lambda _checked, action=action: self._try(action))
        self.clear()

    def show(self, cbfNode: Any, prepared: PreparedLesion, analysis: LesionAnalysis) -> None:
        """Offer a result."""
        self._result = (cbfNode, prepared, analysis)
        self._enable(True)

    def clear(self) -> None:
        """Offer nothing."""
        self._result = None
        self._enable(False)

    def _enable(self, enabled: bool) -> None:
        for button in self._buttons:
            button.enabled = enabled

    def _try(self, action: Callable[[], None]) -> None:
        with errorsShown(), waitCursor():
            action()

    def _report(self) -> None:
        from CTPerfusionLib.mrml import related_nodes

        if self._result is None:
            return
        cbfNode, _prepared, analysis = self._result
        study = COMPUTED_STUDIES.of(related_nodes(cbfNode).source)
        if study is None:
            raise ConfigurationError(
                "The report shows curves and motion of the scan, which this scene no longer holds",
                "compute the maps again in CT Perfusion Maps, then export the report",
            )
        path = _fileName(_("Report"), "report.html", _("Web page") + " (*.html)")
        if path is not None:
            writeReport(path, study, analysis)

    def _csv(self) -> None:
        path = _fileName(_("Table of volumes"), "volumes.csv", _("Table") + " (*.csv)")
        if path is not None and self._result is not None:
            _cbfNode, prepared, analysis = self._result
            writeCsv(path, analysis, prepared)

    def _nifti(self) -> None:
        folder = qt.QFileDialog.getExistingDirectory(
            slicer.util.mainWindow(), _("Folder for maps and segments")
        )
        if folder and self._result is not None:
            _cbfNode, prepared, analysis = self._result
            writeNifti(Path(folder), analysis, prepared)


def _fileName(title: str, proposal: str, kinds: str) -> Path | None:
    path = qt.QFileDialog.getSaveFileName(slicer.util.mainWindow(), title, proposal, kinds)
    return Path(path) if path else None
