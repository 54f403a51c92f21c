"""What only a known truth can tell: false core, true core, agreement, side and plane."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from ..statistics import (
    BlandAltman,
    Concordance,
    IccForm,
    IntraclassCorrelation,
    PairedComparison,
    Proportion,
    Summary,
    bland_altman,
    compare_pairs,
    concordance,
    intraclass_correlation,
    proportion,
    summarise,
)
from .segmentation_case import GRADES, AgainstTruth, Group, SegmentationCohort, group_of
from .segmentation_statistics import Observation, Subset, columns

GRADES_OF: Mapping[Group, tuple[int, ...]] = MappingProxyType(
    {group: tuple(grade for grade in GRADES if group_of(grade) is group) for group in Group}
)
"""Grades of microangiopathy in each group."""

SIDE_COUNTS_FROM = 5.0
"""mL of true hypoperfusion from which the affected side must be right."""


@dataclass(frozen=True)
class KnownObservation(Observation):
    """One whose truth is known."""

    truth: AgainstTruth


@dataclass(frozen=True)
class FalseCore:
    """Core where there is none in truth, mL, in the heads of one grade.

    Attributes
    ----------
    by_global, by_local : Summary
    heads_global, heads_local : int
        Heads with any of it.
    removed : float or None
        Share of the volume of all heads together that local normalisation removes; None where global
        normalisation leaves none.
    """

    by_global: Summary
    by_local: Summary
    heads_global: int
    heads_local: int
    removed: float | None


@dataclass(frozen=True)
class TrueCore:
    """How well the true core is found, in the heads with a stroke of one group.

    Attributes
    ----------
    dice_global, dice_local : Summary
    dice_test : PairedComparison
        Local against global.
    bias_global, bias_local : BlandAltman
        Volume found less true volume, mL.
    missed_global, missed_local : Summary
        True core that was not found, mL.
    """

    dice_global: Summary
    dice_local: Summary
    dice_test: PairedComparison
    bias_global: BlandAltman
    bias_local: BlandAltman
    missed_global: Summary
    missed_local: Summary


@dataclass(frozen=True)
class WholeCohort:
    """Agreement with truth over a whole cohort, or over its heads with a stroke."""

    core_counted: Concordance
    core_global: Concordance
    core_local: Concordance
    tmax_6: IntraclassCorrelation
    tmax_6_bias: BlandAltman
    dice_counted: Summary
    dice_hypoperfusion: Summary


@dataclass(frozen=True)
class Reliability:
    """What must be right in every head.

    Attributes
    ----------
    side_right : Proportion
        Of heads with at least 5 mL of hypoperfusion.
    no_side : Proportion
        No affected side, of heads without a stroke.
    no_core_global, no_core_local : Proportion
        0 mL of core, of heads without stroke and microangiopathy (grade 0).
    plane_angle, plane_distance, mirror_angle, mirror_distance : Summary
        Degrees and mm, see `AgainstTruth`.
    """

    side_right: Proportion
    no_side: Proportion
    no_core_global: Proportion
    no_core_local: Proportion
    plane_angle: Summary
    plane_distance: Summary
    mirror_angle: Summary
    mirror_distance: Summary


def known_observations(
    cohort: SegmentationCohort, subset: Subset = Subset.ALL, grades: Iterable[int] = GRADES
) -> list[KnownObservation]:
    """Return the cases of known truth that were measured, of a subset and of some grades."""
    wanted = set(grades)
    return [
        KnownObservation(case.labels, case.measured, case.truth)
        for case in cohort.cases
        if case.measured is not None
        and case.truth is not None
        and subset.holds(case.labels)
        and case.labels.grade in wanted
    ]


def false_core(cases: Iterable[KnownObservation]) -> FalseCore:
    """Return how much false core both normalisations leave."""
    by_global, by_local = columns(
        cases, lambda case: case.truth.false_global, lambda case: case.truth.false_local
    )
    whole = float(by_global.sum())
    return FalseCore(
        by_global=summarise(by_global),
        by_local=summarise(by_local),
        heads_global=int(np.count_nonzero(by_global)),
        heads_local=int(np.count_nonzero(by_local)),
        removed=None if whole == 0.0 else 1.0 - float(by_local.sum()) / whole,
    )


def true_core(cases: Iterable[KnownObservation]) -> TrueCore:
    """Return how well the true core is found, for heads that have one."""
    with_core = [case for case in cases if case.truth.true_core > 0.0]
    truth, by_global, by_local, dice_global, dice_local, missed_global, missed_local = columns(
        with_core,
        lambda case: case.truth.true_core,
        lambda case: case.measured.core_global,
        lambda case: case.measured.core_local,
        lambda case: case.truth.dice_global or 0.0,
        lambda case: case.truth.dice_local or 0.0,
        lambda case: case.truth.missed_global,
        lambda case: case.truth.missed_local,
    )
    return TrueCore(
        dice_global=summarise(dice_global),
        dice_local=summarise(dice_local),
        dice_test=compare_pairs(dice_local, dice_global),
        bias_global=bland_altman(by_global, truth),
        bias_local=bland_altman(by_local, truth),
        missed_global=summarise(missed_global),
        missed_local=summarise(missed_local),
    )


def whole_cohort(cases: Iterable[KnownObservation]) -> WholeCohort:
    """Return the agreement with truth over all given cases; Dice over those with a true lesion."""
    cases = list(cases)
    truth, counted, by_global, by_local, true_late, late = columns(
        cases,
        lambda case: case.truth.true_core,
        lambda case: case.measured.core,
        lambda case: case.measured.core_global,
        lambda case: case.measured.core_local,
        lambda case: case.truth.true_hypoperfusion,
        lambda case: case.measured.tmax_6,
    )
    with_core = [case for case in cases if case.truth.true_core > 0.0]
    with_late = [case for case in cases if case.truth.true_hypoperfusion > 0.0]
    return WholeCohort(
        core_counted=concordance(counted, truth),
        core_global=concordance(by_global, truth),
        core_local=concordance(by_local, truth),
        tmax_6=intraclass_correlation(np.column_stack([late, true_late]), IccForm.TWO_ONE),
        tmax_6_bias=bland_altman(late, true_late),
        dice_counted=summarise([counted_dice(case) for case in with_core]),
        dice_hypoperfusion=summarise([case.truth.dice_hypoperfusion or 0.0 for case in with_late]),
    )


def counted_dice(case: KnownObservation) -> float:
    """Return the Dice of the core that counts in a head that has a core."""
    by_normalisation = {"global": case.truth.dice_global, "local": case.truth.dice_local}
    return by_normalisation[case.measured.counted] or 0.0


def reliability(cohort: SegmentationCohort) -> Reliability:
    """Return what must be right in every head."""
    cases = known_observations(cohort)
    sides = [
        case.measured.side == case.truth.true_side
        for case in cases
        if case.truth.true_hypoperfusion >= SIDE_COUNTS_FROM
    ]
    healthy = known_observations(cohort, Subset.NO_STROKE)
    normal = [case.measured for case in healthy if case.labels.grade == 0]
    return Reliability(
        side_right=_share(sides),
        no_side=_share([case.measured.side == "none" for case in healthy]),
        no_core_global=_share([each.core_global == 0.0 for each in normal]),
        no_core_local=_share([each.core_local == 0.0 for each in normal]),
        plane_angle=summarise([case.truth.plane_angle for case in cases]),
        plane_distance=summarise([case.truth.plane_distance for case in cases]),
        mirror_angle=summarise([case.truth.mirror_angle for case in cases]),
        mirror_distance=summarise([case.truth.mirror_distance for case in cases]),
    )


def _share(of_cases: list[bool]) -> Proportion:
    return proportion(sum(of_cases), len(of_cases))
