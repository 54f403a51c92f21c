"""What an evaluation of core-volume networks says, as a report."""

from dataclasses import asdict
from typing import Any

from .. import RESEARCH_USE, __version__
from .benchmark_target import outcome_record
from .core_volume_case import Cohort, CoreStudy, CoreVolumeEvaluation, case_row
from .core_volume_figures import CAPTIONS, core_volume_figures
from .core_volume_statistics import ensemble_result, fold_curves, study_cases, volume_agreement
from .core_volume_tables import core_volume_tables
from .core_volume_targets import core_volume_outcomes
from .evaluation_files import Drawing, EvaluationReport

TITLE = "Large or small core from two slices of raw CT perfusion"

_INTRODUCTION = (
    "Networks that read two slices of the scan without tracer kinetics, in the tables and figures of "
    "Mittermeier et al., Diagnostics 2022;12:1142, whose numbers stand beside ours. They are of 217 patients "
    "and of 23 of another institution; how hard it is to tell cores apart differs between cohorts, so that "
    "areas of simulated and of real patients cannot be compared."
)


def core_volume_report(evaluation: CoreVolumeEvaluation) -> EvaluationReport:
    """Return what the evaluation says."""
    return EvaluationReport(
        title=TITLE,
        introduction=_INTRODUCTION,
        facts=_facts(evaluation),
        tables=core_volume_tables(evaluation),
        draw=lambda: {
            name: Drawing(figure, CAPTIONS[name]) for name, figure in core_volume_figures(evaluation).items()
        },
        cases=[case_row(case) for case in evaluation.cases],
        numbers=core_volume_record(evaluation),
    )


def core_volume_record(evaluation: CoreVolumeEvaluation) -> dict[str, Any]:
    """Return all statistics and targets, ready for JSON; None stands for what cannot be said."""
    return {
        "evaluation": "core-volume",
        "notice": RESEARCH_USE,
        "software_version": __version__,
        "settings": dict(evaluation.settings),
        "targets": [
            {"subject": outcome.target.subject, **outcome_record(outcome)}
            for outcome in core_volume_outcomes(evaluation)
        ],
        "studies": [
            {
                **asdict(study),
                "cohorts": {
                    str(cohort): _cohort_record(evaluation, study, cohort)
                    for cohort in Cohort
                    if study_cases(evaluation, study, cohort)
                },
            }
            for study in evaluation.studies
        ],
        "left_out": [asdict(each) for each in evaluation.left_out],
    }


def _cohort_record(evaluation: CoreVolumeEvaluation, study: CoreStudy, cohort: Cohort) -> dict[str, Any]:
    cases = study_cases(evaluation, study, cohort)
    folds = fold_curves(evaluation, study, cohort)
    record: dict[str, Any] = {
        "patients": len(cases),
        "folds": {str(fold): None if curve is None else curve.area for fold, curve in folds.curves.items()},
        "folds_mean": folds.areas.mean,
        "folds_sd": folds.areas.sd,
    }
    if not cohort.is_of_folds:
        ensemble = ensemble_result(cases, study)
        record["ensemble"] = {
            name: asdict(getattr(ensemble, name)) for name in ("area", "sensitivity", "specificity")
        }
    if study.gives_volume:
        record["volume"] = asdict(volume_agreement(cases))
    return record


def _facts(evaluation: CoreVolumeEvaluation) -> list[tuple[str, str]]:
    return [*evaluation.settings.items(), ("software", f"ctperfusion {__version__}")]
