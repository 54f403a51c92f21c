"""The statistics of the paper: core volumes by both normalisations, by group."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from ..statistics import (
    BlandAltman,
    Correlation,
    GroupComparison,
    PairedComparison,
    Regression,
    Summary,
    bland_altman,
    compare_groups,
    compare_pairs,
    linear_regression,
    pearson_correlation,
    summarise,
)
from .segmentation_case import CaseLabels, Group, Measured, SegmentationCohort


class Subset(StrEnum):
    """Which cases count."""

    ALL = "all"
    STROKE = "stroke"
    NO_STROKE = "no stroke"

    def holds(self, labels: CaseLabels) -> bool:
        """Say whether a case belongs to it."""
        return self is Subset.ALL or labels.stroke is (self is Subset.STROKE)


@dataclass(frozen=True)
class Observation:
    """A case that was measured."""

    labels: CaseLabels
    measured: Measured


@dataclass(frozen=True)
class VolumeStatistics:
    """Core volumes of one group by both normalisations, mL.

    Attributes
    ----------
    by_global, by_local : Summary
    change : BlandAltman
        Of local - global: mean difference, SD, limits of agreement.
    line, line_through_origin : Regression
        Of local on global.
    correlation : Correlation
    test : PairedComparison
        Local against global.
    """

    by_global: Summary
    by_local: Summary
    change: BlandAltman
    line: Regression
    line_through_origin: Regression
    correlation: Correlation
    test: PairedComparison


def observations(
    cohort: SegmentationCohort, subset: Subset = Subset.ALL, group: Group | None = None
) -> list[Observation]:
    """Return the cases that were measured, of a subset and a group."""
    return [
        Observation(case.labels, case.measured)
        for case in cohort.cases
        if case.measured is not None and subset.holds(case.labels) and group in (None, case.labels.group)
    ]


def volume_statistics(cases: Iterable[Observation]) -> VolumeStatistics:
    """Return the statistics of the paper for the cases of one group."""
    by_global, by_local = columns(
        cases, lambda case: case.measured.core_global, lambda case: case.measured.core_local
    )
    return VolumeStatistics(
        by_global=summarise(by_global),
        by_local=summarise(by_local),
        change=bland_altman(by_local, by_global),
        line=linear_regression(by_global, by_local),
        line_through_origin=linear_regression(by_global, by_local, through_origin=True),
        correlation=pearson_correlation(by_global, by_local),
        test=compare_pairs(by_local, by_global),
    )


def group_test(cohort: SegmentationCohort, subset: Subset) -> GroupComparison:
    """Compare the reduction of core volume, global - local in mL, between MA and NoMA."""
    reductions = {
        group: [-case.measured.change for case in observations(cohort, subset, group)] for group in Group
    }
    return compare_groups(reductions[Group.MICROANGIOPATHY], reductions[Group.NO_MICROANGIOPATHY])


_Case = TypeVar("_Case", bound=Observation)


def columns(cases: Iterable[_Case], *values: Callable[[_Case], float]) -> list[NDArray[np.float64]]:
    """Return values of all cases, an array for each."""
    rows = list(cases)
    return [np.array([value(case) for case in rows], dtype=float) for value in values]
