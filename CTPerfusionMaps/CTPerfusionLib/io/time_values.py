"""DICOM dates and times (DA, TM, DT) as seconds."""

import re
from datetime import date

SECONDS_PER_DAY = 86400.0

_TM = re.compile(r"(\d{2})(?:(\d{2})(?:(\d{2})(\.\d*)?)?)?")
_DT = re.compile(r"(\d{8})(\d{2}(?:\d{2}(?:\d{2}(?:\.\d*)?)?)?)(?:[+-]\d{4})?")
_FIRST_PLAUSIBLE_YEAR = 1970
"""Before the first CT scanner: dates such as '10102' or 00010101, which anonymisers write, are not dates."""


def seconds_of_day(text: str) -> float | None:
    """Return a DICOM TM, or the older ``HH:MM:SS``, as seconds since midnight; None if it is not one.

    A whole part with an odd number of digits has lost its leading zero on the way through some number type.
    """
    text = text.strip().replace(":", "")
    whole, point, fraction = text.partition(".")
    if len(whole) % 2:
        whole = "0" + whole
    match = _TM.fullmatch(whole + point + fraction)
    if match is None:
        return None
    hours, minutes, seconds = (int(part or 0) for part in match.groups()[:3])
    if hours > 23 or minutes > 59 or seconds > 60:
        return None
    return hours * 3600.0 + minutes * 60.0 + seconds + float("0" + (match[4] or ".0") + "0")


def day_number(text: str) -> int | None:
    """Return a DICOM DA, or the older ``YYYY.MM.DD``, as a count of days; None if it is no plausible date."""
    text = text.strip().replace(".", "")
    if len(text) != len("YYYYMMDD") or not text.isdigit():
        return None
    try:
        day = date(int(text[:4]), int(text[4:6]), int(text[6:]))
    except ValueError:
        return None
    return day.toordinal() if day.year >= _FIRST_PLAUSIBLE_YEAR else None


def date_and_time(text: str) -> tuple[str, str]:
    """Split a DICOM DT into its DA and TM; both are empty if it has no time of day.

    The offset from UTC is dropped: it is the same for all images of a scan.
    """
    match = _DT.fullmatch(text.strip())
    return (match[1], match[2]) if match else ("", "")
