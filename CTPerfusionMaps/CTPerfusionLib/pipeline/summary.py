"""summary.json: the numbers of one study, in the form that scripts and cohorts read."""

import math
from collections.abc import Mapping
from typing import Any

from .. import RESEARCH_USE, __version__
from ..series import Finding
from .analysis import StudyAnalysis
from .core_volume_judgement import CoreVolumeJudgement


def summarise(analysis: StudyAnalysis) -> dict[str, Any]:
    """Return the content of summary.json; every key is there for every study.

    Volumes are in mL, times in seconds; a value that could not be determined is None.
    """
    lesion, volumes = analysis.lesion, analysis.lesion.volumes
    return {
        "volumes_ml": {name: rounded(volume, 2) for name, volume in volumes.volumes_ml.items()},
        "volumes_raw_ml": {name: rounded(volume, 2) for name, volume in volumes.raw_ml.items()},
        "mismatch_ratio": rounded(volumes.mismatch_ratio, 3),
        "mismatch_core": str(lesion.counted),
        "hypoperfusion_intensity_ratio": rounded(volumes.hypoperfusion_intensity_ratio, 3),
        "cbv_index": rounded(volumes.cbv_index, 3),
        "affected_hemisphere": str(lesion.affected.side),
        "criteria": {
            "defuse3": lesion.criteria.defuse3,
            "dawn": lesion.criteria.dawn,
            "extend": lesion.criteria.extend,
        },
        "core_volume_classifier": _describe_judgement(analysis.core_volume),
        "tmax_definition": str(analysis.maps.tmax_definition),
        "method": analysis.maps.method,
        "protocol": lesion.protocol.name,
        "quality": [describe_finding(finding) for finding in analysis.findings],
        "software_version": __version__,
        "notice": RESEARCH_USE,
    }


def _describe_judgement(judgement: CoreVolumeJudgement | None) -> dict[str, Any] | None:
    """Return what a core-volume network says as JSON."""
    if judgement is None:
        return None
    result, slices = judgement.result, judgement.result.slices
    return {
        "verdict": str(result.verdict),
        "probability_large": rounded(result.probability_large, 4),
        "volume_ml": rounded(result.volume_ml, 2),
        "threshold_ml": result.threshold_ml,
        "model": judgement.card.name,
        "title": judgement.card.title,
        "slices": {"lower": slices.lower, "upper": slices.upper, "chosen": str(slices.chosen)},
    }


def describe_finding(finding: Finding) -> Mapping[str, Any]:
    """Return a finding as JSON."""
    return {
        "code": finding.code,
        "severity": str(finding.severity),
        "value": finding.value,
        "limit": finding.limit,
        "message": finding.message,
        "remedy": finding.remedy,
    }


def rounded(value: float | None, digits: int) -> float | None:
    """Return `value` with `digits` decimals; None for None and for what is not finite."""
    if value is None or not math.isfinite(value):
        return None
    return round(float(value), digits)
