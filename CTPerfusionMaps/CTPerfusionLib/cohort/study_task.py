"""One study of a cohort, as a worker computes it."""

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .. import __version__
from ..errors import Cancelled, ConfigurationError, CTPerfusionError, ProcessingError
from ..networks import find_map_method
from ..pipeline import PipelineConfig, run_study
from .ownership import OwnerGone
from .records import StudyRecord, forget_record, result_folder, thumbnail_path, write_record
from .study_row import StudyRow, StudyStatus, as_json, row_of_result
from .thumbnail import write_thumbnail

_SMALLEST_SPACE = 64 * 2**20
"""Bytes; the result of a small study takes a third of it."""


@dataclass(frozen=True)
class StudyTask:
    """What a worker is told.

    Attributes
    ----------
    study : str
        Name of the study.
    source : Path
    config : PipelineConfig
    key : str
        What the result depends on.
    folder : Path
        Of the cohort; the worker sees it under the same path as the client.
    token : str
        Of the owner of the folder.
    preset_sha256 : str or None
        Of the client's file of the method preset that the configuration names; None without one.
    version : str
        Of the client's software.
    """

    study: str
    source: Path
    config: PipelineConfig
    key: str
    folder: Path
    token: str
    preset_sha256: str | None = None
    version: str = __version__


@dataclass(frozen=True)
class Answer:
    """What a worker says, in parts that any version of the software can send.

    Attributes
    ----------
    row : mapping
        The row as JSON; empty if the owner of the folder has gone.
    disk_is_full : bool
        Nothing more can be written, so that no other study needs to be tried.
    """

    row: dict[str, Any]
    disk_is_full: bool = False

    @classmethod
    def of(cls, row: StudyRow, *, disk_is_full: bool = False) -> "Answer":
        """Return the answer that tells a row."""
        return cls(as_json(row), disk_is_full)


def compute_study(task: StudyTask) -> Answer:
    """Compute a study, write its result and then its record, and return its row.

    Whatever goes wrong becomes a row with the reason. The result appears whole or not at all, and the record
    after it: a study without record was not finished.
    """
    signal = OwnerGone(task.folder, task.token)
    if signal.is_set():
        return Answer({})
    try:
        row = _computed(task, signal)
        write_record(task.folder, StudyRecord(task.key, row))
    except Cancelled:
        return Answer({})
    except Exception as error:  # a study never stops the others
        if OwnerGone(task.folder, task.token).is_set():
            return Answer({})  # the next owner has swept the files away: that is no failure of the study
        row = failed_row(task.study, error, task.source)
        return Answer.of(row, disk_is_full=_disk_is_full(task.folder) or not _recorded(task, row))
    return Answer.of(row)


def failed_row(study: str, error: BaseException, source: Path) -> StudyRow:
    """Return the row of a study with the reason of a failure.

    A file may be named for its patient, so its name is left out. Of errors that nobody foresaw only the kind
    is told: their text may name a patient as well.
    """
    if isinstance(error, CTPerfusionError):
        reason, remedy = error.reason, error.remedy
        if source.is_file():
            reason = reason.replace(source.name, "The file")
    elif isinstance(error, MemoryError):
        reason, remedy = "The memory did not suffice", "give fewer workers, so that each has more"
    else:
        reason = f"Something went wrong that was not foreseen ({type(error).__name__})"
        remedy = "run the study by itself with --debug, and report what it prints"
    return StudyRow(study, StudyStatus.FAILED, reason, remedy)


def _computed(task: StudyTask, signal: OwnerGone) -> StudyRow:
    if task.version != __version__:
        raise ProcessingError(
            f"A worker has ctperfusion {__version__}, and the client {task.version}",
            "install the same version everywhere",
        )
    if find_map_method(task.config.method).preset_sha256 != task.preset_sha256:
        raise ConfigurationError(
            f"A worker has another method preset {task.config.method} than the client",
            "copy its file to every machine, and start the workers anew",
        )
    if _disk_is_full(task.folder):  # before libraries fill the screen with what they could not write
        raise ConfigurationError(
            f"The disk of the output has less than {_SMALLEST_SPACE // 2**20} MB left", "make space on it"
        )
    forget_record(task.folder, task.study)
    target = result_folder(task.folder, task.study)
    run_study(task.source, target, task.config, cancel=signal)
    write_thumbnail(target, thumbnail_path(task.folder, task.study))
    return row_of_result(task.study, target, task.folder)


def _recorded(task: StudyTask, row: StudyRow) -> bool:
    """Write the record of a failure and return whether that was possible."""
    try:
        write_record(task.folder, StudyRecord(task.key, row))
    except OSError:
        return False
    return True


def _disk_is_full(folder: Path) -> bool:
    """Return whether there is no space left for a result; libraries hide the system's error in their own."""
    try:
        return shutil.disk_usage(folder).free < _SMALLEST_SPACE
    except OSError:
        return True
