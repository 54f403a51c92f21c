"""What the segmentation should reach on head phantoms, as data, and whether it does."""

from ..statistics import summarise
from .benchmark_target import BenchmarkTarget, TargetOutcome, judge
from .segmentation_case import Group, SegmentationCohort
from .segmentation_statistics import Subset, group_test, observations, volume_statistics
from .segmentation_truth_statistics import (
    GRADES_OF,
    false_core,
    known_observations,
    reliability,
    true_core,
    whole_cohort,
)

_DISEASED = GRADES_OF[Group.MICROANGIOPATHY]


def _removed(cohort: SegmentationCohort) -> float | None:
    return false_core(known_observations(cohort, Subset.NO_STROKE, _DISEASED)).removed


def _dice_change(cohort: SegmentationCohort) -> float | None:
    change = true_core(known_observations(cohort, Subset.STROKE, _DISEASED)).dice_test.difference
    return None if change is None else abs(change)


def _local_bias(cohort: SegmentationCohort) -> float | None:
    bias = true_core(known_observations(cohort, Subset.STROKE, _DISEASED)).bias_local.bias
    return None if bias is None else abs(bias)


def _slope_difference(cohort: SegmentationCohort) -> float | None:
    slopes = [volume_statistics(observations(cohort, group=group)).line.slope for group in Group]
    return None if slopes[0] is None or slopes[1] is None else slopes[0] - slopes[1]


def _reduction_difference(cohort: SegmentationCohort) -> float | None:
    return group_test(cohort, Subset.ALL).difference


def _dice_global(cohort: SegmentationCohort) -> float | None:
    return true_core(known_observations(cohort, Subset.STROKE)).dice_global.mean


def _dice_local(cohort: SegmentationCohort) -> float | None:
    return true_core(known_observations(cohort, Subset.STROKE)).dice_local.mean


def _hypoperfusion_dice(cohort: SegmentationCohort) -> float | None:
    return whole_cohort(known_observations(cohort)).dice_hypoperfusion.mean


def _concordance_global(cohort: SegmentationCohort) -> float | None:
    return whole_cohort(known_observations(cohort)).core_global.ccc


def _concordance_local(cohort: SegmentationCohort) -> float | None:
    return whole_cohort(known_observations(cohort)).core_local.ccc


def _late_agreement(cohort: SegmentationCohort) -> float | None:
    return whole_cohort(known_observations(cohort)).tmax_6.icc


def _side_right(cohort: SegmentationCohort) -> float | None:
    return reliability(cohort).side_right.share


def _no_core_global(cohort: SegmentationCohort) -> float | None:
    return reliability(cohort).no_core_global.share


def _no_core_local(cohort: SegmentationCohort) -> float | None:
    return reliability(cohort).no_core_local.share


def _plane_angle(cohort: SegmentationCohort) -> float | None:
    return reliability(cohort).plane_angle.largest


def _plane_distance(cohort: SegmentationCohort) -> float | None:
    return reliability(cohort).plane_distance.largest


def _lesion_seconds(cohort: SegmentationCohort) -> float | None:
    return _median_of(cohort, "lesion_seconds")


def _cut_milliseconds(cohort: SegmentationCohort) -> float | None:
    return _median_of(cohort, "cut_milliseconds")


def _median_of(cohort: SegmentationCohort, name: str) -> float | None:
    """Return the median of a time; None for images that are smaller than clinical ones."""
    if cohort.size != "clinical":
        return None
    times = [getattr(case.measured, name) for case in observations(cohort)]
    return summarise([time for time in times if time is not None]).median


SEGMENTATION_TARGETS: tuple[BenchmarkTarget[SegmentationCohort], ...] = (
    BenchmarkTarget("no stroke, MA", "share of false core that local removes", _removed, 0.8, at_least=True),
    BenchmarkTarget("stroke, MA", "change of core Dice by local, of the means", _dice_change, 0.03),
    BenchmarkTarget("stroke, MA", "bias of core volume, local, mL", _local_bias, 3.0),
    BenchmarkTarget("all", "slope of NoMA less that of MA", _slope_difference, 0.0, at_least=True),
    BenchmarkTarget(
        "all", "core reduction of MA less that of NoMA, mL", _reduction_difference, 0.0, at_least=True
    ),
    BenchmarkTarget("stroke", "mean core Dice, global", _dice_global, 0.80, at_least=True),
    BenchmarkTarget("stroke", "mean core Dice, local", _dice_local, 0.80, at_least=True),
    BenchmarkTarget("stroke", "mean hypoperfusion Dice", _hypoperfusion_dice, 0.88, at_least=True),
    BenchmarkTarget("all", "CCC of core volume with truth, global", _concordance_global, 0.96, at_least=True),
    BenchmarkTarget("all", "CCC of core volume with truth, local", _concordance_local, 0.96, at_least=True),
    BenchmarkTarget("all", "ICC(2,1) of Tmax > 6 s volume with truth", _late_agreement, 0.90, at_least=True),
    BenchmarkTarget("hypoperfusion >= 5 mL", "share with the right side", _side_right, 1.0, at_least=True),
    BenchmarkTarget(
        "no stroke, grade 0", "share with 0 mL core, global", _no_core_global, 0.95, at_least=True
    ),
    BenchmarkTarget("no stroke, grade 0", "share with 0 mL core, local", _no_core_local, 0.95, at_least=True),
    BenchmarkTarget("all", "largest angle of mid-sagittal plane, degrees", _plane_angle, 1.0),
    BenchmarkTarget("all", "largest distance of mid-sagittal plane, mm", _plane_distance, 1.5),
    BenchmarkTarget("clinical size", "median s of normalisation and segmentation", _lesion_seconds, 5.0),
    BenchmarkTarget("clinical size", "median ms of a cut with a moved threshold", _cut_milliseconds, 50.0),
)
"""All targets; those that a cohort does not let measure are left out."""


def target_outcomes(cohort: SegmentationCohort) -> list[TargetOutcome]:
    """Return the targets with what was measured; none for real cases, whose truth is not known."""
    return judge(SEGMENTATION_TARGETS, cohort) if cohort.simulated else []
