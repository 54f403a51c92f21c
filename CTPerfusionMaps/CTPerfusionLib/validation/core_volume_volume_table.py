"""The table of core volumes that networks estimate in mL, an extension of the paper."""

import numpy as np

from ..statistics import summarise
from .core_volume_case import Cohort, CoreStudy, CoreVolumeCase, CoreVolumeEvaluation
from .core_volume_statistics import study_cases, volume_agreement
from .segmentation_table import Table, bias, limits, mean_and_sd, number


def volume_table(evaluation: CoreVolumeEvaluation) -> Table:
    """Return estimated against true volumes by cohort; without rows where no network estimates any."""
    rows = []
    for study in evaluation.studies:
        if not study.gives_volume:
            continue
        for cohort in Cohort:
            cases = study_cases(evaluation, study, cohort)
            if cases:
                rows.append((str(cohort), study.name, str(len(cases)), *_cells(cases, study)))
    return Table(
        "Estimated core volume, mL",
        "Mean of the networks that saw a patient (one in the folds, all else) less the truth; an extension "
        "that the paper does not have. MAE: mean absolute error ± SD; of the networks: each for itself; "
        "without images: of the median of these patients for everyone, the yardstick that an estimate must "
        "beat. Limits of agreement: bias ± 1.96 SD.",
        (
            "patients", "network", "n", "MAE", "MAE of the networks, mean (SD)", "MAE, small cores",
            "MAE, large cores", "MAE without images", "bias ± SD", "limits of agreement", "r", "CCC",
        ),
        tuple(rows),
    )  # fmt: skip


def _cells(cases: list[CoreVolumeCase], study: CoreStudy) -> tuple[str, ...]:
    found = volume_agreement(cases)
    by_size = [
        [abs(case.mean - case.core_ml) for case in cases if case.is_large == large] for large in (False, True)
    ]
    true = np.array([case.core_ml for case in cases])
    return (
        mean_and_sd(found.absolute_error),
        _of_networks(cases, study),
        *(number(summarise(errors).mean, 1) for errors in by_size),
        number(float(np.abs(true - np.median(true)).mean()), 1),
        bias(found.agreement.bias, found.agreement.sd),
        limits(found.agreement.lower_limit, found.agreement.upper_limit),
        number(found.correlation.r, 3),
        number(found.concordance.ccc, 3),
    )


def _of_networks(cases: list[CoreVolumeCase], study: CoreStudy) -> str:
    errors = []
    for fold in study.folds:
        seen = [abs(case.values[fold] - case.core_ml) for case in cases if fold in case.values]
        if seen:
            errors.append(float(np.mean(seen)))
    found = summarise(errors)
    spread = "" if found.sd is None else f" ({found.sd:.1f})"
    return f"{number(found.mean, 1)}{spread}"
