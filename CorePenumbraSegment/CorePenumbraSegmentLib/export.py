"""Writing the result to disk: report, table and images, each whole or not at all."""

from __future__ import annotations

import csv
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from CTPerfusionLib.staging import publish, staging_folder, unwritable

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from CTPerfusionLib.lesion import LesionAnalysis

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


def writeReport(path: Path, study: Any, analysis: LesionAnalysis) -> None:
    """Write the self-contained HTML report of a study that was computed in this session.

    Raises
    ------
    ConfigurationError
        If the file cannot be written.
    """
    from CTPerfusionLib.pipeline import write_study_report

    write_study_report(path, study.maps, analysis, study.config)


@contextmanager
def _staged(target: Path) -> Iterator[Path]:
    """Give a hidden folder beside `target` for what is moved away when it is whole."""
    with staging_folder(target) as folder:
        try:
            yield folder
        except OSError as error:
            raise unwritable(target, error) from error
