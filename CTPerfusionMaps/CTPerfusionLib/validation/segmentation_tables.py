"""The tables of the study: those of the paper by group, and those that need a known truth."""

from collections.abc import Iterator

from .segmentation_case import Group, SegmentationCohort
from .segmentation_statistics import Subset, group_test, observations, volume_statistics
from .segmentation_table import Table, interval, limits, mean_and_sd, number, p_value
from .segmentation_truth_tables import targets_table, truth_tables


def study_tables(cohort: SegmentationCohort) -> list[Table]:
    """Return all tables that a cohort allows, those without a row left out."""
    tables = [_volumes(cohort), _changes(cohort), _group_tests(cohort)]
    if cohort.simulated:
        tables = [targets_table(cohort), *tables, *truth_tables(cohort)]
    tables.append(_failures(cohort))
    return [table for table in tables if table.rows]


def _groups() -> Iterator[tuple[Subset, Group]]:
    return ((subset, group) for subset in Subset for group in Group)


def _volumes(cohort: SegmentationCohort) -> Table:
    rows = []
    for subset, group in _groups():
        found = volume_statistics(observations(cohort, subset, group))
        if found.by_global.n:
            rows.append(
                (
                    str(subset), str(group), str(found.by_global.n),
                    mean_and_sd(found.by_global), mean_and_sd(found.by_local),
                    number(found.change.bias, 1, sign=True),
                    interval(found.change.bias_interval, 1),
                    number(found.change.sd, 1),
                    limits(found.change.lower_limit, found.change.upper_limit),
                    p_value(found.test.t_p_value), p_value(found.test.w_p_value),
                )
            )  # fmt: skip
    return Table(
        "Core volume by normalisation",
        "mL, mean and SD; difference is local - global with its 95 % interval and limits of agreement, mean "
        "± 1.96 SD (the paper draws 2 SD); p of the paired t test and of Wilcoxon's test. In the paper "
        "-3.7, SD 6.7 (NoMA) and -14.7, SD 14.6 (MA).",
        ("cases", "group", "n", "global", "local", "difference", "95 %", "SD", "limits", "p (t)", "p (W)"),
        tuple(rows),
    )


def _changes(cohort: SegmentationCohort) -> Table:
    rows = []
    for subset, group in _groups():
        found = volume_statistics(observations(cohort, subset, group))
        if found.line.slope is not None:
            rows.append(
                (
                    str(subset), str(group), str(found.line.n),
                    number(found.line.slope, 2), interval(found.line.slope_interval, 2),
                    number(found.line.intercept, 1, sign=True), interval(found.line.intercept_interval, 1),
                    number(found.line_through_origin.slope, 2),
                    interval(found.line_through_origin.slope_interval, 2),
                    number(found.correlation.r, 3), interval(found.correlation.interval, 3),
                )
            )  # fmt: skip
    return Table(
        "Local on global core volume",
        "Least-squares line local = intercept (mL) + slope x global, the slope of the line through the "
        "origin, and Pearson's r, each with its 95 % interval. Slopes in the paper: 0.82 (NoMA), 0.62 (MA).",
        (
            "cases", "group", "n", "slope", "95 %", "intercept", "95 %", "slope through origin", "95 %", "r",
            "95 %",
        ),
        tuple(rows),
    )  # fmt: skip


def _group_tests(cohort: SegmentationCohort) -> Table:
    rows = []
    for subset in Subset:
        test = group_test(cohort, subset)
        if test.difference is not None:
            rows.append(
                (
                    str(subset), str(test.n_first), str(test.n_second),
                    number(test.difference, 1, sign=True), interval(test.interval, 1),
                    number(test.t, 2), number(test.degrees_of_freedom, 1), p_value(test.t_p_value),
                    number(test.u, 1), p_value(test.u_p_value),
                )
            )  # fmt: skip
    return Table(
        "Reduction of core volume, MA against NoMA",
        "Reduction is global - local in mL; difference of the means, MA - NoMA, with Welch's t test and the "
        "Mann-Whitney test. In the paper p < .001.",
        ("cases", "n MA", "n NoMA", "difference", "95 %", "t", "df", "p (Welch)", "U", "p (Mann-Whitney)"),
        tuple(rows),
    )


def _failures(cohort: SegmentationCohort) -> Table:
    numbers = [str(case.labels.number) for case in cohort.cases if case.measured is None]
    rows = ((str(len(numbers)), ", ".join(numbers)),) if numbers else ()
    return Table("Cases that failed", "cases.csv has the reasons.", ("number of cases", "which"), rows)
