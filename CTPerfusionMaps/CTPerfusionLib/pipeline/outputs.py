"""The files of a result: maps, segments, scene, report, summary and manifest."""

import csv
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .. import __version__
from ..errors import ConfigurationError
from ..io import describe_series, lesion_segments, write_nifti, write_segmentation
from ..kinetics import METHODS
from ..lesion import LesionAnalysis
from ..preprocessing import FILTERS, MOTION_COLUMNS, REGISTRATION_METHODS, motion_table
from ..progress import ProgressCallback, part_of, reported
from ..report import ReportContent, write_report
from ..series import TMAX_QUANTITIES, Finding, Severity
from .analysis import StudyAnalysis, with_lesion
from .config import NO_REGISTRATION, PipelineConfig
from .curves import head_motion, study_curves
from .labels import MapLabel, map_labels
from .manifest import build_manifest, peak_memory_gb
from .preparation import PreparedSeries
from .scene_content import lesion_content, lesion_masks, relative_maps, study_content
from .stages import Stage, StageClock
from .study_maps import StudyMaps
from .summary import summarise

RESULT_NAMES = (
    "maps", "core_penumbra.seg.nrrd", "motion.csv", "scene.mrb", "report.html", "summary.json", "run.json",
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
    masks = lesion_masks(analysis.lesion)
    with clock.stage(Stage.SCENE) as on_progress:
        findings = analysis.findings + _write_scene(folder / "scene.mrb", analysis, on_progress)
    summary = summarise(analysis, findings)
    with clock.stage(Stage.REPORT) as on_progress:
        series = analysis.prepared.series
        labels = _write_maps(folder / "maps", analysis, part_of(on_progress, 0.0, 0.5))
        write_segmentation(
            folder / "core_penumbra.seg.nrrd", lesion_segments(masks), series.ijk_to_ras, series.shape
        )
        _write_motion(folder / "motion.csv", analysis.prepared)
        on_progress(0.6)
        content = _report_content(analysis, masks, findings, summary, config, clock.seconds)
        write_report(folder / "report.html", content, on_progress=part_of(on_progress, 0.6, 1.0))
    _write_json(folder / "summary.json", summary)
    manifest = build_manifest(analysis, config, clock.seconds, peak_memory_gb(), labels)
    _write_json(folder / "run.json", manifest)
    return summary


def write_study_report(path: Path, study: StudyMaps, lesion: LesionAnalysis, config: PipelineConfig) -> None:
    """Write the report of a study whose lesion was found apart from a run, as in the window.

    Parameters
    ----------
    path : Path
        HTML file to write.
    study : StudyMaps
    lesion : LesionAnalysis
        Found in the maps of `study`.
    config : PipelineConfig
        What the study was computed with.
    """
    analysis = with_lesion(study, lesion)
    masks, summary = lesion_masks(lesion), summarise(analysis, analysis.findings)
    write_report(path, _report_content(analysis, masks, analysis.findings, summary, config, {}))


def result_maps(analysis: StudyAnalysis) -> dict[str, NDArray[np.float32]]:
    """Return all maps of quantities by name, each (Z, Y, X): those of the fit and the relative ones."""
    return {**analysis.maps.maps, **relative_maps(analysis.lesion)}


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


def _report_content(
    analysis: StudyAnalysis,
    masks: Mapping[str, NDArray[np.bool_]],
    findings: tuple[Finding, ...],
    summary: Mapping[str, Any],
    config: PipelineConfig,
    seconds: Mapping[str, float],
) -> ReportContent:
    return ReportContent(
        scan=describe_series(analysis.prepared.series),
        baseline=analysis.prepared.baseline.image,
        ijk_to_ras=analysis.prepared.series.ijk_to_ras,
        maps=result_maps(analysis),
        quality=analysis.maps.quality,
        status=analysis.maps.status,
        tissue=analysis.prepared.masks.tissue,
        masks=masks,
        curves=study_curves(analysis),
        motion=head_motion(analysis.prepared),
        findings=findings,
        summary=summary,
        counted_core=str(analysis.lesion.counted),
        protocol=analysis.lesion.protocol,
        stages={Stage[name.upper()].title: value for name, value in seconds.items()},
        parameters=_parameters(analysis, config),
        version=__version__,
    )


def _parameters(analysis: StudyAnalysis, config: PipelineConfig) -> dict[str, Any]:
    """Return what was chosen, in the words and the order of the report."""
    prepared, protocol = analysis.prepared, analysis.lesion.protocol
    vessels = prepared.vessels
    definition = analysis.maps.tmax_definition
    return {
        "Method": METHODS[analysis.maps.method].title,
        "Computed on": analysis.maps.device.title,
        "Baseline": f"{analysis.prepared.baseline.n_frames} frames"
        + ("; the zero of each curve is fitted" if analysis.maps.offset_marginalised else ""),
        "Residue function": f"{analysis.residue} (of the mean curve of normal tissue)",
        "Motion correction": "off"
        if config.registration == NO_REGISTRATION
        else REGISTRATION_METHODS[config.registration].title,
        "Noise filter": FILTERS[config.filter].title,
        "Arterial input": vessels.aif.reason,
        "Venous output": "not found" if vessels.vof is None else vessels.vof.reason,
        "Partial volume": vessels.scale.reason,
        "Threshold protocol": f"{protocol.title} ({protocol.source})",
        "Core": "; ".join(filter(None, (protocol.core_text(definition), protocol.readings_text()))),
        "Hypoperfusion": protocol.hypoperfusion_text(definition),
        "Reference CBF": f"{analysis.lesion.rcbf_global.reference:.1f} mL/100 g/min "
        f"(median where {TMAX_QUANTITIES[definition].short_title} <= {protocol.reference_tmax_at_most:g} s)",
        "Seed": config.seed,
    }


def _write_json(path: Path, content: Mapping[str, Any]) -> None:
    path.write_text(json.dumps(content, indent=2, allow_nan=False) + "\n", encoding="utf-8")
