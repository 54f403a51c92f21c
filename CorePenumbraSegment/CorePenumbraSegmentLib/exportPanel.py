"""The section Export: report, table, images and DICOM objects on disk."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import qt
import slicer
from slicer.i18n import tr as _

from CTPerfusionLib.errors import ConfigurationError
from CTPerfusionMapsLib.dependencies import DICOM_REQUIREMENTS, ensureDependencies
from CTPerfusionMapsLib.dicomSources import sourceImages
from CTPerfusionMapsLib.messages import errorsShown, waitCursor
from CTPerfusionMapsLib.studies import COMPUTED_STUDIES

from .export import writeCsv, writeDicom, writeNifti, writePdf, writeReport
from .logic import TITLE

if TYPE_CHECKING:
    from collections.abc import Callable

    from CTPerfusionLib.lesion import LesionAnalysis
    from CTPerfusionMapsLib.studies import ComputedStudy

    from .logic import PreparedLesion


class ExportPanel:
    """Writes the present result where the user says.

    Parameters
    ----------
    ui : object
        Widgets by name.
    """

    def __init__(self, ui: Any) -> None:
        actions = {
            ui.exportReportButton: self._report,
            ui.exportPdfButton: self._pdf,
            ui.exportCsvButton: self._csv,
            ui.exportNiftiButton: self._nifti,
            ui.exportDicomButton: self._dicom,
        }
        self._buttons = tuple(actions)
        self._result: tuple[Any, PreparedLesion, LesionAnalysis] | None = None
        for button, action in actions.items():
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
        if self._result is not None:
            study = self._study()
            path = _fileName(_("Report"), "report.html", _("Web page") + " (*.html)")
            if path is not None:
                writeReport(path, study, self._result[2])

    def _pdf(self) -> None:
        if self._result is not None:
            study = self._study()
            path = _fileName(_("Report"), "report.pdf", _("PDF document") + " (*.pdf)")
            if path is not None:
                writePdf(path, study, self._result[2])

    def _csv(self) -> None:
        path = _fileName(_("Table of volumes"), "volumes.csv", _("Table") + " (*.csv)")
        if path is not None and self._result is not None:
            _cbfNode, prepared, analysis = self._result
            writeCsv(path, analysis, prepared)

    def _nifti(self) -> None:
        folder = _folderName(_("Folder for maps and segments"))
        if folder is not None and self._result is not None:
            _cbfNode, prepared, analysis = self._result
            writeNifti(folder, analysis, prepared)

    def _dicom(self) -> None:
        if self._result is None:
            return
        study = self._study()
        ensureDependencies(TITLE, DICOM_REQUIREMENTS)
        source = sourceImages(study.maps.prepared.series)
        if source is None:
            return
        folder = _folderName(_("Empty folder for the DICOM objects"))
        if folder is not None:
            writeDicom(folder, study, self._result[2], source)

    def _study(self) -> ComputedStudy:
        """Return the study of the present result.

        Raises
        ------
        ConfigurationError
            If it was not computed in this session.
        """
        from CTPerfusionLib.mrml import related_nodes

        cbfNode = None if self._result is None else self._result[0]
        study = COMPUTED_STUDIES.of(related_nodes(cbfNode).source)
        if study is None:
            raise ConfigurationError(
                "Report and DICOM show curves and motion of the scan, which this scene no longer holds",
                "compute the maps again in CT Perfusion Maps, then export",
            )
        return study


def _fileName(title: str, proposal: str, kinds: str) -> Path | None:
    path = qt.QFileDialog.getSaveFileName(slicer.util.mainWindow(), title, proposal, kinds)
    return Path(path) if path else None


def _folderName(title: str) -> Path | None:
    folder = qt.QFileDialog.getExistingDirectory(slicer.util.mainWindow(), title)
    return Path(folder) if folder else None
