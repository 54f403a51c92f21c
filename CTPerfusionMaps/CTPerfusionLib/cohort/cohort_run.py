"""Many studies through everything: found, computed side by side, gathered in a table and a page."""

import csv
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import Cancelled, ConfigurationError, ProcessingError
from ..networks import find_map_method
from ..pipeline import PipelineConfig
from ..progress import CancelSignal, StageProgress, ignore_stages
from ..staging import staging_folder, unwritable
from .asked_models import asked_model_hashes
from .distribution import answers
from .duplicates import without_duplicates
from .find_studies import find_studies
from .found_study import FoundStudy, study_names
from .ownership import owned
from .page import write_page
from .patient_table import PatientTable, read_patient_table
from .patients import with_patients
from .records import StudyRecord, has_records, read_record, sweep, write_record
from .requirements import require_cohort_packages
from .study_key import study_key
from .study_row import StudyRow, StudyStatus, from_json
from .study_task import Answer, StudyTask, failed_row
from .tables import write_tables
from .workers import (
    LocalWorkers,
    local_client,
    local_workers,
    remote_client,
    require_shared,
)

if TYPE_CHECKING:
    from distributed import Client

STUDY_LIST = "studies.csv"
"""Which study has which name: the only file of a cohort that may tell who the patients are."""


@dataclass(frozen=True)
class CohortConfig:
    """Choices for a cohort.

    Attributes
    ----------
    study : PipelineConfig
        For each study.
    workers : LocalWorkers or None
        Processes on this machine; by default as many as cores and memory allow.
    scheduler : str or None
        Address of a Dask scheduler whose workers compute instead, such as ``tcp://10.0.0.5:8786``.
    resume : bool
        Go on with the cohort in the output: what is done is kept.
    retry_failed : bool
        With `resume`: compute anew what failed.
    own_names : bool
        Name studies for their folders, which may tell who the patients are.
    patients : Path or None
        Table with age, NIHSS and hours of the patients, see
        :func:`~CTPerfusionLib.cohort.patient_table.read_patient_table`.
    """

    study: PipelineConfig = field(default_factory=PipelineConfig)
    workers: LocalWorkers | None = None
    scheduler: str | None = None
    resume: bool = False
    retry_failed: bool = False
    own_names: bool = False
    patients: Path | None = None


@dataclass(frozen=True)
class CohortResult:
    """Where a cohort was written, and what became of its studies.

    Attributes
    ----------
    folder : Path
    rows : tuple of StudyRow
        By the names of the studies.
    n_kept : int
        Studies that were not computed again.
    """

    folder: Path
    rows: tuple[StudyRow, ...]
    n_kept: int

    def count(self, status: StudyStatus) -> int:
        """Return how many studies have a status."""
        return sum(row.status is status for row in self.rows)


def run_cohort(
    root: Path | str,
    output: Path | str,
    config: CohortConfig | None = None,
    progress: StageProgress = ignore_stages,
    cancel: CancelSignal | None = None,
) -> CohortResult:
    """Compute all studies below a folder and write their table and page.

    Each study has a folder as :func:`~CTPerfusionLib.pipeline.run_study` writes it. A study that fails is a
    row with its reason. What is done stays, however the cohort ends.

    Parameters
    ----------
    root : path
        Searched by :func:`~CTPerfusionLib.cohort.find_studies`.
    output : path
        Made if needed.
    config : CohortConfig, optional
    progress : callable, optional
        Called with how many studies are done, and the fraction.
    cancel : CancelSignal, optional

    Raises
    ------
    CTPerfusionError
        If there is no study, the output cannot be written or holds an earlier cohort that is not to be gone
        on with, no worker can be had, or the disk is full.
    Cancelled
        If `cancel` was set; the table then holds what was done.
    """
    config = config or CohortConfig()
    require_cohort_packages()
    folder = Path(output).resolve()
    if has_records(folder) and not config.resume:
        raise ConfigurationError(
            f"The output {output} holds an earlier cohort",
            "add --resume to go on with it, or name another folder",
        )
    patients = _read_patients(config.patients, folder)
    progress("Finding studies", 0.0)
    studies = find_studies(Path(root).resolve(), folder)
    names = study_names(studies, own_names=config.own_names)
    if patients is not None:
        patients.check(names, (study.origin for study in studies))
    with owned(folder) as token:
        run = _CohortRun(folder, token, config, dict(zip(names, studies, strict=True)), patients)
        try:
            run.compute(progress, cancel)
        finally:
            sweep(folder)
            run.take_late()
            run.write()
        return CohortResult(folder, run.rows, run.n_kept)


def _read_patients(path: Path | None, folder: Path) -> PatientTable | None:
    if path is None:
        return None
    if path.resolve() == folder / STUDY_LIST:
        raise ConfigurationError(
            f"The table of patients is the cohort's own {STUDY_LIST}, which is written anew",
            "copy it to another place, and fill in the copy",
        )
    return read_patient_table(path)


class _CohortRun:
    """The rows of a cohort while it is computed."""

    def __init__(
        self,
        folder: Path,
        token: str,
        config: CohortConfig,
        studies: Mapping[str, FoundStudy],
        patients: PatientTable | None,
    ) -> None:
        self._folder = folder
        self._config = config
        self._studies = studies
        self._patients = patients
        self._rows: dict[str, StudyRow] = {}
        self._tasks: list[StudyTask] = []
        sweep(folder)
        self._plan(token)
        self.n_kept = len(self._rows) - sum(study.problem is not None for study in studies.values())

    @property
    def rows(self) -> tuple[StudyRow, ...]:
        """What is known of the studies so far, each counted once, by name."""
        uids = {name: study.study_uid for name, study in self._studies.items()}
        patients = {name: study.patient for name, study in self._studies.items()}
        known = [self._rows[name] for name in sorted(self._rows)]
        return with_patients(without_duplicates(known, uids), patients)

    def compute(self, progress: StageProgress, cancel: CancelSignal | None) -> None:
        """Compute what is left."""
        if not self._tasks:
            return
        progress("Starting workers", 0.0)
        with self._client() as client:
            if self._config.scheduler is not None:
                require_shared(client, str(self._folder / ".owner"))

            def on_wait(n_workers: int) -> None:
                if cancel is not None and cancel.is_set():
                    raise Cancelled
                progress(self._title(n_workers), len(self._rows) / len(self._studies))

            for task, answer in answers(client, self._tasks, on_wait):
                if not answer.row:
                    continue
                row = _row(task, answer)
                self._rows[task.study] = row
                if answer.disk_is_full:
                    raise ConfigurationError(
                        f"The disk of the output {self._folder} is full",
                        "make space, and go on with --resume --retry-failed",
                    )
                if read_record(self._folder, task.study) is None:
                    write_record(self._folder, StudyRecord(task.key, row))

    def take_late(self) -> None:
        """Take over studies that were finished while the client was leaving."""
        for task in self._tasks:
            record = read_record(self._folder, task.study)
            if task.study not in self._rows and record is not None and record.key == task.key:
                self._rows[task.study] = record.row

    def write(self) -> None:
        """Write table, page and the list of studies."""
        rows = self.rows
        write_tables(rows, self._folder)
        write_page(rows, self._folder)
        self._write_list()

    def _plan(self, token: str) -> None:
        """Take over the rows that can be kept, and make tasks of the other studies."""
        hashes = asked_model_hashes(self._config.study)
        preset = find_map_method(self._config.study.method).preset_sha256
        for name, study in self._studies.items():
            if study.problem is not None:
                self._rows[name] = failed_row(name, study.problem, study.path)
                continue
            own = self._config.study
            if own.frame_interval is None and own.times is None:
                own = replace(own, frame_interval=study.frame_interval)
            if self._patients is not None:
                own = self._patients.completed(own, name, study.origin)
            try:
                key = study_key(study.path, own, hashes)
            except OSError as error:
                self._rows[name] = failed_row(name, error, study.path)
                continue
            kept = read_record(self._folder, name)
            if kept is not None and kept.key == key and self._stays(kept.row):
                self._rows[name] = kept.row
            else:
                self._tasks.append(StudyTask(name, study.path, own, key, self._folder, token, preset))

    def _stays(self, row: StudyRow) -> bool:
        return row.status is StudyStatus.DONE or not self._config.retry_failed

    @contextmanager
    def _client(self) -> "Iterator[Client]":
        if self._config.scheduler is not None:
            with remote_client(self._config.scheduler) as client:
                yield client
        else:
            workers = self._config.workers or local_workers()
            with local_client(workers) as client:
                yield client

    def _title(self, n_workers: int) -> str:
        failed = sum(row.status is StudyStatus.FAILED for row in self._rows.values())
        waiting = "" if n_workers else ", no worker left"
        return f"{len(self._rows)} of {len(self._studies)} studies, {failed} failed{waiting}"

    def _write_list(self) -> None:
        path = self._folder / STUDY_LIST
        try:
            with staging_folder(path) as staging:
                with (staging / STUDY_LIST).open("w", newline="", encoding="utf-8") as file:
                    lines = csv.writer(file)
                    lines.writerow(("study", "place"))
                    lines.writerows((name, study.origin) for name, study in self._studies.items())
                (staging / STUDY_LIST).replace(path)
        except OSError as error:
            raise unwritable(path, error) from error


def _row(task: StudyTask, answer: Answer) -> StudyRow:
    try:
        return from_json(answer.row)
    except ProcessingError as error:
        return failed_row(task.study, error, task.source)
