"""Single DICOM elements as plain Python values, tolerant of what anonymisers and old scanners write.

Values are taken from the bytes as they stand in the file. pydicom would validate and convert them, warn
about each of hundreds of files, and fail on elements whose bytes do not match their declared type.
"""

from __future__ import annotations

import contextlib
import hashlib
import math
import struct
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

_GE_ACQUISITION_CREATOR = (0x0019, 0x0010)
_GE_MIDSCAN_TIME = (0x0019, 0x1024)
_IDENTITY = ("PatientID", "PatientName", "PatientBirthDate")
_IDENTIFIER = ("PatientID", "IssuerOfPatientID")


def element_text(dataset: Dataset, tag: str | tuple[int, int]) -> str:
    """Return the value of an element as text, empty where it is absent."""
    return _decoded(_element_value(dataset, tag)).strip(" \0")


def element_texts(dataset: Dataset, keyword: str) -> tuple[str, ...]:
    """Return the values of a multi-valued element as text, empty where it is absent."""
    text = element_text(dataset, keyword)
    return tuple(part.strip() for part in text.split("\\")) if text else ()


def element_numbers(dataset: Dataset, keyword: str, count: int) -> tuple[float, ...] | None:
    """Return `count` finite numbers, or None where the element does not hold exactly that."""
    try:
        numbers = tuple(float(part) for part in element_texts(dataset, keyword))
    except ValueError:
        return None
    return numbers if len(numbers) == count and all(map(math.isfinite, numbers)) else None


def element_number(dataset: Dataset, keyword: str) -> float | None:
    """Return a finite number, or None."""
    numbers = element_numbers(dataset, keyword, 1)
    return None if numbers is None else numbers[0]


def element_integer(dataset: Dataset, keyword: str) -> int | None:
    """Return a whole number written as text (value representation IS), or None."""
    number = element_number(dataset, keyword)
    return None if number is None else round(number)


def element_unsigned(dataset: Dataset, keyword: str, default: int = 0) -> int:
    """Return an unsigned binary integer (value representation US or UL)."""
    with contextlib.suppress(Exception):  # the conversion of foreign bytes can fail in many ways
        return int(dataset.get(keyword, default))
    return default


def nested_datasets(dataset: Dataset, keyword: str) -> Sequence[Dataset]:
    """Return the items of a sequence, none where it is absent."""
    return dataset.get(keyword) or ()


def patient_digest(dataset: Dataset) -> str:
    """Return a digest of who the patient is, empty where the header names nobody."""
    return _digest(dataset, _IDENTITY)


def patient_id_digest(dataset: Dataset) -> str:
    """Return a digest of the patient's number and of who gave it, empty where there is no number.

    From one study to another names are written otherwise, or not known yet in an emergency. The number with
    its issuer identifies a patient (DICOM PS3.3, C.2.2).
    """
    return _digest(dataset, _IDENTIFIER) if element_text(dataset, "PatientID") else ""


def _digest(dataset: Dataset, keywords: Sequence[str]) -> str:
    identity = "|".join(element_text(dataset, keyword).strip("^ ").casefold() for keyword in keywords)
    return hashlib.sha256(identity.encode()).hexdigest() if identity.strip("|") else ""


def ge_midscan_time(dataset: Dataset) -> float | None:
    """Return GE's private mid-scan time (0019,1024) in seconds, or None.

    Some anonymisers store it as a binary little-endian double under the declared type DS (decimal text);
    both forms are read.
    """
    creator = element_text(dataset, _GE_ACQUISITION_CREATOR)
    if not (creator.startswith("GEMS_ACQU") or element_text(dataset, "Manufacturer").startswith("GE")):
        return None
    value = _element_value(dataset, _GE_MIDSCAN_TIME)
    with contextlib.suppress(ValueError):
        return _finite(float(_decoded(value).strip(" \0")))
    if isinstance(value, bytes) and len(value) == struct.calcsize("<d"):
        return _finite(struct.unpack("<d", value)[0])
    return None


def _element_value(dataset: Dataset, tag: str | tuple[int, int]) -> Any:
    from pydicom.datadict import tag_for_keyword
    from pydicom.tag import Tag

    number = Tag(tag_for_keyword(tag) or tag) if isinstance(tag, str) else Tag(tag)
    return dataset.get_item(number).value if number in dataset else None


def _decoded(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bytes):
        return value.decode("latin-1")
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "\\".join(str(part) for part in value)
    return str(value)


def _finite(number: float) -> float | None:
    return number if math.isfinite(number) else None
