"""All cases of a public cohort, one after the other or side by side, held against its reference maps."""

import hashlib
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from ..errors import ConfigurationError
from ..io.layouts import LAYOUTS, CohortCase, CohortLayout
from ..pipeline import PipelineConfig
from ..progress import StageProgress
from ..worker_processes import WorkerLostError, work_in_processes
from .patient_halves import Half, PatientHalves, find_copies, halve_patients
from .reference_case import ReferenceCase, ReferenceCohort
from .reference_measure import CaseComparison

Work = tuple[ReferenceCase, CohortCase]
"""A case without result, and its files."""


@dataclass(frozen=True)
class ReferenceChoices:
    """What is evaluated.

    Attributes
    ----------
    layout : str
        A key of :data:`CTPerfusionLib.io.layouts.LAYOUTS`.
    half : Half or None
        Only cases of this half; None for all.
    seed : int
        By which patients are divided.
    workers : int
        Cases side by side, each in a process on one core; 1 works here, on all cores.
    """

    layout: str
    half: Half | None = None
    seed: int = 0
    workers: int = 1


def evaluate_reference(
    folder: Path, choices: ReferenceChoices, config: PipelineConfig, progress: StageProgress
) -> ReferenceCohort:
    """Run the cases of a cohort through the pipeline and hold them against its reference maps.

    A case that lacks files, cannot be processed or is a copy of another one keeps its row, with the reason.

    Parameters
    ----------
    folder : Path
    choices : ReferenceChoices
    config : PipelineConfig
    progress : callable
        Called with a title and the fraction done; may raise to stop.

    Raises
    ------
    SeriesError
        If the folder does not follow the layout.
    ConfigurationError
        If the half that is asked for is empty, or the configuration cannot be used.
    """
    layout = LAYOUTS[choices.layout]
    found = layout.cases(folder)
    halves = halve_patients((each.patient for each in found), choices.seed)
    work = _chosen(found, halves, choices)
    copies = find_copies(_digests(found))
    done = [_failed_copy(case, copies[case.name]) for case, _ in work if case.name in copies]
    left = [(case, files) for case, files in work if case.name not in copies]
    compared = _compare_all(CaseComparison(choices.layout, config), left, choices.workers, progress)
    return ReferenceCohort(
        layout=layout,
        cases=tuple(sorted((*done, *compared), key=lambda case: case.number)),
        halves=halves,
        half=choices.half,
        settings=_settings(layout, found, halves, config),
    )


def _chosen(found: Sequence[CohortCase], halves: PatientHalves, choices: ReferenceChoices) -> list[Work]:
    """Return the cases of the half that is asked for."""
    cases = (
        (ReferenceCase(number, each.name, each.patient, halves.of(each.patient)), each)
        for number, each in enumerate(found, start=1)
    )
    work = [(case, files) for case, files in cases if choices.half in (None, case.half)]
    if not work:
        raise ConfigurationError(
            f"None of the {len(halves.patients)} patients falls into the {choices.half} half",
            "divide them by another seed, or evaluate all cases",
        )
    return work


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


def _failed_copy(case: ReferenceCase, original: str) -> ReferenceCase:
    return replace(
        case, failure=f"It has the same reference maps as {original}; leave one of the two out of the cohort."
    )


def _compare_all(
    comparison: CaseComparison, work: Sequence[Work], workers: int, progress: StageProgress
) -> list[ReferenceCase]:
    finished: dict[int, ReferenceCase] = {}

    def report(share: float) -> None:
        title = f"Case {min(len(finished) + 1, len(work))} of {len(work)}"
        progress(title, min((len(finished) + share) / len(work), 1.0))

    def take(case: ReferenceCase) -> None:
        finished[case.number] = case

    if workers == 1:
        for each in work:
            take(comparison(each, report))
        return list(finished.values())
    try:
        work_in_processes(comparison, work, workers, take, report)
    except WorkerLostError as error:
        for case, _ in work:
            finished.setdefault(case.number, replace(case, failure=str(error)))
    return list(finished.values())


def _settings(
    layout: CohortLayout, found: Sequence[CohortCase], halves: PatientHalves, config: PipelineConfig
) -> dict[str, str]:
    interval = config.frame_interval or layout.frame_interval
    return {
        "cohort": f"{layout.title}, {len(found)} cases of {len(halves.patients)} patients",
        "reference": layout.reference,
        "frames": "at the times of the files" if interval is None else f"{interval:g} s apart (assumed)",
        "patients": layout.patients,
        "halves": f"{len(halves.tuning)} patients for tuning, {len(halves.reporting)} for reporting, by a "
        f"hash of their names with the seed {halves.seed}",
        "method": config.method,
        "protocol": config.protocol,
        "filter": config.applied_filter,
    }
