"""A finding: something about a study that its reader has to know, with what to do about it."""

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How much a finding matters to the reader of the result."""

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True)
class Finding:
    """One finding on import, motion, bolus, vessels, truncation or lesion.

    Attributes
    ----------
    code : str
        Stable identifier in snake_case, such as ``missing_slices``.
    severity : Severity
    message : str
        One sentence for the reader, without patient data.
    remedy : str
        One sentence that says what to do.
    value, limit : float or None
        The measured value and the limit that it was held against, in the unit that `message` names.
    """

    code: str
    severity: Severity
    message: str
    remedy: str
    value: float | None = None
    limit: float | None = None
