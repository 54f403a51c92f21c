"""The files of a result: maps, segments, scene, report, summary and manifest."""

import csv
import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from ..errors import ConfigurationError
from ..export import write_dicom_results, write_registered_dicom
from ..io import lesion_segments, write_nifti, write_nifti_series, write_segmentation
from ..preprocessing import MOTION_COLUMNS, motion_table
from ..progress import ProgressCallback, part_of, reported
from ..report import ReportContent, write_pdf, write_report
from ..series import Finding, PerfusionSeries, Severity
from .analysis import StudyAnalysis
from .config import PipelineConfig, RegisteredFormat
from .dicom_results import dicom_content, source_images
from .labels import MapLabel, map_labels
from .manifest import build_manifest, peak_memory_gb
from .preparation import PreparedSeries
from .report_content import report_content
from .result_maps import result_maps
from .scene_content import lesion_content, lesion_masks, study_content
from .stages import Stage, StageClock
from .summary import summarise

RESULT_NAMES = (
    "maps", "core_penumbra.seg.nrrd", "motion.csv", "scene.mrb", "report.html", "report.pdf", "dicom",
    "registered", "summary.json", "run.json",
)  # fmt: skip
"""Everything that a run writes, and nothing else that may lie in its folder."""


def write_result(
    folder: Path, analysis: StudyAnalysis, config: PipelineConfig, clock: StageClock
) -> dict[str, Any]:
    """Write all files of a result into an empty `folder` and return the content of summary.json.

    A scene needs slicer-core; where that is not installed, the other files are written and a finding says so.

    Raises
    ------
    OSError
        If the disk is full or not writable.
    """
    with clock.stage(Stage.SCENE) as on_progress:
        findings = analysis.findings + _write_scene(folder / "scene.mrb", analysis, on_progress)
    analysis = replace(analysis, findings=findings)
    summary = summarise(analysis)
    with clock.stage(Stage.REPORT) as on_progress:
        series = analysis.prepared.series
        labels = _write_maps(folder / "maps", analysis, part_of(on_progress, 0.0, 0.4))
        segments = lesion_segments(lesion_masks(analysis.lesion))
        write_segmentation(folder / "core_penumbra.seg.nrrd", segments, series.ijk_to_ras, series.shape)
        _write_motion(folder / "motion.csv", analysis.prepared)
        content = report_content(analysis, config, clock.seconds, part_of(on_progress, 0.4, 0.5))
        write_report(folder / "report.html", content, on_progress=part_of(on_progress, 0.5, 0.8))
        write_pdf(folder / "report.pdf", content, on_progress=part_of(on_progress, 0.8, 1.0))
    _write_dicom(folder, analysis, content, config, clock)
    _write_json(folder / "summary.json", summary)
    manifest = build_manifest(analysis, config, clock.seconds, peak_memory_gb(), labels)
    _write_json(folder / "run.json", manifest)
    return summary


def _write_maps(folder: Path, analysis: StudyAnalysis, on_progress: ProgressCallback) -> dict[str, MapLabel]:
    """Write each map with what it is in its header; return the labels of the files by their stems."""
    folder.mkdir()
    maps = result_maps(analysis)
    maps |= {f"quality_{name}": values for name, values in analysis.maps.quality.items()}
    known = map_labels(analysis.maps)
    labels = {stem: known[stem] for stem in maps}
    for stem, label in reported(list(labels.items()), on_progress):
        write_nifti(
            folder / f"{stem}.nii.gz",
            maps[stem],
            analysis.prepared.series.ijk_to_ras,
            name=label.name,
            description=label.description,
        )
    return labels


def _write_motion(path: Path, prepared: PreparedSeries) -> None:
    """Write the motion of every frame, where it was corrected."""
    if prepared.registration is None:
        return
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, MOTION_COLUMNS, lineterminator="\n")
        writer.writeheader()
        for row in motion_table(prepared.registration, prepared.series.times):
            writer.writerow(
                {name: round(value, 4) if isinstance(value, float) else value for name, value in row.items()}
            )


def _write_scene(path: Path, analysis: StudyAnalysis, on_progress: ProgressCallback) -> tuple[Finding, ...]:
    from ..mrml import SceneContent, write_scene

    geometry = analysis.prepared.series.ijk_to_ras
    lesion = lesion_content(analysis.lesion, geometry, analysis.maps.tmax_definition)
    try:
        write_scene(path, SceneContent(study_content(analysis), lesion), on_progress=on_progress)
    except ConfigurationError as error:
        return (Finding("scene_not_written", Severity.INFO, f"{error.reason}.", f"{error.remedy}."),)
    return ()


def _write_dicom(
    folder: Path, analysis: StudyAnalysis, content: ReportContent, config: PipelineConfig, clock: StageClock
) -> None:
    """Write what was asked for of the results as DICOM objects and of the registered series."""
    if config.dicom:
        with clock.stage(Stage.DICOM) as on_progress:
            results = dicom_content(analysis, content)
            source = source_images(analysis.prepared.series)
            write_dicom_results(folder / "dicom", results, source, on_progress=on_progress)
    if config.registered is not None:
        with clock.stage(Stage.REGISTERED) as on_progress:
            frames = analysis.prepared.kept.frames
            _REGISTERED_WRITERS[config.registered](folder / "registered", frames, on_progress)


def _write_registered_dicom(folder: Path, series: PerfusionSeries, on_progress: ProgressCallback) -> None:
    write_registered_dicom(folder, series, source_images(series), on_progress=on_progress)


def _write_registered_nifti(folder: Path, series: PerfusionSeries, on_progress: ProgressCallback) -> None:
    folder.mkdir()
    write_nifti_series(folder, series, on_progress=on_progress)


_REGISTERED_WRITERS: Mapping[RegisteredFormat, Callable[[Path, PerfusionSeries, ProgressCallback], None]] = (
    MappingProxyType(
        {RegisteredFormat.DICOM: _write_registered_dicom, RegisteredFormat.NIFTI: _write_registered_nifti}
    )
)


def _write_json(path: Path, content: Mapping[str, Any]) -> None:
    path.write_text(json.dumps(content, indent=2, allow_nan=False) + "\n", encoding="utf-8")
