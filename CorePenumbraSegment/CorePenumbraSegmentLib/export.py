"""Writing the result to disk: report, table and images."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from CTPerfusionLib.lesion import LesionAnalysis

    from .logic import PreparedLesion


def writeCsv(path: Path, analysis: LesionAnalysis, prepared: PreparedLesion) -> None:
    """Write the volumes of a lesion: one row for each, with its name, the words of the report and the mL."""
    from CTPerfusionLib.report import volume_rows

    rows = volume_rows(analysis.volumes.volumes_ml, prepared.given.tmax_definition)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["region", "volume_ml"])
        writer.writerows([row.title, "" if row.value is None else f"{row.value:.2f}"] for row in rows)


def writeNifti(folder: Path, analysis: LesionAnalysis, prepared: PreparedLesion) -> None:
    """Write maps, relative maps and segments as NIfTI files."""
    import numpy as np

    from CTPerfusionLib.io import write_nifti

    given, segmentation = prepared.given, analysis.segmentation
    for name, values in prepared.maps.maps.items():
        write_nifti(folder / f"{name}.nii.gz", values, given.ijk_to_ras, name=name, description=name)
    for name in ("core", "penumbra", "hypoperfusion"):
        mask = getattr(segmentation, name).astype(np.uint8)
        write_nifti(folder / f"{name}.nii.gz", mask, given.ijk_to_ras, name=name, description=name)


def writeReport(path: Path, study: Any, analysis: LesionAnalysis) -> None:
    """Write the self-contained HTML report of a study that was computed in this session."""
    from CTPerfusionLib.pipeline import write_study_report

    write_study_report(path, study.maps, analysis, study.config)
