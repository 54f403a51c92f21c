"""Which cases of a public cohort are worked on, and the work on them, one after the other or side by side."""

import hashlib
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ..errors import ConfigurationError
from ..io.layouts import LAYOUTS, CohortCase, CohortLayout
from ..pipeline import PipelineConfig
from ..progress import StageProgress
from ..worker_processes import WorkerLostError, work_in_processes
from .patient_halves import Half, PatientHalves, find_copies, halve_patients
from .reference_case import Found, ReferenceCase
from .reference_task import CaseTask


@dataclass(frozen=True, eq=False)
class CohortCases:
    """The cases of a cohort, or of one half of it.

    Attributes
    ----------
    layout : CohortLayout
    n_cases : int
        Of the whole cohort.
    halves : PatientHalves
        Of all patients of the cohort.
    work : tuple of (ReferenceCase, CohortCase)
        Cases of the half that was asked for: without result, and their files.
    copies : mapping of str to str
        By the name of a case with the same reference maps as an earlier one, that one.
    """

    layout: CohortLayout
    n_cases: int
    halves: PatientHalves
    work: tuple[tuple[ReferenceCase[Any], CohortCase], ...]
    copies: dict[str, str]


def find_cohort_cases(folder: Path, layout_name: str, half: Half | None, seed: int) -> CohortCases:
    """Find the cases of a cohort and divide its patients.

    Raises
    ------
    SeriesError
        If the folder does not follow the layout.
    ConfigurationError
        If the half that is asked for is empty.
    """
    layout = LAYOUTS[layout_name]
    found = layout.cases(folder)
    halves = halve_patients((each.patient for each in found), seed)
    cases = (
        (ReferenceCase[Any](number, each.name, each.patient, halves.of(each.patient)), each)
        for number, each in enumerate(found, start=1)
    )
    work = tuple((case, files) for case, files in cases if half in (None, case.half))
    if not work:
        raise ConfigurationError(
            f"None of the {len(halves.patients)} patients falls into the {half} half",
            "divide them by another seed, or evaluate all cases",
        )
    return CohortCases(layout, len(found), halves, work, find_copies(_digests(found)))


def work_on_cases(
    task: CaseTask[Found], cohort: CohortCases, workers: int, progress: StageProgress
) -> tuple[ReferenceCase[Found], ...]:
    """Let a task measure all cases; one that fails, or is a copy of another, has its row with the reason.

    Parameters
    ----------
    task : CaseTask
    cohort : CohortCases
    workers : int
        Cases side by side, each in a process on one core; 1 works here, on all cores.
    progress : callable
        Called with a title and the fraction done; may raise to stop.
    """
    copies = [
        _failed_copy(case, cohort.copies[case.name]) for case, _ in cohort.work if case.name in cohort.copies
    ]
    work = [(case, files) for case, files in cohort.work if case.name not in cohort.copies]
    done = _worked_on(task, work, workers, progress)
    return tuple(sorted((*copies, *done), key=lambda case: case.number))


def cohort_settings(cohort: CohortCases, config: PipelineConfig) -> dict[str, str]:
    """Return what was chosen, in the words of the tables."""
    layout, halves = cohort.layout, cohort.halves
    interval = config.frame_interval or layout.frame_interval
    return {
        "cohort": f"{layout.title}, {cohort.n_cases} cases of {len(halves.patients)} patients",
        "reference": layout.reference,
        "frames": "at the times of the files" if interval is None else f"{interval:g} s apart (assumed)",
        "patients": layout.patients,
        "halves": f"{len(halves.tuning)} patients for tuning, {len(halves.reporting)} for reporting, by a "
        f"hash of their names with the seed {halves.seed}",
        "method": config.method,
        "protocol": config.protocol,
        "filter": config.applied_filter,
    }


def _digests(found: Sequence[CohortCase]) -> dict[str, str]:
    """Return digests of the reference maps of blood flow, which are as much a patient's own as the scan."""
    digests = {}
    for case in found:
        # What cannot be read is told when the case is compared.
        with suppress(KeyError, OSError):
            digests[case.name] = _digest(case.files["CBF"])
    return digests


def _digest(path: Path) -> str:
    digest = hashlib.sha256()
    for file in sorted(each for each in path.rglob("*") if each.is_file()) if path.is_dir() else [path]:
        digest.update(file.read_bytes())
    return digest.hexdigest()


def _failed_copy(case: ReferenceCase[Found], original: str) -> ReferenceCase[Found]:
    return replace(
        case, failure=f"It has the same reference maps as {original}; leave one of the two out of the cohort."
    )


def _worked_on(
    task: CaseTask[Found],
    work: Sequence[tuple[ReferenceCase[Found], CohortCase]],
    workers: int,
    progress: StageProgress,
) -> list[ReferenceCase[Found]]:
    finished: dict[int, ReferenceCase[Found]] = {}

    def report(share: float) -> None:
        title = f"Case {min(len(finished) + 1, len(work))} of {len(work)}"
        progress(title, min((len(finished) + share) / len(work), 1.0))

    def take(case: ReferenceCase[Found]) -> None:
        finished[case.number] = case

    if workers == 1:
        for each in work:
            take(task(each, report))
        return list(finished.values())
    try:
        work_in_processes(task, work, workers, take, report)
    except WorkerLostError as error:
        for case, _ in work:
            finished.setdefault(case.number, replace(case, failure=str(error)))
    return list(finished.values())
