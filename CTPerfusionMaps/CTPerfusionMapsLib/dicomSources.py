"""The DICOM images that a series in the scene came from: results that are written as DICOM refer to them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import qt
import slicer
from slicer.i18n import tr as _

from CTPerfusionLib.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from CTPerfusionLib.series import PerfusionSeries, SourceImages


def sourceImages(series: PerfusionSeries) -> SourceImages | None:
    """Return the images of a series, from Slicer's DICOM database or else from a folder that the user names.

    Returns
    -------
    SourceImages or None
        None where the user names no folder.

    Raises
    ------
    ConfigurationError
        If the series did not come from DICOM, or the images are those of another scan.
    SeriesError
        If there is no scan among the images.
    """
    from CTPerfusionLib.io import dicom_files_below, find_source_images

    uids = series.metadata.series_instance_uids
    if not uids:
        raise ConfigurationError(
            "This scan did not come from DICOM images, so there is no study to add results to",
            "load the DICOM study, or export NIfTI instead",
        )
    files = _filesInDatabase(uids)
    if not files:
        folder = qt.QFileDialog.getExistingDirectory(
            slicer.util.mainWindow(), _("Folder with the DICOM images of the scan")
        )
        if not folder:
            return None
        files = [str(path) for path in dicom_files_below(Path(folder))]
    sources = find_source_images(files)
    found = {file.series_instance_uid for file in sources.files}
    if sources.shape != (series.n_frames, series.n_slices) or not found <= set(uids):
        raise ConfigurationError(
            "These images are those of another scan",
            "choose the folder that the scan was loaded from",
        )
    return sources


def _filesInDatabase(uids: Sequence[str]) -> list[str]:
    """Return the files of some series in Slicer's DICOM database, as far as they are still there."""
    database = getattr(slicer, "dicomDatabase", None)
    if database is None or not database.isOpen:
        return []
    files = [file for uid in uids for file in database.filesForSeries(uid)]
    return [file for file in files if Path(file).is_file()]
