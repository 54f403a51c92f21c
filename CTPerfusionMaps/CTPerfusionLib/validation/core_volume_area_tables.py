"""The tables of areas under ROC curves: the paper's rows beside our own."""

from .core_volume_case import Cohort, CoreStudy, CoreVolumeEvaluation
from .core_volume_published import ABLATION_COLUMNS, PUBLISHED_ABLATION, PUBLISHED_AREAS, SOURCE
from .core_volume_statistics import (
    FoldCurves,
    compare_studies,
    decision_value,
    ensemble_result,
    fold_curves,
    study_cases,
)
from .core_volume_targets import ABLATIONS, FULL, find_study
from .segmentation_table import MISSING, Table, counted, interval, number, p_value

SHARED = tuple(cohort for cohort in Cohort if not cohort.is_of_folds)
"""Cohorts that all networks see."""

PAPER = "Mittermeier et al. 2022"
"""First cell of the paper's rows."""


def area_table(evaluation: CoreVolumeEvaluation) -> Table:
    """Return the areas of all studies in all cohorts, as table 1 of the paper."""
    rows = [
        (
            study.name,
            *(mean_and_spread(fold_curves(evaluation, study, cohort)) for cohort in Cohort),
            *(ensemble_area(evaluation, study, cohort) for cohort in SHARED),
        )
        for study in evaluation.studies
    ]
    means = [MISSING if cohort in SHARED else str(PUBLISHED_AREAS[cohort]) for cohort in Cohort]
    ensembles = [str(PUBLISHED_AREAS[cohort]) if cohort in PUBLISHED_AREAS else MISSING for cohort in SHARED]
    return Table(
        "ROC-AUC (table 1 of the paper)",
        "Mean (SD) of the networks of the cross-validation, SD with n - 1 in the denominator. Validation and "
        "test: each network on the patients of its own fold; validation chose its best epoch, so only test "
        "is unbiased. Held-out and external: each network on all patients, and the mean of all networks "
        "(ensemble) with DeLong's 95 % interval of the patients, which does not exist where large and small "
        "cores do not overlap. Networks that give a volume are ranked by it. "
        f"Paper: {SOURCE}, table 1.",
        (
            "network", *(f"{cohort}, mean (SD)" for cohort in Cohort),
            *(f"{cohort}, ensemble (95 % interval)" for cohort in SHARED),
        ),
        ((PAPER, *means, *ensembles), *rows),
    )  # fmt: skip


def ablation_table(evaluation: CoreVolumeEvaluation) -> Table:
    """Return the areas of the full model and of its ablations, as table 2 of the paper."""
    studies = {pathways: find_study(evaluation, pathways) for pathways in ABLATION_COLUMNS}
    if sum(study is not None for study in studies.values()) < 2:
        return Table("", "", (), ())
    rows = [(PAPER, *(str(PUBLISHED_ABLATION[pathways]) for pathways in ABLATION_COLUMNS))]
    for cohort in Cohort:
        if cohort is Cohort.VALIDATION or not _cases_in(evaluation, cohort):
            continue
        cells = [
            MISSING if study is None else mean_and_spread(fold_curves(evaluation, study, cohort))
            for study in studies.values()
        ]
        rows.append((f"{cohort}, mean (SD)", *cells))
        if not cohort.is_of_folds:
            ensembles = [
                MISSING if study is None else ensemble_area(evaluation, study, cohort)
                for study in studies.values()
            ]
            rows.append((f"{cohort}, ensemble (95 % interval)", *ensembles))
    return Table(
        "Ablation: temporal pathways (table 2 of the paper)",
        "ROC-AUC of the full model and of models with one temporal pathway: local, filters over 3 frames; "
        "global, over 11. The paper's row: mean (SD) of its test folds.",
        ("patients", *ABLATION_COLUMNS.values()),
        tuple(rows),
    )


def comparison_table(evaluation: CoreVolumeEvaluation) -> Table:
    """Return the differences between the ensembles of the full model and of its ablations."""
    full = find_study(evaluation, FULL)
    rows = []
    for cohort in SHARED:
        for pathways in ABLATIONS:
            reduced = find_study(evaluation, pathways)
            found = (
                compare_studies(evaluation, full, reduced, cohort)
                if full is not None and reduced is not None
                else None
            )
            if found is not None and reduced is not None:
                rows.append(
                    (
                        str(cohort), reduced.name, number(found.first, 3), number(found.second, 3),
                        number(found.difference, 3, sign=True), interval(found.interval, 3),
                        p_value(found.p_value),
                    )
                )  # fmt: skip
    return Table(
        "Full model against its ablations",
        "Ensembles on the same patients: difference of the ROC-AUC, full less reduced, with DeLong's 95 % "
        "interval and test for correlated curves.",
        ("patients", "reduced model", "AUC, full", "AUC, reduced", "difference", "95 % interval", "p"),
        tuple(rows),
    )


def decision_table(evaluation: CoreVolumeEvaluation) -> Table:
    """Return how often the ensembles call a core large or small."""
    rows = []
    for cohort in SHARED:
        for study in evaluation.studies:
            cases = study_cases(evaluation, study, cohort)
            if cases:
                found = ensemble_result(cases, study)
                unit = " mL" if study.gives_volume else ""
                rows.append(
                    (
                        str(cohort), study.name, f"{decision_value(study):.3g}{unit}",
                        *counted(found.sensitivity), *counted(found.specificity),
                    )
                )  # fmt: skip
    return Table(
        "Calling a core large",
        "Ensembles at the value from which on they say large; intervals of shares after Wilson.",
        (
            "patients", "network", "large from", "large cores", "called large", "95 % interval",
            "small cores", "called small", "95 % interval",
        ),
        tuple(rows),
    )  # fmt: skip


def mean_and_spread(found: FoldCurves) -> str:
    """Return the mean area with its SD as the paper prints it, and how many folds it leaves out."""
    if found.areas.mean is None:
        return MISSING
    spread = "" if found.areas.sd is None else f" ({found.areas.sd:.2f})"
    left_out = f", {found.undefined} without" if found.undefined else ""
    return f"{found.areas.mean:.2f}{spread}{left_out}"


def ensemble_area(evaluation: CoreVolumeEvaluation, study: CoreStudy, cohort: Cohort) -> str:
    """Return the area of the mean of all networks with its interval."""
    area = ensemble_result(study_cases(evaluation, study, cohort), study).area
    if area.auc is None:
        return MISSING
    known = "" if area.interval is None else f" ({interval(area.interval, 3)})"
    return f"{area.auc:.3f}{known}"


def _cases_in(evaluation: CoreVolumeEvaluation, cohort: Cohort) -> bool:
    return any(case.cohort is cohort for case in evaluation.cases)
