"""Volumes and indices as a structured measurement report (DICOM PS3.16, TID 1500).

One group of measurements for each segment, which it refers to, and one for the lesion as a whole, which also
tells how all of them were made.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from ..io import Segment, lesion_segments
from .concepts import (
    BRAIN,
    CT_PERFUSION_OF_HEAD,
    LATERALITY,
    LEFT,
    MILLILITRE,
    PRIVATE_CONCEPTS,
    RIGHT,
    VOLUME,
    dicom_code,
)
from .content import DicomContent
from .measurements import segment_volume, summary_measurements
from .segmentation_object import segment_numbers, tracking_uid
from .series_kinds import MANUFACTURER, MODEL
from .workspace import Workspace

if TYPE_CHECKING:
    from highdicom.sr import (
        AlgorithmIdentification,
        ComprehensiveSR,
        FindingSite,
        MeasurementsAndQualitativeEvaluations,
        ObservationContext,
        QualitativeEvaluation,
        ReferencedSegment,
        VolumetricROIMeasurementsAndQualitativeEvaluations,
    )
    from pydicom.dataset import Dataset

KIND = "measurements"

_SIDES = {"left": LEFT, "right": RIGHT, "none": PRIVATE_CONCEPTS["NO_SIDE"]}
_TMAX_DEFINITIONS = {
    "centre": PRIVATE_CONCEPTS["TMAX_CENTRE"],
    "argmax": PRIVATE_CONCEPTS["TMAX_ARGMAX"],
}
_CORES = {"global": PRIVATE_CONCEPTS["CORE_GLOBAL"], "local": PRIVATE_CONCEPTS["CORE_LOCAL"]}


def build_measurement_report(
    content: DicomContent, workspace: Workspace, segmentation: Dataset
) -> ComprehensiveSR:
    """Return the report of a study.

    Parameters
    ----------
    content : DicomContent
    workspace : Workspace
    segmentation : Dataset
        The segmentation object whose segments it measures.
    """
    from highdicom.sr import ComprehensiveSR, MeasurementReport

    segments = lesion_segments(content.masks)
    dataset = ComprehensiveSR(
        evidence=[*_evidence(workspace), segmentation],
        content=MeasurementReport(
            observation_context=_observer(workspace),
            procedure_reported=dicom_code(CT_PERFUSION_OF_HEAD),
            imaging_measurements=[
                *(_segment_group(segment, content, workspace, segmentation) for segment in segments),
                _lesion_group(content, workspace),
            ],
        ),
        is_complete=True,
        is_final=False,
        is_verified=False,
        **workspace.arguments(KIND, KIND),
    )
    workspace.finish(dataset)
    return dataset


def _observer(workspace: Workspace) -> ObservationContext:
    from highdicom.sr import DeviceObserverIdentifyingAttributes, ObservationContext, ObserverContext
    from pydicom.sr.codedict import codes
    from pydicom.uid import generate_uid

    device = DeviceObserverIdentifyingAttributes(
        uid=generate_uid(entropy_srcs=["ctperfusion", "device", workspace.version]),
        name=MODEL,
        manufacturer_name=MANUFACTURER,
        model_name=MODEL,
        serial_number=workspace.version,
    )
    return ObservationContext(
        observer_device_context=ObserverContext(
            observer_type=codes.DCM.Device, observer_identifying_attributes=device
        )
    )


def _segment_group(
    segment: Segment, content: DicomContent, workspace: Workspace, segmentation: Dataset
) -> VolumetricROIMeasurementsAndQualitativeEvaluations:
    from highdicom.sr import (
        Measurement,
        TrackingIdentifier,
        VolumetricROIMeasurementsAndQualitativeEvaluations,
    )

    volume = segment_volume(content.summary, segment.id)
    measured = [] if volume is None else [Measurement(dicom_code(VOLUME), volume, dicom_code(MILLILITRE))]
    return VolumetricROIMeasurementsAndQualitativeEvaluations(
        tracking_identifier=TrackingIdentifier(
            uid=tracking_uid(workspace, segment.id), identifier=segment.id
        ),
        referenced_segment=_referenced_segment(segment_numbers(content)[segment.id], workspace, segmentation),
        finding_category=dicom_code(segment.terminology.category),
        finding_type=dicom_code(segment.terminology.type),
        finding_sites=[_finding_site(content)],
        algorithm_id=_algorithm(workspace, {}),
        measurements=measured,
    )


def _lesion_group(content: DicomContent, workspace: Workspace) -> MeasurementsAndQualitativeEvaluations:
    from highdicom.sr import Measurement, MeasurementsAndQualitativeEvaluations, TrackingIdentifier

    return MeasurementsAndQualitativeEvaluations(
        tracking_identifier=TrackingIdentifier(uid=tracking_uid(workspace, "lesion"), identifier="lesion"),
        finding_type=dicom_code(PRIVATE_CONCEPTS["LESION"]),
        finding_sites=[_finding_site(content)],
        algorithm_id=_algorithm(workspace, content.parameters),
        measurements=[
            Measurement(dicom_code(each.concept), each.value, dicom_code(each.unit))
            for each in summary_measurements(content.summary)
        ],
        qualitative_evaluations=_evaluations(content),
    )


def _evaluations(content: DicomContent) -> list[QualitativeEvaluation]:
    from highdicom.sr import QualitativeEvaluation

    summary, terms = content.summary, PRIVATE_CONCEPTS
    answers = {
        LATERALITY: _SIDES[summary["affected_hemisphere"]],
        terms["TMAX_DEFINITION"]: _TMAX_DEFINITIONS[summary["tmax_definition"]],
        terms["MISMATCH_CORE"]: _CORES[summary["mismatch_core"]],
        terms["INTENDED_USE"]: terms["RESEARCH_ONLY"],
    }
    return [QualitativeEvaluation(dicom_code(name), dicom_code(answer)) for name, answer in answers.items()]


def _finding_site(content: DicomContent) -> FindingSite:
    from highdicom.sr import FindingSite

    side = content.summary["affected_hemisphere"]
    return FindingSite(dicom_code(BRAIN), laterality=None if side == "none" else dicom_code(_SIDES[side]))


def _algorithm(workspace: Workspace, parameters: Mapping[str, str]) -> AlgorithmIdentification:
    """Name the software and, in words, what it was set to."""
    from highdicom.sr import AlgorithmIdentification

    return AlgorithmIdentification(
        name=MODEL,
        version=workspace.version,
        manufacturer=MANUFACTURER,
        parameters=[f"{name}: {value}" for name, value in parameters.items()],
    )


def _referenced_segment(number: int, workspace: Workspace, segmentation: Dataset) -> ReferencedSegment:
    from highdicom.sr import ReferencedSegment, SourceImageForSegmentation

    return ReferencedSegment(
        sop_class_uid=segmentation.SOPClassUID,
        sop_instance_uid=segmentation.SOPInstanceUID,
        segment_number=number,
        source_images=[
            SourceImageForSegmentation(
                image.file.sop_class_uid,
                image.file.sop_instance_uid,
                None if image.frame_number is None else [image.frame_number],
            )
            for image in dict.fromkeys(workspace.images)
        ],
    )


def _evidence(workspace: Workspace) -> list[Dataset]:
    """Return the source images as evidence: the nameless headers under the identifiers of the sources."""
    from copy import copy

    evidence = []
    for header, image in zip(workspace.slices, workspace.images, strict=True):
        item = copy(header)
        item.SOPClassUID = image.file.sop_class_uid
        item.SOPInstanceUID = image.file.sop_instance_uid
        evidence.append(item)
    return evidence
