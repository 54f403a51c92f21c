"""What a moved threshold changes: segments, volumes and criteria."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ..errors import ArgumentError, ConfigurationError
from ..progress import ProgressCallback, ignore_progress
from ..series import Finding, Severity
from .criteria import TrialCriteria, assess_criteria
from .findings import Examined, lesion_findings
from .hemispheres import Side
from .lesion_maps import LesionMaps
from .protocol import CoreNormalisation, ThresholdProtocol
from .result import LesionAnalysis, NormalisationChoice, Patient
from .segmentation import LesionSegmentation, drawn_segmentation, segmentation_of
from .thresholding import Radii
from .volumes import LesionVolumes, lesion_volumes


def segment(
    maps: LesionMaps,
    protocol: ThresholdProtocol,
    *,
    normalisation: NormalisationChoice | str = NormalisationChoice.BOTH,
    side: Side | None = None,
    counted: CoreNormalisation | None = None,
    age: float | None = None,
    nihss: float | None = None,
    hours: float | None = None,
    on_progress: ProgressCallback = ignore_progress,
) -> LesionAnalysis:
    """Segment, measure and hold against the criteria: what a moved threshold changes.

    Parameters
    ----------
    maps : LesionMaps
        Of `prepare_lesion`.
    protocol : ThresholdProtocol
    normalisation : NormalisationChoice
        Which cores are wanted, of those that `maps` can give.
    side : Side, optional
        The affected side; found by the delays if none is given.
    counted : CoreNormalisation, optional
        The core that counts in penumbra, mismatch, ratio and criteria; the protocol's if none is given.
    age, nihss, hours : float, optional
        Years, NIH Stroke Scale, and hours since last known well, for the criteria.

    Raises
    ------
    ConfigurationError
        If the protocol needs a map that there is not, or another reference than that of `maps`.
    """
    protocol.check_maps([*maps.maps])
    if protocol.reference_tmax_at_most != maps.reference_tmax_at_most:
        raise ConfigurationError(
            f"The threshold protocol {protocol.name} refers to tissue with a Tmax up to "
            f"{protocol.reference_tmax_at_most:g} s, these maps to {maps.reference_tmax_at_most:g} s",
            "prepare the maps again for this protocol",
        )
    affected = maps.delays.affected(protocol.late_tmax)
    if side is not None:
        affected = replace(affected, side=side, chosen=True)
    wanted = _wanted(maps, NormalisationChoice(normalisation))
    segmentations = {each: _segmentation(maps, protocol, affected.side, each) for each in wanted}
    counted_core = _counted(wanted, protocol, counted)
    volumes = lesion_volumes(
        maps, segmentations, counted_core, protocol, affected.side, on_progress=on_progress
    )
    patient = Patient(age, nihss, hours)
    return LesionAnalysis(
        maps=maps,
        affected=affected,
        segmentations=segmentations,
        counted=counted_core,
        volumes=volumes,
        patient=patient,
        criteria=_criteria(volumes, patient),
        protocol=protocol,
        findings=lesion_findings(Examined(maps, affected, segmentations, counted_core, protocol, volumes)),
    )


def measure_masks(
    analysis: LesionAnalysis, core: NDArray[np.bool_], hypoperfusion: NDArray[np.bool_]
) -> LesionAnalysis:
    """Measure core and hypoperfusion as a person drew them, and hold them against the criteria.

    They take the place of the segments whose core counts; all else stays as it was found.

    Parameters
    ----------
    analysis : LesionAnalysis
        Of `segment`.
    core, hypoperfusion : ndarray of bool, shape (Z, Y, X)
        Taken as they are, also off the affected side; the core is added to the hypoperfusion.

    Raises
    ------
    ArgumentError
        If a mask has another shape than the maps.
    """
    shape = analysis.maps.tissue.shape
    for name, mask in (("core", core), ("hypoperfusion", hypoperfusion)):
        if mask.shape != shape:
            raise ArgumentError(
                name, f"{name} has the shape {mask.shape}, the maps have {shape}", "use the grid of the maps"
            )
    drawn = drawn_segmentation(np.asarray(core, dtype=bool), np.asarray(hypoperfusion, dtype=bool))
    segmentations = {**analysis.segmentations, analysis.counted: drawn}
    volumes = lesion_volumes(
        analysis.maps, segmentations, analysis.counted, analysis.protocol, analysis.affected.side
    )
    others = tuple(finding for finding in analysis.findings if finding != _DRAWN_BY_HAND)
    return replace(
        analysis,
        segmentations=segmentations,
        volumes=volumes,
        criteria=_criteria(volumes, analysis.patient),
        findings=(*others, _DRAWN_BY_HAND),
    )


_DRAWN_BY_HAND = Finding(
    code="drawn_by_hand",
    severity=Severity.INFO,
    message="Core and hypoperfusion are as a person drew them, not as the thresholds cut them.",
    remedy="Move a threshold to cut them anew.",
)


def _criteria(volumes: LesionVolumes, patient: Patient) -> TrialCriteria:
    return assess_criteria(
        volumes.core_ml,
        volumes.hypoperfusion_ml,
        age=patient.age,
        nihss=patient.nihss,
        hours=patient.hours,
    )


def _wanted(maps: LesionMaps, choice: NormalisationChoice) -> tuple[CoreNormalisation, ...]:
    if choice is NormalisationChoice.BOTH:
        return maps.normalisations
    normalisation = CoreNormalisation(choice)
    if normalisation not in maps.normalisations:
        raise ConfigurationError(
            "These maps have no local normalisation", "prepare them with it, or normalise globally"
        )
    return (normalisation,)


def _counted(
    wanted: tuple[CoreNormalisation, ...], protocol: ThresholdProtocol, chosen: CoreNormalisation | None
) -> CoreNormalisation:
    if chosen is None:
        return protocol.mismatch_core if protocol.mismatch_core in wanted else wanted[0]
    if chosen not in wanted:
        raise ConfigurationError(
            f"There is no core by {chosen} normalisation that could count", f"count the {wanted[0]} one"
        )
    return chosen


def _segmentation(
    maps: LesionMaps, protocol: ThresholdProtocol, side: Side, normalisation: CoreNormalisation
) -> LesionSegmentation:
    radii = Radii.of(protocol)
    core, hypoperfusion = (
        maps.cut(maps.limits(criteria, protocol, side, normalisation), side, radii)
        for criteria in (protocol.core_criteria, protocol.hypoperfusion)
    )
    thresholding = maps.thresholding(side, radii)
    return segmentation_of(core, hypoperfusion, thresholding, protocol.minimum_cluster_ml)
