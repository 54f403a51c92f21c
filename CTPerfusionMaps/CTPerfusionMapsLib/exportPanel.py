"""The section Export: the motion-corrected series on disk."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import qt
import slicer
from slicer.i18n import tr as _

from .dependencies import DICOM_REQUIREMENTS, ensureDependencies
from .dicomSources import sourceImages
from .logic import TITLE
from .messages import errorsShown, waitCursor

if TYPE_CHECKING:
    from collections.abc import Callable

    from CTPerfusionLib.pipeline import PreparedSeries
    from CTPerfusionLib.series import SourceImages

    from .studies import ComputedStudy


class ExportPanel:
    """Writes the corrected frames of the study that was computed last.

    Parameters
    ----------
    ui : object
        Widgets by name.
    """

    def __init__(self, ui: Any) -> None:
        actions = {
            ui.exportRegisteredNiftiButton: self._writeNifti,
            ui.exportRegisteredDicomButton: self._writeDicom,
        }
        self._buttons = tuple(actions)
        self._prepared: PreparedSeries | None = None
        for button, action in actions.items():
            button.connect("clicked(bool)", lambda _checked, action=action: self._try(action))

    def offer(self, study: ComputedStudy | None) -> None:
        """Offer the frames of a study; nothing for None."""
        self._prepared = None if study is None else study.maps.prepared
        for button in self._buttons:
            button.enabled = self._prepared is not None

    def _try(self, action: Callable[[PreparedSeries], None]) -> None:
        with errorsShown(), waitCursor():
            if self._prepared is not None:
                action(self._prepared)

    def _writeNifti(self, prepared: PreparedSeries) -> None:
        from CTPerfusionLib.io import write_nifti_series
        from CTPerfusionLib.staging import publish, staging_folder, unwritable

        folder = _folderName(_("Folder for the corrected series"))
        if folder is None:
            return
        with staging_folder(folder / "series.nii.gz") as staged:
            try:
                write_nifti_series(staged, prepared.kept.frames)
                publish(staged, folder)
            except OSError as error:
                raise unwritable(folder, error) from error

    def _writeDicom(self, prepared: PreparedSeries) -> None:
        from CTPerfusionLib.export import write_registered_dicom

        ensureDependencies(TITLE, DICOM_REQUIREMENTS)
        source = sourceImages(prepared.series)
        if source is None:
            return
        folder = _folderName(_("Empty folder for the corrected series"))
        if folder is None:
            return
        used = _usedSources(prepared, source)
        write_registered_dicom(folder, replace(prepared.kept.frames, sources=used), used)


def _usedSources(prepared: PreparedSeries, source: SourceImages) -> SourceImages:
    """Return the images of the frames that motion correction kept."""
    registration = prepared.registration
    return source if registration is None else source.with_frames(registration.used)


def _folderName(title: str) -> Path | None:
    folder = qt.QFileDialog.getExistingDirectory(slicer.util.mainWindow(), title)
    return Path(folder) if folder else None
