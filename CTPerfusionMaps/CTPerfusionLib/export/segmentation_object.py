"""Core, penumbra and hypoperfusion as a DICOM segmentation."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..io import Segment, lesion_segments
from ..series import Colour
from .concepts import PRIVATE_CONCEPTS, dicom_code
from .content import DicomContent
from .frame_order import sort_frames
from .series_kinds import MANUFACTURER, MODEL, RESEARCH
from .workspace import Workspace

if TYPE_CHECKING:
    from highdicom.color import CIELabColor
    from highdicom.seg import Segmentation, SegmentDescription

KIND = "segmentation"
_SEPARATORS = {"<=": "≤", ">=": "≥", "=": ":", ",": ";"}
"""Signs that would split a parameter, since highdicom joins all of them to name=value,name=value."""


def segment_numbers(content: DicomContent) -> dict[str, int]:
    """Return the number of each segment by its identifier, counted from 1."""
    return {segment.id: number for number, segment in enumerate(lesion_segments(content.masks), start=1)}


def tracking_uid(workspace: Workspace, identifier: str) -> str:
    """Return the identifier by which segmentation and report mean the same region."""
    return workspace.uid("tracking", identifier)


def build_segmentation(content: DicomContent, workspace: Workspace) -> Segmentation:
    """Return the masks as overlapping binary segments, every slice of each.

    Slices without a voxel are written too: a segment of an empty mask, and the extent of the volume, would
    be lost to readers otherwise.
    """
    from highdicom.seg import Segmentation

    segments, numbers = lesion_segments(content.masks), segment_numbers(content)
    voxels = np.stack([segment.mask for segment in segments], axis=-1).astype(np.uint8)
    dataset = Segmentation(
        source_images=workspace.slices,
        pixel_array=voxels,
        segmentation_type="BINARY",
        segment_descriptions=[
            _description(segment, numbers[segment.id], content, workspace) for segment in segments
        ],
        content_label="CORE_PENUMBRA",
        content_description=f"Core, penumbra, hypoperfusion; {RESEARCH}",
        omit_empty_frames=False,
        **workspace.arguments(KIND, KIND),
    )
    sort_frames(dataset)
    workspace.finish(dataset)
    return dataset


def _description(
    segment: Segment, number: int, content: DicomContent, workspace: Workspace
) -> SegmentDescription:
    from highdicom import AlgorithmIdentificationSequence
    from highdicom.seg import SegmentDescription

    terms = segment.terminology
    return SegmentDescription(
        segment_number=number,
        segment_label=segment.name,
        segmented_property_category=dicom_code(terms.category),
        segmented_property_type=dicom_code(terms.type),
        algorithm_type="AUTOMATIC",
        algorithm_identification=AlgorithmIdentificationSequence(
            name=MODEL,
            family=dicom_code(PRIVATE_CONCEPTS["THRESHOLDING"]),
            version=workspace.version,
            source=MANUFACTURER,
            parameters={_joinable(name): _joinable(value) for name, value in content.parameters.items()},
        ),
        tracking_uid=tracking_uid(workspace, segment.id),
        tracking_id=segment.id,
        anatomic_regions=[dicom_code(terms.region)],
        display_color=_cielab(segment.colour),
    )


def _joinable(text: str) -> str:
    for sign, other in _SEPARATORS.items():
        text = text.replace(sign, other)
    return text


def _cielab(colour: Colour) -> CIELabColor:
    from highdicom.color import CIELabColor

    red, green, blue = (round(255 * channel) for channel in colour)
    return CIELabColor.from_rgb(red, green, blue)
