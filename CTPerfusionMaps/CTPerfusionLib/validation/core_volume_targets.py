"""What core-volume networks should reach on simulated patients, as data, and whether they do."""

from collections.abc import Callable
from functools import partial

from .benchmark_target import BenchmarkTarget, TargetOutcome, judge
from .core_volume_case import Cohort, CoreStudy, CoreVolumeEvaluation
from .core_volume_statistics import ensemble_result, fold_curves, study_cases, volume_agreement

FULL, ABLATIONS = "both", ("local", "global")
"""Pathways of the published network and of its ablations."""

_LEAST_HELD_OUT, _MOST_SPREAD, _LEAST_EXTERNAL = 0.90, 0.05, 0.85
_MOST_ERROR_ML = 10.0

Target = BenchmarkTarget[CoreVolumeEvaluation]


def find_study(evaluation: CoreVolumeEvaluation, pathways: str, output: str = "class") -> CoreStudy | None:
    """Return the first study with a network of this kind; None where there is none."""
    kinds = ((study.pathways, study.output, study) for study in evaluation.studies)
    return next((study for *kind, study in kinds if kind == [pathways, output]), None)


def _mean_area(evaluation: CoreVolumeEvaluation, pathways: str, cohort: Cohort) -> float | None:
    study = find_study(evaluation, pathways)
    return None if study is None else fold_curves(evaluation, study, cohort).areas.mean


def _spread(evaluation: CoreVolumeEvaluation) -> float | None:
    study = find_study(evaluation, FULL)
    return None if study is None else fold_curves(evaluation, study, Cohort.HELD_OUT).areas.sd


def _external(evaluation: CoreVolumeEvaluation) -> float | None:
    study = find_study(evaluation, FULL)
    if study is None:
        return None
    return ensemble_result(study_cases(evaluation, study, Cohort.EXTERNAL), study).area.auc


def _gain(pathways: str, evaluation: CoreVolumeEvaluation) -> float | None:
    full, reduced = (_mean_area(evaluation, each, Cohort.HELD_OUT) for each in (FULL, pathways))
    return None if full is None or reduced is None else full - reduced


def _volume_error(evaluation: CoreVolumeEvaluation) -> float | None:
    study = find_study(evaluation, FULL, "volume")
    if study is None:
        return None
    return volume_agreement(study_cases(evaluation, study, Cohort.HELD_OUT)).absolute_error.mean


def _held_out(evaluation: CoreVolumeEvaluation) -> float | None:
    return _mean_area(evaluation, FULL, Cohort.HELD_OUT)


def _beaten(pathways: str) -> Target:
    measure: Callable[[CoreVolumeEvaluation], float | None] = partial(_gain, pathways)
    return BenchmarkTarget(
        f"full model, less {pathways} pathway alone", "AUC on held-out patients, mean of the folds", measure,
        0.0, at_least=True,
    )  # fmt: skip


CORE_VOLUME_TARGETS: tuple[Target, ...] = (
    BenchmarkTarget(
        "full model", "AUC on held-out patients, mean of the folds", _held_out, _LEAST_HELD_OUT, at_least=True
    ),
    BenchmarkTarget("full model", "AUC on held-out patients, SD of the folds", _spread, _MOST_SPREAD),
    BenchmarkTarget(
        "full model", "AUC on external patients, ensemble", _external, _LEAST_EXTERNAL, at_least=True
    ),
    *(_beaten(pathways) for pathways in ABLATIONS),
    BenchmarkTarget(
        "volume, full model", "mean absolute error on held-out patients, ensemble, mL", _volume_error,
        _MOST_ERROR_ML,
    ),
)  # fmt: skip
"""All targets; those that an evaluation does not let measure are left out."""


def core_volume_outcomes(evaluation: CoreVolumeEvaluation) -> list[TargetOutcome]:
    """Return the targets with what was measured."""
    return judge(CORE_VOLUME_TARGETS, evaluation)
