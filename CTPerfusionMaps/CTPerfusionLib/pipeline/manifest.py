"""run.json: how a result was made, so that it can be made again."""

import platform
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any

from .. import RESEARCH_USE, __version__
from ..networks import ModelCard, find_map_method
from ..networks.core_volume import CoreVolumeCard
from ..preprocessing import Registration
from .analysis import StudyAnalysis
from .config import PipelineConfig
from .labels import MapLabel
from .summary import rounded

_LINUX_STATUS = Path("/proc/self/status")

_REPORTED_PACKAGES = ("numpy", "scipy", "SimpleITK", "numba", "torch", "pydicom", "slicer-core", "vtk")


def build_manifest(
    analysis: StudyAnalysis,
    config: PipelineConfig,
    seconds: Mapping[str, float],
    peak_memory_gb: float | None,
    labels: Mapping[str, MapLabel],
) -> dict[str, Any]:
    """Return the content of run.json: versions, parameters, inputs by UID and hash, seconds per stage.

    The study is named by identifiers and a hash only, never by its folder or patient. `labels` are those of
    the maps that were written, by the stems of their files.
    """
    prepared, method = analysis.prepared, find_map_method(analysis.maps.method)
    series, vessels, scale = prepared.series, prepared.vessels, prepared.vessels.scale
    return {
        "software": "ctperfusion",
        "version": __version__,
        "notice": RESEARCH_USE,
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "python": platform.python_version(),
        "packages": _installed_versions(),
        "parameters": _choices(config, analysis),
        "protocol": asdict(analysis.lesion.protocol),
        "method": {
            "name": method.name,
            "preset_sha256": method.preset_sha256,
            **method.parameters,
            **{name: rounded(value, 4) for name, value in analysis.maps.learned.items()},
            "offset_marginalised": analysis.maps.offset_marginalised,
            "device": analysis.maps.device.name,
        },
        "model": _identity(analysis.model),
        "core_volume_model": _identity(_core_volume_card(analysis)),
        "residue_function": None if analysis.residue is None else str(analysis.residue),
        "tmax_definition": str(analysis.maps.tmax_definition),
        "maps": {stem: {"quantity": label.quantity, "unit": label.unit} for stem, label in labels.items()},
        "input": {
            "sha256": series.metadata.input_sha256,
            "study_instance_uid": series.metadata.study_instance_uid,
            "series_instance_uids": list(series.metadata.series_instance_uids),
            "frames": series.n_frames,
            "shape": list(series.shape),
            "spacing_mm": [round(step, 5) for step in series.spacing],
            "time_source": str(series.time_source),
        },
        "vessels": {
            name: {
                "times_s": curve.times.round(4).tolist(),
                "enhancement_hu": curve.enhancement.round(3).tolist(),
                "voxels": curve.voxels.tolist(),
                "reason": curve.reason,
                "quality": {key: rounded(value, 4) for key, value in curve.quality.items()},
            }
            for name, curve in (("aif", vessels.aif), ("vof", vessels.vof))
            if curve is not None
        },
        "partial_volume": {
            "factor": round(float(scale.factor), 4), "applied": scale.applied, "reason": scale.reason,
        },
        "baseline": {"frames": prepared.baseline.n_frames, "arrival_s": round(prepared.baseline.arrival, 3)},
        "motion": None if prepared.registration is None else prepared.registration.motion.round(4).tolist(),
        "reference_frame": _reference(prepared.registration),
        "rejected_frames": _rejected(prepared.registration),
        "seconds": dict(seconds),
        "peak_memory_gb": peak_memory_gb,
    }  # fmt: skip


def _choices(config: PipelineConfig, analysis: StudyAnalysis) -> dict[str, Any]:
    """Return what was chosen, with files by their names only."""
    choices = {
        name: value.name if isinstance(value, Path) else value for name, value in asdict(config).items()
    }
    if config.core_volume_model is not None:
        choices["core_volume_model"] = Path(config.core_volume_model).stem
    choices["filter"] = config.applied_filter
    return {**choices, "model": None if analysis.model is None else analysis.model.name}


def _core_volume_card(analysis: StudyAnalysis) -> CoreVolumeCard | None:
    return None if analysis.core_volume is None else analysis.core_volume.card


def _identity(card: ModelCard | CoreVolumeCard | None) -> dict[str, str] | None:
    """Return which model was used."""
    return None if card is None else {"name": card.name, "title": card.title, "sha256": card.sha256}


def _reference(registration: Registration | None) -> dict[str, Any] | None:
    """Return the frame, from 0, that the others were aligned with."""
    if registration is None:
        return None
    return {"frame": registration.reference, "reason": registration.reference_reason}


def _rejected(registration: Registration | None) -> list[dict[str, Any]]:
    """Return the frames, from 0, that were left out."""
    rejections = () if registration is None else registration.rejections
    return [{"frame": rejection.frame, "reason": rejection.reason.code} for rejection in rejections]


def peak_memory_gb() -> float | None:
    """Return the peak resident memory of this process in GB; None where the system does not tell."""
    if _LINUX_STATUS.exists():
        # getrusage starts with the peak of the process that started this one.
        peak = next(line for line in _LINUX_STATUS.read_text().splitlines() if line.startswith("VmHWM"))
        return round(int(peak.split()[1]) * 1024 / 1e9, 2)
    try:
        import resource
    except ImportError:  # Windows
        return None
    usage = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round(usage * (1 if platform.system() == "Darwin" else 1024) / 1e9, 2)


def _installed_versions() -> dict[str, str]:
    versions = {}
    for package in _REPORTED_PACKAGES:
        try:
            versions[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    return versions
