"""DICOM files in a folder, and the records of the images that they hold."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import SeriesError
from ..progress import ProgressCallback, ignore_progress
from .dicom_elements import (
    element_integer,
    element_number,
    element_numbers,
    element_text,
    element_texts,
    element_unsigned,
    ge_midscan_time,
    patient_digest,
)
from .multi_frame import multi_frame_records
from .records import ImageClock, ImageRecord, ImageSource
from .threads import map_files

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

_PREAMBLE_LENGTH = 128
_PREFIX = b"DICM"
_FIRST_GROUPS_WITHOUT_PREAMBLE = (b"\x02\x00", b"\x08\x00")
_TEXT_SAMPLE_LENGTH = 512
_HEADER_TAGS: list[Any] = [
    "SOPClassUID", "SOPInstanceUID", "StudyInstanceUID", "SeriesInstanceUID", "FrameOfReferenceUID",
    "ImageType", "Modality", "Manufacturer", "ManufacturerModelName", "KVP",
    "PatientID", "PatientName", "PatientBirthDate",
    "SeriesNumber", "InstanceNumber", "AcquisitionNumber", "TemporalPositionIdentifier",
    "AcquisitionDateTime", "AcquisitionDate", "AcquisitionTime", "ContentDate", "ContentTime", "TriggerTime",
    "Rows", "Columns", "NumberOfFrames", "SamplesPerPixel",
    "ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing",
    "SliceThickness", "SpacingBetweenSlices", "RescaleSlope", "RescaleIntercept",
    "SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence",
    (0x0019, 0x0010), (0x0019, 0x1024),
]  # fmt: skip


@dataclass(frozen=True)
class FolderContents:
    """What a folder, or a list of files, holds for the importer.

    Attributes
    ----------
    ct_images : tuple of ImageRecord
        All CT images, in the order of the files.
    other_modalities : frozenset of str
        Modalities of the DICOM files that are no CT images.
    damaged : tuple of str
        Files that are neither text nor readable DICOM images: perhaps damaged images.
    """

    ct_images: tuple[ImageRecord, ...]
    other_modalities: frozenset[str]
    damaged: tuple[str, ...]


def read_folder(folder: Path, *, on_progress: ProgressCallback = ignore_progress) -> FolderContents:
    """Read the headers of all DICOM files below a folder.

    Raises
    ------
    SeriesError
        If the folder, or a file in it, may not be read.
    """
    return read_headers(sorted(_files_below(folder)), on_progress=on_progress)


def read_headers(paths: Sequence[str], *, on_progress: ProgressCallback = ignore_progress) -> FolderContents:
    """Read the headers of files, those that are no DICOM files among them.

    Raises
    ------
    SeriesError
        If one of them may not be read.
    """
    records: list[ImageRecord] = []
    modalities: set[str] = set()
    damaged: list[str] = []
    for path, header in zip(paths, map_files(_read_header, paths, on_progress=on_progress), strict=True):
        if header.is_damaged:
            damaged.append(path)
        records.extend(header.records)
        modalities.update(header.modality)
    return FolderContents(tuple(records), frozenset(modalities), tuple(damaged))


def holds_dicom(folder: Path) -> bool:
    """Return whether any file below a folder carries the mark of DICOM."""
    return any(map(has_dicom_mark, _files_below(folder)))


def has_dicom_mark(path: str | Path) -> bool:
    """Return whether a file carries the mark of DICOM.

    Raises
    ------
    SeriesError
        If it may not be read.
    """
    return _has_preamble(_start_of(path))


def dicom_files_below(folder: Path) -> list[Path]:
    """Return the files below a folder that carry the mark of DICOM, in the order of their paths.

    Raises
    ------
    SeriesError
        If the folder, or a file in it, may not be read.
    """
    return [Path(path) for path in sorted(_files_below(folder)) if has_dicom_mark(path)]


@dataclass(frozen=True)
class _Header:
    records: tuple[ImageRecord, ...] = ()
    modality: tuple[str, ...] = ()
    is_damaged: bool = False


_DAMAGED = _Header(is_damaged=True)


def _files_below(folder: Path) -> Iterator[str]:
    """Yield all regular files; links are followed, each folder is entered once."""
    entered: set[tuple[int, int]] = set()
    for parent, folders, files in os.walk(folder, followlinks=True, onerror=_refuse_unreadable):
        status = Path(parent).stat()
        if (status.st_dev, status.st_ino) in entered:
            folders.clear()
            continue
        entered.add((status.st_dev, status.st_ino))
        yield from (path for path in (os.path.join(parent, name) for name in files) if os.path.isfile(path))  # noqa: PTH113, PTH118


def _refuse_unreadable(error: OSError) -> None:
    raise SeriesError(
        f"A folder of the study cannot be read ({error.strerror})", "check its access rights and try again"
    ) from error


def _read_header(path: str) -> _Header:
    """Return what a file's header says, nothing for a file that has nothing to do with DICOM."""
    from pydicom import dcmread

    start = _start_of(path)
    has_preamble = _has_preamble(start)
    if not has_preamble and start[:2] not in _FIRST_GROUPS_WITHOUT_PREAMBLE:
        return _Header() if _is_text(start) else _DAMAGED
    try:
        dataset = dcmread(path, stop_before_pixels=True, specific_tags=_HEADER_TAGS, force=not has_preamble)
        return _header_of(dataset, path)
    except Exception:  # the parser fails on foreign bytes in many ways, all with the same meaning
        return _DAMAGED


def _start_of(path: str | Path) -> bytes:
    try:
        with Path(path).open("rb") as file:
            return file.read(_TEXT_SAMPLE_LENGTH)
    except OSError as error:
        raise SeriesError(
            f"A file of the study cannot be read ({error.strerror})", "check its access rights and try again"
        ) from error


def _has_preamble(start: bytes) -> bool:
    return start[_PREAMBLE_LENGTH:].startswith(_PREFIX)


def _is_text(start: bytes) -> bool:
    return bool(start) and all(byte in b"\t\n\r\f" or byte >= 0x20 for byte in start)


def _header_of(dataset: Dataset, path: str) -> _Header:
    from pydicom.uid import CTImageStorage, MediaStorageDirectoryStorage

    sop_class = element_text(dataset, "SOPClassUID")
    file_class = getattr(dataset, "file_meta", {}).get("MediaStorageSOPClassUID", "")
    if MediaStorageDirectoryStorage in (sop_class, file_class):
        return _Header()
    modality = element_text(dataset, "Modality")
    if not modality:
        return _DAMAGED
    if modality != "CT":
        return _Header(modality=(modality,))
    is_slice = CTImageStorage in (sop_class, file_class)
    if is_slice and not (element_unsigned(dataset, "Rows") and element_text(dataset, "PixelSpacing")):
        return _DAMAGED
    if not element_unsigned(dataset, "Rows"):
        return _Header(modality=(modality,))
    record = _image_record(dataset, path, sop_class or str(file_class))
    if "PerFrameFunctionalGroupsSequence" in dataset:
        return _Header(multi_frame_records(dataset, record))
    return _Header((record,))


def _image_record(dataset: Dataset, path: str, sop_class: str) -> ImageRecord:
    position = element_numbers(dataset, "ImagePositionPatient", 3)
    orientation = element_numbers(dataset, "ImageOrientationPatient", 6)
    spacing = element_numbers(dataset, "PixelSpacing", 2)
    return ImageRecord(
        source=ImageSource(path, 0),
        patient=patient_digest(dataset),
        study_uid=element_text(dataset, "StudyInstanceUID"),
        series_uid=element_text(dataset, "SeriesInstanceUID"),
        sop_class_uid=sop_class,
        instance_uid=element_text(dataset, "SOPInstanceUID") or path,
        frame_of_reference_uid=element_text(dataset, "FrameOfReferenceUID"),
        image_type=element_texts(dataset, "ImageType"),
        series_number=element_integer(dataset, "SeriesNumber"),
        instance_number=element_integer(dataset, "InstanceNumber"),
        acquisition_number=element_integer(dataset, "AcquisitionNumber"),
        temporal_position=element_integer(dataset, "TemporalPositionIdentifier"),
        rows=element_unsigned(dataset, "Rows"),
        columns=element_unsigned(dataset, "Columns"),
        position=position,  # type: ignore[arg-type]  # element_numbers returns exactly the count asked for
        orientation=orientation,  # type: ignore[arg-type]
        pixel_spacing=spacing,  # type: ignore[arg-type]
        slice_thickness=element_number(dataset, "SliceThickness"),
        slice_spacing=element_number(dataset, "SpacingBetweenSlices"),
        rescale_slope=element_number(dataset, "RescaleSlope"),
        rescale_intercept=element_number(dataset, "RescaleIntercept"),
        samples_per_pixel=element_unsigned(dataset, "SamplesPerPixel", 1),
        transfer_syntax=str(getattr(dataset, "file_meta", {}).get("TransferSyntaxUID", "")),
        manufacturer=element_text(dataset, "Manufacturer"),
        model=element_text(dataset, "ManufacturerModelName"),
        kvp=element_number(dataset, "KVP"),
        clock=ImageClock(
            acquisition_datetime=element_text(dataset, "AcquisitionDateTime"),
            acquisition_date=element_text(dataset, "AcquisitionDate"),
            acquisition_time=element_text(dataset, "AcquisitionTime"),
            content_date=element_text(dataset, "ContentDate"),
            content_time=element_text(dataset, "ContentTime"),
            ge_midscan_time=ge_midscan_time(dataset),
            trigger_time=element_number(dataset, "TriggerTime"),
        ),
    )
