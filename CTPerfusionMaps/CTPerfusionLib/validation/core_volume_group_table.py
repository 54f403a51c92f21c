"""The table of patients by what the data set says of them, such as the blocked artery or the scanner."""

from collections.abc import Sequence

from ..statistics import proportion
from .core_volume_case import Cohort, CoreStudy, CoreVolumeCase, CoreVolumeEvaluation
from .core_volume_statistics import decision_value, ensemble_result, study_cases
from .core_volume_targets import FULL, find_study
from .segmentation_table import Table, counted, number

_MOST_GROUPS = 8
"""Values of one property up to which it is taken for groups, not for an identifier."""


def group_table(evaluation: CoreVolumeEvaluation) -> Table:
    """Return how the full model's ensemble does in each group of new patients."""
    study = find_study(evaluation, FULL)
    rows = []
    for cohort in Cohort:
        if study is None or cohort.is_of_folds:
            continue
        cases = study_cases(evaluation, study, cohort)
        for name, groups in _groupings(cases).items():
            rows += [(str(cohort), name, value, *_cells(own, study)) for value, own in groups.items()]
    return Table(
        "By group",
        "Ensemble of the full model; words and grades of which the patients have two to eight.",
        ("patients", "property", "value", "large cores", "AUC", "n", "called rightly", "95 % interval"),
        tuple(rows),
    )


def _groupings(cases: Sequence[CoreVolumeCase]) -> dict[str, dict[str, list[CoreVolumeCase]]]:
    """Return the cases by the values of each property that divides them."""
    found = {}
    for name in dict.fromkeys(name for case in cases for name in case.groups):
        of_cases = [_value(case.groups.get(name, "")) for case in cases]
        values = sorted({value for value in of_cases if value is not None})
        if None not in of_cases and 2 <= len(values) <= _MOST_GROUPS:
            found[name] = {
                value: [case for case, own in zip(cases, of_cases, strict=True) if own == value]
                for value in values
            }
    return found


def _value(value: str | float) -> str | None:
    """Return a word or a grade; None for a measurement."""
    if isinstance(value, str):
        return value
    return f"{value:.0f}" if float(value).is_integer() else None


def _cells(cases: Sequence[CoreVolumeCase], study: CoreStudy) -> tuple[str, ...]:
    right = sum((case.mean >= decision_value(study)) == case.is_large for case in cases)
    return (
        str(sum(case.is_large for case in cases)),
        number(ensemble_result(cases, study).area.auc, 3),
        *counted(proportion(right, len(cases))),
    )
