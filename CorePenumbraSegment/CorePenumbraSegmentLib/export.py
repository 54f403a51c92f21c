"""Writing the result to disk: report, table and images, each whole or not at all."""

from __future__ import annotations

import csv
from contextlib import contextmanager
from typing import TYPE_CHECKING

from CTPerfusionLib.staging import publish, staging_folder, unwritable

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from CTPerfusionLib.lesion import LesionAnalysis
    from CTPerfusionLib.report import ReportContent
    from CTPerfusionLib.series import SourceImages
    from CTPerfusionMapsLib.studies import ComputedStudy

    from .logic import PreparedLesion


def writeCsv(path: Path, analysis: LesionAnalysis, prepared: PreparedLesion) -> None:
    """Write the volumes of a lesion: one row for each, with its name, the words of the report and the mL.

    Raises
    ------
    ConfigurationError
        If the file cannot be written.
    """
    from CTPerfusionLib.report import volume_rows

    rows = volume_rows(analysis.volumes.volumes_ml, prepared.given.tmax_definition)
    with _staged(path) as folder:
        with (folder / path.name).open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["region", "volume_ml"])
            writer.writerows([row.title, "" if row.value is None else f"{row.value:.2f}"] for row in rows)
        (folder / path.name).replace(path)


def writeNifti(folder: Path, analysis: LesionAnalysis, prepared: PreparedLesion) -> None:
    """Write maps, relative maps and segments as NIfTI files, in place of files of the same names.

    Raises
    ------
    ConfigurationError
        If the folder cannot be written to.
    """
    import numpy as np

    from CTPerfusionLib.io import write_nifti
    from CTPerfusionLib.pipeline import lesion_content
    from CTPerfusionLib.series import quantities_of

    given = prepared.given
    content = lesion_content(analysis, given.ijk_to_ras, given.tmax_definition)
    quantities = quantities_of(given.tmax_definition)
    with _staged(folder / "maps") as staged:
        for name, values in {**given.maps, **content.maps}.items():
            label = quantities[name].label
            write_nifti(staged / f"{name}.nii.gz", values, given.ijk_to_ras, name=name, description=label)
        for name, mask in content.masks.items():
            write_nifti(
                staged / f"{name}.nii.gz",
                mask.astype(np.uint8),
                given.ijk_to_ras,
                name=name,
                description=name,
            )
        publish(staged, folder)


def writeReport(path: Path, study: ComputedStudy, analysis: LesionAnalysis) -> None:
    """Write the interactive report of a study that was computed in this session as one HTML file.

    Raises
    ------
    ConfigurationError
        If the file cannot be written.
    """
    from CTPerfusionLib.report import write_report

    write_report(path, _reportContent(study, analysis))


def writePdf(path: Path, study: ComputedStudy, analysis: LesionAnalysis) -> None:
    """Write the report of a study that was computed in this session as PDF.

    Raises
    ------
    ConfigurationError
        If the file cannot be written.
    """
    from CTPerfusionLib.report import write_pdf

    write_pdf(path, _reportContent(study, analysis))


def writeDicom(folder: Path, study: ComputedStudy, analysis: LesionAnalysis, source: SourceImages) -> None:
    """Write segments, maps, measurements and report pages of a study as DICOM, with the patient's identity.

    Raises
    ------
    ConfigurationError
        If the folder holds files or cannot be written.
    SeriesError
        If the source images are gone or have changed.
    """
    from CTPerfusionLib.export import write_dicom_results
    from CTPerfusionLib.pipeline import dicom_content, with_lesion

    content = dicom_content(with_lesion(study.maps, analysis), _reportContent(study, analysis))
    write_dicom_results(folder, content, source)


def _reportContent(study: ComputedStudy, analysis: LesionAnalysis) -> ReportContent:
    from CTPerfusionLib.pipeline import report_content, with_lesion

    return report_content(with_lesion(study.maps, analysis), study.config)


@contextmanager
def _staged(target: Path) -> Iterator[Path]:
    """Give a hidden folder beside `target` for what is moved away when it is whole."""
    with staging_folder(target) as folder:
        try:
            yield folder
        except OSError as error:
            raise unwritable(target, error) from error
