"""A deconvolution calibrated so that its maps reproduce those of other software, on the tuning half alone."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import ProcessingError
from ..kinetics import DECONVOLUTIONS, MethodPreset
from ..pipeline import PipelineConfig
from ..progress import StageProgress
from .patient_halves import Half, patient_digest
from .reference_case import ReferenceCase
from .reference_cases import CohortCases, cohort_settings, find_cohort_cases, work_on_cases
from .tuning_candidate import Candidate, candidates, default_candidate
from .tuning_measure import READINGS, CandidateComparison, CandidateScore, CoreVolumes, ReadingComparison

SMALLEST_CORE = 1.0
"""mL; a case with less in its reference maps tells nothing about the threshold of relative flow."""

_SCORING = 0.85
"""Share of the time, the rest being that of the flow reading."""


@dataclass(frozen=True)
class TuningChoices:
    """What is calibrated, and with whom.

    Attributes
    ----------
    layout : str
        A key of :data:`CTPerfusionLib.io.layouts.LAYOUTS`.
    deconvolution : str
        A key of :data:`CTPerfusionLib.kinetics.DECONVOLUTIONS`.
    name : str
        Of the new preset.
    seed : int
        By which patients are divided.
    workers : int
        Cases side by side, each in a process on one core; 1 works here, on all cores.
    """

    layout: str
    deconvolution: str
    name: str
    seed: int = 0
    workers: int = 1


@dataclass(frozen=True)
class ScoredCandidate:
    """A candidate and its scores.

    Attributes
    ----------
    candidate : Candidate
    mean : CandidateScore
        Mean of all cases.
    """

    candidate: Candidate
    mean: CandidateScore


@dataclass(frozen=True)
class ReadingFit:
    """The flow reading by which cores have the volumes of the reference.

    Attributes
    ----------
    reading : float
    n_cores : int
        Cases with a core in their reference maps.
    error_ml, unread_error_ml : float
        Mean absolute difference of the volumes of all cases by this reading, and by 1.
    """

    reading: float
    n_cores: int
    error_ml: float
    unread_error_ml: float

    @property
    def is_at_the_end(self) -> bool:
        """Whether a reading beyond those that are tried might fit better."""
        return self.reading in (READINGS[0], READINGS[-1])


@dataclass(frozen=True, eq=False)
class Tuning:
    """A calibration.

    Attributes
    ----------
    preset : MethodPreset
    scored : tuple of ScoredCandidate
        All candidates, best first.
    default : ScoredCandidate
        What the software takes where nothing is calibrated; among the others as well.
    reading : ReadingFit
    cases : tuple of ReferenceCase
        Of the tuning half, with the scores of :attr:`tried` or why they failed.
    cores : mapping of int to CoreVolumes
        By the number of the case.
    tried : tuple of Candidate
        In the order of the scores of a case.
    settings : mapping of str to str
        What was chosen, in the words of the tables.
    """

    preset: MethodPreset
    scored: tuple[ScoredCandidate, ...]
    default: ScoredCandidate
    reading: ReadingFit
    cases: tuple[ReferenceCase[tuple[CandidateScore, ...]], ...]
    cores: dict[int, CoreVolumes]
    tried: tuple[Candidate, ...]
    settings: dict[str, str]

    @property
    def best(self) -> ScoredCandidate:
        """What was chosen."""
        return self.scored[0]


def tune_deconvolution(
    folder: Path, choices: TuningChoices, config: PipelineConfig, progress: StageProgress
) -> Tuning:
    """Choose regularisation, smoothing and flow reading by the cases of the tuning half.

    Regularisation and smoothing are those with the best mean, over the cases, of Lin's concordance of Tmax
    and of relative CBF with the reference maps. The flow reading is that by which the cores, cut by the
    protocol of the configuration, differ least from those of the reference maps in their volumes.

    Parameters
    ----------
    folder : Path
        Of the cohort.
    choices : TuningChoices
    config : PipelineConfig
        All but the method and the filter.
    progress : callable
        Called with a title and the fraction done; may raise to stop.

    Raises
    ------
    SeriesError
        If the folder does not follow the layout.
    ConfigurationError
        If no patient falls into the tuning half, or the configuration cannot be used.
    ProcessingError
        If no case of the tuning half can be compared, or none has a core in its reference maps.
    """
    cohort = find_cohort_cases(folder, choices.layout, Half.TUNING, choices.seed)
    tried = candidates(choices.deconvolution)
    comparison = CandidateComparison(choices.layout, config, tried)
    cases = work_on_cases(comparison, cohort, choices.workers, _staged(progress, 0.0, _SCORING))
    scored = _ranked(tried, cases)
    best = scored[0].candidate
    reading, cores = _fit_reading(
        ReadingComparison(choices.layout, config, best), _comparable(cohort, cases), choices.workers,
        _staged(progress, _SCORING, 1.0),
    )  # fmt: skip
    used = [case for case in cases if case.agreement is not None]
    return Tuning(
        preset=_preset(best, reading, choices, cohort, used),
        scored=scored,
        default=next(each for each in scored if each.candidate == default_candidate(choices.deconvolution)),
        reading=reading,
        cases=cases,
        cores=cores,
        tried=tried,
        settings=_settings(cohort, choices, config),
    )


def fit_reading(volumes: Sequence[CoreVolumes]) -> ReadingFit:
    """Return the flow reading by which found and reference volumes differ least, linear between readings.

    Where several are as good as each other, the one closest to their middle is taken.

    Raises
    ------
    ProcessingError
        If no reference has a core.
    """
    n_cores = sum(each.reference_ml >= SMALLEST_CORE for each in volumes)
    if n_cores == 0:
        raise ProcessingError(
            "No case of the tuning half has an infarct core in its reference maps, so that the threshold of "
            "relative flow cannot be fitted",
            "add cases with a core, or divide the patients by another seed",
        )
    fine = np.linspace(READINGS[0], READINGS[-1], 100 * (len(READINGS) - 1) // 10 + 1)
    errors = np.mean(
        [np.abs(np.interp(fine, READINGS, each.found_ml) - each.reference_ml) for each in volumes], axis=0
    )
    good = np.flatnonzero(errors <= errors.min() + 1e-9)
    chosen = good[np.argmin(np.abs(good - good.mean()))]
    return ReadingFit(
        reading=round(float(fine[chosen]), 2),
        n_cores=n_cores,
        error_ml=float(errors[chosen]),
        unread_error_ml=float(np.interp(1.0, fine, errors)),
    )


def _ranked(
    tried: Sequence[Candidate], cases: Sequence[ReferenceCase[tuple[CandidateScore, ...]]]
) -> tuple[ScoredCandidate, ...]:
    found = [case.agreement for case in cases if case.agreement is not None]
    if not found:
        raise ProcessingError(
            f"None of the {len(cases)} cases of the tuning half can be compared with its reference maps; the "
            f"first says: {cases[0].failure.removesuffix('.')}",
            "see to the cases, or divide the patients by another seed",
        )
    scored = [
        ScoredCandidate(
            candidate,
            CandidateScore(
                tmax=float(np.mean([scores[position].tmax for scores in found])),
                flow=float(np.mean([scores[position].flow for scores in found])),
            ),
        )
        for position, candidate in enumerate(tried)
    ]
    return tuple(sorted(scored, key=lambda each: -each.mean.score))


def _comparable(
    cohort: CohortCases, cases: Sequence[ReferenceCase[tuple[CandidateScore, ...]]]
) -> CohortCases:
    """Return a cohort without the cases that failed already."""
    good = {case.number for case in cases if case.agreement is not None}
    return replace(cohort, work=tuple(each for each in cohort.work if each[0].number in good))


def _fit_reading(
    comparison: ReadingComparison, cohort: CohortCases, workers: int, progress: StageProgress
) -> tuple[ReadingFit, dict[int, CoreVolumes]]:
    cores = {
        case.number: case.agreement
        for case in work_on_cases(comparison, cohort, workers, progress)
        if case.agreement is not None
    }
    return fit_reading(list(cores.values())), cores


def _preset(
    best: Candidate,
    reading: ReadingFit,
    choices: TuningChoices,
    cohort: CohortCases,
    used: Sequence[ReferenceCase[Any]],
) -> MethodPreset:
    layout = cohort.layout
    patients = sorted({case.patient for case in used})
    return best.preset(
        choices.name,
        title=f"{DECONVOLUTIONS[best.deconvolution].title}, calibrated to the {layout.reference} maps of "
        f"{layout.title}",
        source=f"Fitted to {len(used)} cases of {len(patients)} patients, the tuning half of {layout.title} "
        f"by the seed {choices.seed}",
        flow_reading=reading.reading,
        tuned_with=tuple(patient_digest(layout.name, patient) for patient in patients),
    )


def _settings(cohort: CohortCases, choices: TuningChoices, config: PipelineConfig) -> dict[str, str]:
    settings = cohort_settings(cohort, config)
    del settings["filter"]
    return settings | {"method": choices.deconvolution, "preset": choices.name}


def _staged(progress: StageProgress, start: float, stop: float) -> StageProgress:
    """Return a display whose 0 to 1 maps onto `start` to `stop` of `progress`."""
    return lambda title, fraction: progress(title, start + fraction * (stop - start))
