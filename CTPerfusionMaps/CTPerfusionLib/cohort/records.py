"""What is kept of each study of a cohort while it runs, so that it can be gone on with."""

import json
import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from ..errors import ProcessingError
from ..staging import remove
from .study_row import StudyRow, StudyStatus, as_json, from_json

STUDIES, RECORDS, THUMBNAILS = "studies", "records", "thumbnails"
"""Folders in that of a cohort: results, what is known of each study, and small pictures."""


@dataclass(frozen=True)
class StudyRecord:
    """A study that was computed, or could not be.

    Attributes
    ----------
    key : str
        What its result depends on, see :func:`~CTPerfusionLib.cohort.study_key.study_key`.
    row : StudyRow
    """

    key: str
    row: StudyRow


def result_folder(folder: Path, study: str) -> Path:
    """Return where the result of a study lies."""
    return folder / STUDIES / study


def thumbnail_path(folder: Path, study: str) -> Path:
    """Return where the small picture of a study lies."""
    return folder / THUMBNAILS / f"{study}.png"


def write_record(folder: Path, record: StudyRecord) -> None:
    """Write a record in one step, so that a kill never leaves half of one.

    Raises
    ------
    OSError
        If it cannot be written.
    """
    path = _path(folder, record.row.study)
    path.parent.mkdir(exist_ok=True)
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    partial.write_text(
        json.dumps({"key": record.key, "row": as_json(record.row)}, indent=1), encoding="utf-8"
    )
    partial.replace(path)


def read_record(folder: Path, study: str) -> StudyRecord | None:
    """Return the record of a study; None if there is none that can be trusted.

    A study counts as done only with its result beside the record.
    """
    try:
        content = json.loads(_path(folder, study).read_text(encoding="utf-8"))
        record = StudyRecord(content["key"], from_json(content["row"]))
    except (OSError, ValueError, KeyError, TypeError, ProcessingError):
        return None
    is_there = (result_folder(folder, study) / "summary.json").is_file()
    return record if is_there or record.row.status is not StudyStatus.DONE else None


def forget_record(folder: Path, study: str) -> None:
    """Remove the record of a study that is computed anew.

    Raises
    ------
    OSError
        If that is not possible.
    """
    _path(folder, study).unlink(missing_ok=True)


def has_records(folder: Path) -> bool:
    """Return whether a folder is that of an earlier cohort."""
    return (folder / RECORDS).is_dir()


def sweep(folder: Path) -> None:
    """Remove what processes that were killed have left half-written."""
    for name in (STUDIES, RECORDS, THUMBNAILS):
        for partial in (folder / name).glob(".*.partial"):
            with suppress(OSError):
                remove(partial)


def _path(folder: Path, study: str) -> Path:
    return folder / RECORDS / f"{study}.json"
