"""Patient and study attributes of the source images, read from them when results are written.

They are copied by name from a list, so that nothing else of a header - operators, institutions, private
elements, comments burnt in by other software - travels on.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from ..errors import SeriesError
from ..io.dicom_elements import element_text, nested_datasets
from ..series import SourceFile, SourceImage
from . import attribute_values as values

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

CHARACTER_SET = "ISO_IR 192"
"""UTF-8: holds every name, whatever character set the source has."""

_REQUIRED: Mapping[str, values.Clean] = MappingProxyType(
    {
        "PatientName": values.text,
        "PatientID": values.text,
        "PatientBirthDate": values.date,
        "PatientSex": values.sex,
        "StudyDate": values.date,
        "StudyTime": values.time,
        "ReferringPhysicianName": values.text,
        "StudyID": values.text,
        "AccessionNumber": values.text,
    }
)
"""Attributes that every object has, empty where they are not known (type 2)."""

_OPTIONAL: Mapping[str, values.Clean] = MappingProxyType(
    {
        "IssuerOfPatientID": values.text,
        "PatientBirthTime": values.time,
        "PatientAge": values.age,
        "PatientSize": values.decimals,
        "PatientWeight": values.decimals,
        "PatientIdentityRemoved": values.code,
        "DeidentificationMethod": values.text,
        "StudyDescription": values.text,
    }
)
"""Attributes that are copied where they are known (type 3)."""

_LOSSY: Mapping[str, values.Clean] = MappingProxyType(
    {
        "LossyImageCompression": values.code,
        "LossyImageCompressionRatio": values.decimals,
        "LossyImageCompressionMethod": values.code,
    }
)
"""What was once lost stays lost, and derived images have to say so."""

_UNKNOWN_METHOD = "Not stated by the source"


@dataclass(frozen=True)
class StudyIdentity:
    """Who and which study, for the objects that are filed with it; never printed.

    Attributes
    ----------
    study_instance_uid, frame_of_reference_uid : str
        A frame of reference is made from the study's UID where the source names none.
    attributes : mapping of str to str
        Patient and study attributes by keyword, ready to be written; several values are separated by a
        backslash.
    lossy : mapping of str to str
        Lossy compression that the source has been through.
    scanner : mapping of str to str
        Manufacturer and model of the scanner.
    """

    study_instance_uid: str = field(repr=False)
    frame_of_reference_uid: str = field(repr=False)
    attributes: Mapping[str, str] = field(repr=False)
    lossy: Mapping[str, str]
    scanner: Mapping[str, str]

    def apply(self, dataset: Dataset) -> None:
        """Write patient and study into an object that knows neither."""
        dataset.SpecificCharacterSet = CHARACTER_SET
        dataset.StudyInstanceUID = self.study_instance_uid
        for keyword, value in self.attributes.items():
            set_text(dataset, keyword, value)


def read_identity(image: SourceImage) -> StudyIdentity:
    """Read patient and study from a source image.

    Raises
    ------
    SeriesError
        If the file is gone, is not the image that was loaded, or lacks identifiers.
    """
    from pydicom.uid import generate_uid

    header = read_source_header(image.file)
    study_uid = element_text(header, "StudyInstanceUID")
    if not study_uid:
        raise _unidentified()
    frame_of_reference = element_text(header, "FrameOfReferenceUID")
    return StudyIdentity(
        study_instance_uid=study_uid,
        frame_of_reference_uid=frame_of_reference
        or generate_uid(entropy_srcs=["ctperfusion", study_uid, "frame of reference"]),
        attributes=MappingProxyType(_identity(header)),
        lossy=MappingProxyType(known_attributes(header, _LOSSY)),
        scanner=MappingProxyType(
            known_attributes(header, {"Manufacturer": values.text, "ManufacturerModelName": values.text})
        ),
    )


def read_source_header(file: SourceFile) -> Dataset:
    """Return the header of a source file.

    Raises
    ------
    SeriesError
        If the file is gone, is not the image that was loaded, or lacks identifiers.
    """
    from pydicom import dcmread

    path = Path(file.path)
    if not (file.sop_instance_uid and file.series_instance_uid):
        raise _unidentified()
    if not path.is_file():
        raise SeriesError(
            "The source images are no longer where they were loaded from, and results refer to them",
            "put the study back to its place, or load it again",
        )
    try:
        header = dcmread(path, stop_before_pixels=True, force=True)
        uid = element_text(header, "SOPInstanceUID")
    except OSError as error:
        raise SeriesError(
            f"A source image cannot be read ({error.strerror})", "check its access rights and try again"
        ) from error
    except Exception as error:  # the parser fails on foreign bytes in many ways, all with the same meaning
        raise _changed() from error
    if uid != file.sop_instance_uid:
        raise _changed()
    return header


def known_attributes(header: Dataset, wanted: Mapping[str, values.Clean]) -> dict[str, str]:
    """Return those of the wanted attributes that the header has and that may be written."""
    found = {keyword: clean(values.decoded_text(header, keyword)) for keyword, clean in wanted.items()}
    return {keyword: value for keyword, value in found.items() if value}


def set_text(dataset: Dataset, keyword: str, value: str) -> None:
    """Set an attribute to a text, or to several that a backslash separates."""
    parts = value.split("\\")
    setattr(dataset, keyword, parts if len(parts) > 1 else value)


def _unidentified() -> SeriesError:
    return SeriesError(
        "The source images lack the identifiers by which results refer to them",
        "export the study again from the archive",
    )


def _changed() -> SeriesError:
    return SeriesError(
        "The source images have changed since they were loaded, and results refer to them", "load them again"
    )


def _identity(header: Dataset) -> dict[str, str]:
    found = dict.fromkeys(_REQUIRED, "") | known_attributes(header, {**_REQUIRED, **_OPTIONAL})
    if found.get("PatientIdentityRemoved") == "YES" and not found.get("DeidentificationMethod"):
        meanings = [
            values.text(values.decoded_text(item, "CodeMeaning"))
            for item in nested_datasets(header, "DeidentificationMethodCodeSequence")
        ]
        found["DeidentificationMethod"] = "\\".join(filter(None, meanings)) or _UNKNOWN_METHOD
    return found
