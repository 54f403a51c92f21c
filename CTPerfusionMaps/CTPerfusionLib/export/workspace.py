"""What every object of one export shares: study, source images, identifiers, moment, software."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from ..series import RAS_TO_LPS, SourceImage, voxel_spacing
from ..series.geometry import FloatArray
from . import attribute_values as values
from .concepts import PRIVATE_SCHEME, PRIVATE_SCHEME_NAME
from .identity import CHARACTER_SET, StudyIdentity, set_text
from .series_kinds import MANUFACTURER, MODEL, SERIES_KINDS, SeriesKind

if TYPE_CHECKING:
    from highdicom.coding_schemes import CodingSchemeIdentificationItem
    from pydicom.dataset import Dataset

_CT_IMAGE = "1.2.840.10008.5.1.4.1.1.2"
_SPACING_DIGITS = 6
"""Decimals of a spacing in mm; positions in headers leave noise beyond them."""

_PATIENT_ATTRIBUTES = ("PatientName", "PatientID", "PatientBirthDate", "PatientSex")
_STUDY_ATTRIBUTES = ("StudyDate", "StudyTime", "StudyID", "AccessionNumber", "ReferringPhysicianName")


@dataclass(frozen=True, eq=False)
class Workspace:
    """One export.

    Attributes
    ----------
    identity : StudyIdentity
    images : tuple of SourceImage
        Of each slice, in the reference frame.
    ijk_to_ras : ndarray, shape (4, 4)
    shape : tuple of int
        (Z, Y, X) of the grid.
    digest : str
        From which identifiers are made.
    created : datetime
    version : str
        Of the software.
    """

    identity: StudyIdentity
    images: tuple[SourceImage, ...]
    ijk_to_ras: FloatArray
    shape: tuple[int, int, int]
    digest: str
    created: datetime
    version: str

    def uid(self, *role: object) -> str:
        """Return the identifier of a part of this export, the same each time it is asked for."""
        from pydicom.uid import generate_uid

        return generate_uid(
            entropy_srcs=["ctperfusion", self.digest, self.created.isoformat(), *map(str, role)]
        )

    def series_uid(self, kind: SeriesKind) -> str:
        """Return the identifier of a series."""
        return self.uid("series", kind.name)

    def arguments(self, kind: str, name: str, number: int = 1) -> dict[str, Any]:
        """Return what all constructors of highdicom take for an object called `name`.

        Patient data are not among them: highdicom repeats what it finds unusual in logs. They are set by
        :meth:`finish`.
        """
        series = SERIES_KINDS[kind]
        day, moment = self.created.date(), self.created.time()
        return {
            "series_instance_uid": self.series_uid(series),
            "series_number": series.number,
            "series_description": series.description,
            "sop_instance_uid": self.uid(kind, name),
            "instance_number": number,
            "manufacturer": MANUFACTURER,
            "manufacturer_model_name": MODEL,
            "software_versions": self.version,
            "device_serial_number": self.version,
            "series_date": day,
            "series_time": moment,
            "content_date": day,
            "content_time": moment,
            "coding_schemes": [_private_scheme(self.version)],
        }

    @cached_property
    def slices(self) -> list[Dataset]:
        """Headers as highdicom wants its source images: one per slice, exactly on the grid, nameless.

        Each carries a stand-in for its UID, which :meth:`finish` replaces by a reference to the source.
        """
        return [self._slice_header(index) for index in range(self.shape[0])]

    def finish(self, dataset: Dataset) -> Dataset:
        """Give an object its patient, its references and the moment of the export, and return it."""
        self._refer_to_sources(dataset)
        self.identity.apply(dataset)
        if dataset.Modality != "SR":
            dataset.BodyPartExamined = "HEAD"
        dataset.InstanceCreationDate = f"{self.created:%Y%m%d}"
        dataset.InstanceCreationTime = f"{self.created:%H%M%S.%f}"
        self._make_repeatable(dataset)
        return dataset

    def _slice_header(self, index: int) -> Dataset:
        from pydicom import Dataset

        header = Dataset()
        header.SpecificCharacterSet = CHARACTER_SET
        header.SOPClassUID = _CT_IMAGE
        header.SOPInstanceUID = _stand_in(index)
        header.StudyInstanceUID = self.identity.study_instance_uid
        header.SeriesInstanceUID = self.images[index].file.series_instance_uid
        header.FrameOfReferenceUID = self.identity.frame_of_reference_uid
        header.Modality = "CT"
        for keyword in (*_PATIENT_ATTRIBUTES, *_STUDY_ATTRIBUTES):
            setattr(header, keyword, "")
        for keyword, value in {**self.identity.lossy, **self.identity.scanner}.items():
            set_text(header, keyword, value)
        for keyword, numbers in plane_attributes(self.ijk_to_ras, index).items():
            setattr(header, keyword, numbers)
        _, header.Rows, header.Columns = self.shape
        return header

    def _refer_to_sources(self, dataset: Dataset) -> None:
        """Let stand-ins give way to references to the source images."""
        by_stand_in = {_stand_in(index): image for index, image in enumerate(self.images)}
        for frame in dataset.get("PerFrameFunctionalGroupsSequence", ()):
            for derivation in frame.get("DerivationImageSequence", ()):
                for item in derivation.SourceImageSequence:
                    stand_in = item.ReferencedSOPInstanceUID
                    if stand_in in by_stand_in:  # frames of several segments share their items
                        write_reference(item, by_stand_in[stand_in])
        if "SourceImageSequence" in dataset:
            dataset.SourceImageSequence = [reference(images) for images in images_by_file(self.images)]
        if "ReferencedSeriesSequence" in dataset:
            dataset.ReferencedSeriesSequence = series_references(self.images)

    def _make_repeatable(self, dataset: Dataset) -> None:
        """Let the identifier that highdicom draws at random, and its clock, follow from the export."""
        uid = self.uid("dimensions", dataset.SOPInstanceUID)
        for sequence in ("DimensionOrganizationSequence", "DimensionIndexSequence"):
            for item in dataset.get(sequence, ()):
                item.DimensionOrganizationUID = uid
        for item in dataset.get("ContributingEquipmentSequence", ()):
            if "ContributionDateTime" in item:
                item.ContributionDateTime = f"{self.created:%Y%m%d%H%M%S.%f}"


def plane_attributes(ijk_to_ras: FloatArray, slice_index: int) -> dict[str, Any]:
    """Return position, orientation and sizes of a slice as DICOM attributes; LPS coordinates.

    Parameters
    ----------
    ijk_to_ras : ndarray, shape (4, 4)
        Its slices ascend along row x column direction.
    slice_index : int
    """
    column_step, row_step, slice_step = np.round(voxel_spacing(ijk_to_ras), _SPACING_DIGITS).tolist()
    to_lps = RAS_TO_LPS @ np.asarray(ijk_to_ras, dtype=np.float64)
    directions = to_lps[:3, :2] / np.linalg.norm(to_lps[:3, :2], axis=0)
    position = (to_lps @ np.array([0.0, 0.0, slice_index, 1.0]))[:3]
    return {
        "ImagePositionPatient": [values.decimal(number) for number in position],
        "ImageOrientationPatient": [values.decimal(number) for number in directions.T.ravel()],
        "PixelSpacing": [values.decimal(row_step), values.decimal(column_step)],
        "SliceThickness": values.decimal(slice_step),
        "SpacingBetweenSlices": values.decimal(slice_step),
    }


def images_by_file(images: Iterable[SourceImage]) -> Iterator[tuple[SourceImage, ...]]:
    """Group images by the object that holds them; one that is named twice counts once."""
    groups: dict[str, dict[SourceImage, None]] = {}
    for image in images:
        groups.setdefault(image.file.sop_instance_uid, {})[image] = None
    for group in groups.values():
        yield tuple(group)


def reference(images: Sequence[SourceImage]) -> Dataset:
    """Return an item that refers to the images, all of one file."""
    from pydicom import Dataset

    item = Dataset()
    write_reference(item, *images)
    return item


def write_reference(item: Dataset, *images: SourceImage) -> None:
    """Write a reference to images of one file into an item."""
    item.ReferencedSOPClassUID = images[0].file.sop_class_uid
    item.ReferencedSOPInstanceUID = images[0].file.sop_instance_uid
    numbers = [image.frame_number for image in images if image.frame_number is not None]
    if numbers:
        item.ReferencedFrameNumber = numbers if len(numbers) > 1 else numbers[0]


def series_references(images: Iterable[SourceImage]) -> list[Dataset]:
    """Return the items of a Referenced Series Sequence."""
    from pydicom import Dataset

    series: dict[str, Dataset] = {}
    for group in images_by_file(images):
        uid = group[0].file.series_instance_uid
        if uid not in series:
            series[uid] = Dataset()
            series[uid].SeriesInstanceUID = uid
            series[uid].ReferencedInstanceSequence = []
        item = Dataset()
        item.ReferencedSOPClassUID = group[0].file.sop_class_uid
        item.ReferencedSOPInstanceUID = group[0].file.sop_instance_uid
        series[uid].ReferencedInstanceSequence.append(item)
    return list(series.values())


@contextmanager
def quiet() -> Iterator[None]:
    """Keep values of headers, which may be those of a patient, out of warnings."""
    import warnings

    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", module="pydicom|highdicom")
        yield


def _stand_in(index: int) -> str:
    return f"2.25.{index + 1}"


def _private_scheme(version: str) -> CodingSchemeIdentificationItem:
    from highdicom.coding_schemes import CodingSchemeIdentificationItem

    return CodingSchemeIdentificationItem(
        designator=PRIVATE_SCHEME,
        name=PRIVATE_SCHEME_NAME,
        version=version,
        responsible_organization=MANUFACTURER,
    )
