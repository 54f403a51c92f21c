"""Values of DICOM attributes as they may be written again, from the bytes as they stand in a file.

Archives hold dates that are none, times with colons and decimal strings of 20 characters. pydicom would
repeat such values in warnings, which then stand in logs; here they are mended or left out without a word.
Identifiers keep their length even where it is too long: filed results must match the study.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from ..io.dicom_elements import element_text
from ..io.time_values import seconds_of_day

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

Clean = Callable[[str], str]
"""Takes the text of an attribute and returns what may be written; empty where nothing may."""

LONGEST_DECIMAL = 16
"""Characters that a DICOM decimal string (DS) holds."""

_FIRST_YEAR = 1850
"""Nobody older is scanned; anonymisers write the year 1 or 1800."""

_TIME = re.compile(r"\d{2}(\d{2}(\d{2}(\.\d{1,6})?)?)?")
_AGE = re.compile(r"\d{3}[DWMY]")
_CODE = re.compile(r"[A-Z0-9_ ]{1,16}")


def text(value: str) -> str:
    """Return words or an identifier without the control characters that no attribute may hold."""
    return "".join(character for character in value if character.isprintable()).strip()


def code(value: str) -> str:
    """Return a code string (CS) or several of them, in capitals."""
    parts = [part.strip().upper() for part in value.split("\\")]
    return "\\".join(parts) if all(_CODE.fullmatch(part) for part in parts) else ""


def sex(value: str) -> str:
    """Return M, F or O."""
    return value.upper() if value.upper() in ("M", "F", "O") else ""


def age(value: str) -> str:
    """Return an age such as 067Y."""
    return value if _AGE.fullmatch(value) else ""


def date(value: str) -> str:
    """Return a date, which may be one of the last century's, as YYYYMMDD."""
    digits = value.replace(".", "")
    try:
        known = datetime.strptime(digits, "%Y%m%d")
    except ValueError:
        return ""
    return f"{known:%Y%m%d}" if len(digits) == len("YYYYMMDD") and known.year >= _FIRST_YEAR else ""


def time(value: str) -> str:
    """Return a time of day as HHMMSS.FFFFFF or shorter, as it stands where that is valid."""
    seconds = seconds_of_day(value)
    if seconds is None:
        return ""
    if _TIME.fullmatch(value):
        return value
    minutes, rest = divmod(seconds, 60.0)
    return f"{int(minutes) // 60:02d}{int(minutes) % 60:02d}{min(rest, 59.999999):09.6f}"


def decimals(value: str) -> str:
    """Return decimal strings (DS) that fit into their 16 characters."""
    try:
        return "\\".join(decimal(float(part)) for part in value.split("\\"))
    except ValueError:
        return ""


def integer(value: str) -> str:
    """Return an integer string (IS)."""
    try:
        number = float(value)
    except ValueError:
        return ""
    return str(round(number)) if math.isfinite(number) and abs(number) < 2**31 else ""


def decimal(number: float) -> str:
    """Return a number as a decimal string of at most 16 characters, to ten significant digits.

    Raises
    ------
    ValueError
        If it is not finite.
    """
    if not math.isfinite(number):
        raise ValueError("a decimal string holds finite numbers only")
    plain = f"{round(number, 10) + 0.0:.10g}"
    return plain if len(plain) <= LONGEST_DECIMAL else f"{number:.9g}"


def decoded_text(dataset: Dataset, keyword: str) -> str:
    """Return the text of an attribute in the character set that the file states, empty where it is absent."""
    from pydicom.charset import convert_encodings, decode_bytes
    from pydicom.datadict import tag_for_keyword

    tag = tag_for_keyword(keyword)
    value = dataset.get_item(tag).value if tag is not None and tag in dataset else None
    if not isinstance(value, bytes):
        return element_text(dataset, keyword)
    stated = element_text(dataset, "SpecificCharacterSet")
    try:
        encodings = convert_encodings([part.strip() for part in stated.split("\\")])
        return decode_bytes(value, encodings, {0x0D, 0x0A, 0x09, 0x0C, 0x5C, 0x5E, 0x3D}).strip(" \0")
    except Exception:  # a character set that is unknown or not the one in use: keep the bytes as letters
        return value.decode("latin-1").strip(" \0")
