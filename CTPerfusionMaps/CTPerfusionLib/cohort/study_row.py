"""What a cohort knows about one study: its result in numbers, or why there is none."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType
from typing import Any

from ..errors import ProcessingError
from ..pipeline.summary import describe_finding
from ..series import Finding, Severity
from .columns import MANIFEST, RESULT_COLUMNS, SUMMARY, Kind, Result, Value

REPORT = "report.html"
"""The report in the folder of a result."""


class StudyStatus(StrEnum):
    """What became of a study."""

    DONE = "done"
    FAILED = "failed"
    DUPLICATE = "duplicate"


@dataclass(frozen=True)
class StudyRow:
    """One study of a cohort.

    Attributes
    ----------
    study : str
        Its name within the cohort.
    status : StudyStatus
    reason, remedy : str or None
        Why there is no result, and what to do about it; None exactly for a study that is done.
    patient : str or None
        Name that all studies of the patient share, see :func:`~CTPerfusionLib.cohort.patients.with_patients`;
        None where that is not known, and as long as a study is looked at alone.
    values : mapping of str to Value
        By the names of `RESULT_COLUMNS`, all of them for a study that is done; empty for any other.
    findings : tuple of Finding
        In the order of the report; empty for a study that is not done.

    Raises
    ------
    ValueError
        If the parts do not fit each other or a value does not fit its column.
    """

    study: str
    status: StudyStatus
    reason: str | None = None
    remedy: str | None = None
    values: Mapping[str, Value] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()
    patient: str | None = None

    def __post_init__(self) -> None:
        is_done = self.status is StudyStatus.DONE
        expected = type(None) if is_done else str
        texts_fit = isinstance(self.reason, expected) and isinstance(self.remedy, expected)
        texts_fit = texts_fit and isinstance(self.patient, str | None)
        if not self.study or not isinstance(self.study, str) or not texts_fit:
            raise ValueError("a study has a name, and a reason and a remedy exactly if it is not done")
        if not is_done and self.findings:
            raise ValueError(f"a study that is {self.status} has no findings")
        columns = RESULT_COLUMNS if is_done else ()
        if set(self.values) != {column.name for column in columns}:
            raise ValueError("the values of a study are those of the columns if it is done, and none if not")
        for column in columns:
            if not column.kind.holds(self.values[column.name]):
                raise ValueError(f"{column.name} is no {column.kind.name.lower()}")
        object.__setattr__(self, "values", MappingProxyType(dict(self.values)))


def row_of_result(study: str, folder: Path, root: Path) -> StudyRow:
    """Return the row of a study that `ctperfusion run` has finished.

    Parameters
    ----------
    study : str
        Its name within the cohort.
    folder : Path
        Where its result lies.
    root : Path
        The folder of the cohort, which holds `folder`.

    Raises
    ------
    ProcessingError
        If summary.json or run.json is missing, damaged or of another version.
    """
    report = (folder / REPORT).relative_to(root).as_posix()
    try:
        result = Result(_record(folder / SUMMARY), _record(folder / MANIFEST), report)
        values = {column.name: _typed(column.kind, column.read(result)) for column in RESULT_COLUMNS}
        findings = tuple(_finding(record) for record in result.summary["quality"])
        return StudyRow(study, StudyStatus.DONE, values=values, findings=findings)
    except (OSError, ValueError, KeyError, IndexError, TypeError, AttributeError) as error:
        raise ProcessingError(
            f"The result of the study {study} is incomplete or of another version", "run the study again"
        ) from error


def as_json(row: StudyRow) -> dict[str, Any]:
    """Return a row as JSON."""
    return {
        "study": row.study,
        "status": str(row.status),
        "reason": row.reason,
        "remedy": row.remedy,
        "patient": row.patient,
        "values": dict(row.values),
        "findings": [dict(describe_finding(finding)) for finding in row.findings],
    }


def from_json(record: Any) -> StudyRow:
    """Return the row that `as_json` has written.

    Raises
    ------
    ProcessingError
        If anything is missing, too much or of another type: by another version, or damaged.
    """
    kinds = {column.name: column.kind for column in RESULT_COLUMNS}
    try:
        parts = {
            **record,
            "status": StudyStatus(record["status"]),
            "values": {name: _typed(kinds[name], value) for name, value in record["values"].items()},
            "findings": tuple(_finding(finding) for finding in record["findings"]),
        }
        return StudyRow(**parts)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ProcessingError(
            "The row of a study is damaged or of another version", "run the study again"
        ) from error


def _record(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def _typed(kind: Kind, value: Any) -> Value:
    """Return a number that JSON has as an integer, such as 0, as a float where the column holds floats."""
    if kind is Kind.NUMBER and type(value) is int:
        return float(value)
    found: Value = value
    return found


def _finding(record: Mapping[str, Any]) -> Finding:
    return Finding(**{**record, "severity": Severity(record["severity"])})
