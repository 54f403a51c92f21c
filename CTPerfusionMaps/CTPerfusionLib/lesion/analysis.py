"""The whole chapter in one call: from maps to segments, volumes and criteria."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..progress import ProgressCallback, ignore_progress, part_of
from ..series import Finding, Severity
from .criteria import TrialCriteria, assess_criteria
from .hemispheres import (
    MEDIAN_DIFFERENCE,
    AffectedHemisphere,
    Side,
    affected_hemisphere,
    label_hemispheres,
    on_side,
)
from .local_normalisation import normalise_local
from .normalisation import Normalisation, normalise_global
from .protocol import CoreNormalisation, ThresholdProtocol
from .segmentation import LesionSegmentation, segment_thresholds
from .symmetry import SymmetryPlane, find_symmetry_plane
from .thresholding import Thresholding, prepare_thresholding
from .volumes import LesionVolumes, lesion_volumes


class NormalisationChoice(StrEnum):
    """Which normalisations a run computes."""

    GLOBAL = "global"
    LOCAL = "local"
    BOTH = "both"


@dataclass(frozen=True, eq=False)
class LesionAnalysis:
    """Everything that a study says about a lesion.

    Attributes
    ----------
    rcbf_global, rcbv_global : Normalisation
        Blood flow and volume relative to normally perfused tissue.
    rcbf_local : ndarray of float32, shape (Z, Y, X), or None
        Blood flow relative to the counterpart in the other hemisphere.
    plane : SymmetryPlane
        The mid-sagittal plane.
    hemispheres : ndarray of uint8, shape (Z, Y, X)
        `Hemisphere` of each voxel.
    affected : AffectedHemisphere
    segmentations : mapping of CoreNormalisation to LesionSegmentation
        By the normalisations that were asked for.
    counted : CoreNormalisation
        The normalisation whose core counts in penumbra, mismatch, ratio and criteria.
    volumes : LesionVolumes
    criteria : TrialCriteria
    protocol : ThresholdProtocol
    findings : tuple of Finding
    """

    rcbf_global: Normalisation
    rcbv_global: Normalisation
    rcbf_local: NDArray[np.float32] | None
    plane: SymmetryPlane
    hemispheres: NDArray[np.uint8]
    affected: AffectedHemisphere
    segmentations: Mapping[CoreNormalisation, LesionSegmentation]
    counted: CoreNormalisation
    volumes: LesionVolumes
    criteria: TrialCriteria
    protocol: ThresholdProtocol
    findings: tuple[Finding, ...]

    @property
    def segmentation(self) -> LesionSegmentation:
        """The segmentation whose core counts."""
        return self.segmentations[self.counted]


def analyse_lesion(
    maps: Mapping[str, NDArray[Any]],
    tissue: NDArray[np.bool_],
    baseline: NDArray[Any],
    ijk_to_ras: NDArray[Any],
    *,
    protocol: ThresholdProtocol,
    normalisation: NormalisationChoice | str = NormalisationChoice.BOTH,
    age: float | None = None,
    nihss: float | None = None,
    hours: float | None = None,
    on_progress: ProgressCallback = ignore_progress,
) -> LesionAnalysis:
    """Normalise, find the affected hemisphere, segment, measure and hold against the criteria.

    Parameters
    ----------
    maps : mapping of str to ndarray, shape (Z, Y, X)
        ``CBF`` in mL/100 g/min, ``CBV`` in mL/100 g and ``Tmax`` in seconds.
    tissue : ndarray of bool, shape (Z, Y, X)
        Tissue that is analysed.
    baseline : ndarray, shape (Z, Y, X)
        HU before contrast arrives.
    ijk_to_ras : ndarray, shape (4, 4)
    protocol : ThresholdProtocol
    normalisation : NormalisationChoice
        Which cores are wanted.
    age, nihss, hours : float, optional
        Years, NIH Stroke Scale, and hours since last known well, for the criteria.

    Raises
    ------
    ProcessingError
        If there is no tissue, or too little that is normally perfused.
    """
    choice = NormalisationChoice(normalisation)
    tmax, limit = maps["Tmax"], protocol.reference_tmax_at_most
    rcbf_global = normalise_global(maps["CBF"], tmax, tissue, tmax_limit=limit)
    rcbv_global = normalise_global(maps["CBV"], tmax, tissue, tmax_limit=limit)
    plane = find_symmetry_plane(baseline, tissue, ijk_to_ras, on_progress=part_of(on_progress, 0.0, 0.3))
    hemispheres = label_hemispheres(plane, _shape(tissue), ijk_to_ras)
    affected = affected_hemisphere(
        tmax, tissue, hemispheres, tmax_threshold=protocol.hypoperfusion_tmax_above
    )
    rcbf_local = None
    if choice is not NormalisationChoice.GLOBAL:
        rcbf_local = normalise_local(
            rcbf_global.map, baseline, tissue, ijk_to_ras,
            plane=plane, on_progress=part_of(on_progress, 0.3, 0.8),
        ).map  # fmt: skip
    by_global = prepare_thresholding(
        rcbf_global.map, tmax, tissue, ijk_to_ras, protocol, on_side(hemispheres, affected.side)
    )
    segmentations = _segmentations(choice, by_global, rcbf_local)
    counted = protocol.mismatch_core if protocol.mismatch_core in segmentations else next(iter(segmentations))
    volumes = lesion_volumes(
        by_global,
        segmentations[counted],
        core_global=_core(segmentations, CoreNormalisation.GLOBAL),
        core_local=_core(segmentations, CoreNormalisation.LOCAL),
        relative_volume=rcbv_global.map,
        on_progress=part_of(on_progress, 0.8, 1.0),
    )
    return LesionAnalysis(
        rcbf_global=rcbf_global,
        rcbv_global=rcbv_global,
        rcbf_local=rcbf_local,
        plane=plane,
        hemispheres=hemispheres,
        affected=affected,
        segmentations=segmentations,
        counted=counted,
        volumes=volumes,
        criteria=assess_criteria(
            volumes.core_ml, volumes.hypoperfusion_ml, age=age, nihss=nihss, hours=hours
        ),
        protocol=protocol,
        findings=_findings(affected, counted, protocol),
    )


def _shape(tissue: NDArray[np.bool_]) -> tuple[int, int, int]:
    slices, rows, columns = tissue.shape
    return slices, rows, columns


def _segmentations(
    choice: NormalisationChoice, by_global: Thresholding, rcbf_local: NDArray[np.float32] | None
) -> dict[CoreNormalisation, LesionSegmentation]:
    segmentations = {}
    if choice is not NormalisationChoice.LOCAL:
        segmentations[CoreNormalisation.GLOBAL] = segment_thresholds(by_global)
    if rcbf_local is not None:
        by_local = replace(by_global, relative_flow=rcbf_local)
        segmentations[CoreNormalisation.LOCAL] = segment_thresholds(by_local)
    return segmentations


def _core(
    segmentations: Mapping[CoreNormalisation, LesionSegmentation], normalisation: CoreNormalisation
) -> NDArray[np.bool_] | None:
    segmentation = segmentations.get(normalisation)
    return None if segmentation is None else segmentation.core


def _findings(
    affected: AffectedHemisphere, counted: CoreNormalisation, protocol: ThresholdProtocol
) -> tuple[Finding, ...]:
    findings = []
    if affected.side is Side.NONE:
        difference = abs(affected.left_median - affected.right_median)
        findings.append(
            Finding(
                code="no_affected_hemisphere",
                severity=Severity.INFO,
                message="Neither hemisphere is the later one; segments are not restricted to a side.",
                remedy="Read segments on both sides with care.",
                value=None if math.isnan(difference) else difference,
                limit=MEDIAN_DIFFERENCE,
            )
        )
    if counted is not protocol.mismatch_core:
        findings.append(
            Finding(
                code="other_core_counted",
                severity=Severity.WARNING,
                message=(
                    f"The mismatch counts the core by {counted} normalisation, although the protocol "
                    f"{protocol.name} asks for {protocol.mismatch_core}."
                ),
                remedy=f"Run with the {protocol.mismatch_core} normalisation as well.",
            )
        )
    return tuple(findings)
