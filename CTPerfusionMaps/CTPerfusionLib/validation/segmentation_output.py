"""What the study of both normalisations says, as a report."""

from dataclasses import asdict
from typing import Any

from .. import RESEARCH_USE, __version__
from .benchmark_target import outcome_record
from .evaluation_files import Drawing, EvaluationReport
from .segmentation_case import GRADES, Group, SegmentationCohort, case_record
from .segmentation_figures import CAPTIONS, study_figures
from .segmentation_statistics import Subset, group_test, observations, volume_statistics
from .segmentation_tables import study_tables
from .segmentation_targets import target_outcomes
from .segmentation_truth_statistics import (
    false_core,
    known_observations,
    reliability,
    true_core,
    whole_cohort,
)

TITLE = "Infarct core by global and local normalisation"

_INTRODUCTION = (
    "The study of Rau et al., AJNR 2024;45:277-283: each voxel's blood flow relative to normal tissue "
    "(global) and to its counterpart in the other hemisphere (local)."
)


def segmentation_report(cohort: SegmentationCohort) -> EvaluationReport:
    """Return what the evaluation says."""
    return EvaluationReport(
        title=TITLE,
        introduction=_INTRODUCTION,
        facts=_facts(cohort),
        tables=study_tables(cohort),
        draw=lambda: {
            name: Drawing(figure, CAPTIONS[name]) for name, figure in study_figures(cohort).items()
        },
        cases=[case_record(case) for case in cohort.cases],
        numbers=evaluation_record(cohort),
    )


def evaluation_record(cohort: SegmentationCohort) -> dict[str, Any]:
    """Return all statistics and targets, ready for JSON; None stands for what cannot be said."""
    groups = [
        {
            "cases": str(subset),
            "group": str(group),
            **asdict(volume_statistics(observations(cohort, subset, group))),
        }
        for subset in Subset
        for group in Group
    ]
    record = {
        "evaluation": "segmentation",
        "notice": RESEARCH_USE,
        "software_version": __version__,
        "settings": dict(cohort.settings),
        "cases": len(cohort.cases),
        "failed": sum(case.measured is None for case in cohort.cases),
        "core_volume": groups,
        "reduction_ma_against_noma": {str(subset): asdict(group_test(cohort, subset)) for subset in Subset},
    }
    return record | (_truth_record(cohort) if cohort.simulated else {})


def _truth_record(cohort: SegmentationCohort) -> dict[str, Any]:
    return {
        "false_core": [
            {
                "cases": str(subset),
                "grade": grade,
                **asdict(false_core(known_observations(cohort, subset, (grade,)))),
            }
            for subset in (Subset.NO_STROKE, Subset.STROKE)
            for grade in GRADES
        ],
        "true_core": [
            {"grade": grade, **asdict(true_core(known_observations(cohort, Subset.STROKE, (grade,))))}
            for grade in GRADES
        ],
        "agreement_with_truth": {
            str(subset): asdict(whole_cohort(known_observations(cohort, subset)))
            for subset in (Subset.ALL, Subset.STROKE)
        },
        "reliability": asdict(reliability(cohort)),
        "targets": [
            {"heads": outcome.target.subject, **outcome_record(outcome)}
            for outcome in target_outcomes(cohort)
        ],
    }


def _facts(cohort: SegmentationCohort) -> list[tuple[str, str]]:
    groups = "NoMA: grade 0 and 1, MA: grade 2 and 3 (Fazekas above 1, as in the paper)"
    return [*cohort.settings.items(), ("groups", groups), ("software", f"ctperfusion {__version__}")]
