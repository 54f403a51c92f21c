"""Enhanced (multi-frame) CT: one record per frame from shared and per-frame functional groups."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from .dicom_elements import (
    element_number,
    element_numbers,
    element_text,
    element_texts,
    element_unsigned,
    nested_datasets,
)
from .records import ImageRecord, ImageSource

if TYPE_CHECKING:
    from pydicom.dataset import Dataset


def multi_frame_records(dataset: Dataset, whole: ImageRecord) -> tuple[ImageRecord, ...]:
    """Return one record per frame of a multi-frame CT image.

    Parameters
    ----------
    dataset : Dataset
        Header with the functional groups sequences.
    whole : ImageRecord
        What the header says outside of the functional groups; it holds for every frame unless a group
        says otherwise.
    """
    shared = next(iter(nested_datasets(dataset, "SharedFunctionalGroupsSequence")), None)
    frames = nested_datasets(dataset, "PerFrameFunctionalGroupsSequence")
    common = whole if shared is None else _refined(whole, shared)
    return tuple(
        replace(_refined(common, groups), source=ImageSource(whole.source.path, number))
        for number, groups in enumerate(frames)
    )


def _refined(record: ImageRecord, groups: Dataset) -> ImageRecord:
    """Return the record with what one item of functional groups adds or overrides."""
    position = element_numbers(_group(groups, "PlanePositionSequence"), "ImagePositionPatient", 3)
    orientation = element_numbers(_group(groups, "PlaneOrientationSequence"), "ImageOrientationPatient", 6)
    measures = _group(groups, "PixelMeasuresSequence")
    spacing = element_numbers(measures, "PixelSpacing", 2)
    rescale = _group(groups, "PixelValueTransformationSequence")
    content = _group(groups, "FrameContentSequence")
    slope = element_number(rescale, "RescaleSlope")
    intercept = element_number(rescale, "RescaleIntercept")
    kvp = element_number(_group(groups, "CTXRayDetailsSequence"), "KVP")
    return replace(
        record,
        position=record.position if position is None else position,  # type: ignore[arg-type]
        orientation=record.orientation if orientation is None else orientation,  # type: ignore[arg-type]
        pixel_spacing=record.pixel_spacing if spacing is None else spacing,  # type: ignore[arg-type]
        slice_thickness=element_number(measures, "SliceThickness") or record.slice_thickness,
        slice_spacing=element_number(measures, "SpacingBetweenSlices") or record.slice_spacing,
        rescale_slope=record.rescale_slope if slope is None else slope,
        rescale_intercept=record.rescale_intercept if intercept is None else intercept,
        kvp=record.kvp if kvp is None else kvp,
        image_type=element_texts(_group(groups, "CTImageFrameTypeSequence"), "FrameType")
        or record.image_type,
        temporal_position=element_unsigned(content, "TemporalPositionIndex") or record.temporal_position,
        clock=replace(
            record.clock,
            frame_acquisition_datetime=element_text(content, "FrameAcquisitionDateTime")
            or record.clock.frame_acquisition_datetime,
        ),
    )


def _group(groups: Dataset, keyword: str) -> Dataset:
    from pydicom.dataset import Dataset

    return next(iter(nested_datasets(groups, keyword)), Dataset())
