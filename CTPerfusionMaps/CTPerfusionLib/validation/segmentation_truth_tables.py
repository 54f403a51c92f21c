"""The tables that need a known truth: targets, false core, true core, agreement, heads to look at."""

from .segmentation_case import GRADES, SegmentationCohort
from .segmentation_statistics import Subset, observations
from .segmentation_table import (
    MISSED,
    MISSING,
    REACHED,
    Table,
    bias,
    counted,
    interval,
    mean_and_sd,
    number,
    percent,
    spread,
)
from .segmentation_targets import target_outcomes
from .segmentation_truth_statistics import (
    GRADES_OF,
    KnownObservation,
    counted_dice,
    false_core,
    known_observations,
    reliability,
    true_core,
    whole_cohort,
)
from .text_table import plain_number

_LOW_DICE = 0.8
"""Core Dice below which a head is listed."""

_FALSE_ML = 3.0
"""mL of false core from which a head is listed."""


def truth_tables(cohort: SegmentationCohort) -> list[Table]:
    """Return what a known truth tells of a cohort of head phantoms."""
    return [
        _false_core(cohort), _true_core(cohort), _agreement(cohort), _reliability(cohort),
        _remarkable(cohort),
    ]  # fmt: skip


def targets_table(cohort: SegmentationCohort) -> Table:
    """Return the targets with what was measured."""
    rows = tuple(
        (
            outcome.target.subject,
            outcome.target.quantity,
            f"{'at least' if outcome.target.at_least else 'at most'} {outcome.target.limit:g}",
            plain_number(outcome.value),
            REACHED if outcome.is_reached else MISSED,
        )
        for outcome in target_outcomes(cohort)
    )
    return Table("Targets", "", ("heads", "quantity", "target", "measured", ""), rows)


def _false_core(cohort: SegmentationCohort) -> Table:
    rows = []
    parts: list[tuple[str, tuple[int, ...]]] = [(str(grade), (grade,)) for grade in GRADES]
    parts += [(f"{group} ({grades[0]}-{grades[-1]})", grades) for group, grades in GRADES_OF.items()]
    for subset in (Subset.NO_STROKE, Subset.STROKE):
        for title, grades in parts:
            cases = known_observations(cohort, subset, grades)
            found = false_core(cases)
            if cases:
                rows.append(
                    (
                        str(subset), title, str(found.by_global.n),
                        mean_and_sd(found.by_global), mean_and_sd(found.by_local),
                        f"{found.heads_global}", f"{found.heads_local}", percent(found.removed),
                    )
                )  # fmt: skip
    return Table(
        "False core by grade of microangiopathy",
        "mL of core where there is none in truth, mean and SD; heads with any; share of the volume of all "
        "heads together that local normalisation removes. With a stroke, the border of the true core counts.",
        ("heads", "grade", "n", "global", "local", "heads, global", "heads, local", "removed"),
        tuple(rows),
    )


def _true_core(cohort: SegmentationCohort) -> Table:
    rows = []
    for group, grades in GRADES_OF.items():
        found = true_core(known_observations(cohort, Subset.STROKE, grades))
        if found.dice_global.n:
            rows.append(
                (
                    str(group), str(found.dice_global.n),
                    mean_and_sd(found.dice_global, 3), mean_and_sd(found.dice_local, 3),
                    number(found.dice_test.difference, 3, sign=True), interval(found.dice_test.interval, 3),
                    bias(found.bias_global.bias, found.bias_global.sd),
                    bias(found.bias_local.bias, found.bias_local.sd),
                    mean_and_sd(found.missed_global), mean_and_sd(found.missed_local),
                )
            )  # fmt: skip
    return Table(
        "True core, heads with a stroke",
        "Dice with the true core, its change by local normalisation with the 95 % interval; volume found "
        "less true volume and true core missed, mL. Mean and SD.",
        (
            "group", "n", "Dice global", "Dice local", "change", "95 %", "bias global", "bias local",
            "missed global", "missed local",
        ),
        tuple(rows),
    )  # fmt: skip


def _agreement(cohort: SegmentationCohort) -> Table:
    rows = []
    for subset in (Subset.ALL, Subset.STROKE):
        cases = known_observations(cohort, subset)
        if not cases:
            continue
        found = whole_cohort(cases)
        for title, each in (
            ("CCC of core volume, the core that counts", found.core_counted),
            ("CCC of core volume, global", found.core_global),
            ("CCC of core volume, local", found.core_local),
        ):
            rows.append((str(subset), title, str(each.n), number(each.ccc, 3), interval(each.interval, 3)))
        late = found.tmax_6
        rows.append(
            (
                str(subset), f"{late.form} of the volume with Tmax > 6 s", str(late.n_cases),
                number(late.icc, 3), interval(late.interval, 3),
            )
        )  # fmt: skip
        rows.append(
            (
                str(subset), "bias of the volume with Tmax > 6 s, mL", str(found.tmax_6_bias.n),
                number(found.tmax_6_bias.bias, 1, sign=True),
                interval(found.tmax_6_bias.bias_interval, 1),
            )
        )  # fmt: skip
    return Table(
        "Agreement with truth",
        "Against the true core and the true hypoperfusion (delay + MTT/2 > 6 s in the lesion), with 95 % "
        "intervals.",
        ("heads", "quantity", "n", "value", "95 %"),
        tuple(rows),
    )


def _reliability(cohort: SegmentationCohort) -> Table:
    found = reliability(cohort)
    whole = whole_cohort(known_observations(cohort))
    times = [case.measured for case in observations(cohort)]
    seconds = sorted(each.lesion_seconds for each in times if each.lesion_seconds is not None)
    rows = [
        ("affected side right, hypoperfusion of 5 mL or more", *counted(found.side_right)),
        ("no affected side, no stroke", *counted(found.no_side)),
        ("0 mL core by global, no stroke, grade 0", *counted(found.no_core_global)),
        ("0 mL core by local, no stroke, grade 0", *counted(found.no_core_local)),
        ("core Dice, the core that counts", str(whole.dice_counted.n), *spread(whole.dice_counted, 3)),
        ("hypoperfusion Dice", str(whole.dice_hypoperfusion.n), *spread(whole.dice_hypoperfusion, 3)),
        *(
            (title, str(each.n), *spread(each, 2))
            for title, each in (
                ("angle with the plane through the midline, degrees", found.plane_angle),
                ("distance from the plane through the midline, mm", found.plane_distance),
                ("angle with the plane of counterparts, degrees", found.mirror_angle),
                ("distance from the plane of counterparts, mm", found.mirror_distance),
            )
        ),
        (
            f"seconds of normalisation and segmentation ({cohort.size})", str(len(seconds)),
            number(seconds[len(seconds) // 2], 1) if seconds else MISSING,
            f"{seconds[0]:.1f} to {seconds[-1]:.1f}" if seconds else MISSING,
        ),
    ]  # fmt: skip
    return Table(
        "All heads",
        "Shares with their 95 % interval after Wilson; otherwise median and range.",
        ("quantity", "n", "value", "interval or range"),
        tuple(rows),
    )


def _remarkable(cohort: SegmentationCohort) -> Table:
    """Return the heads in which something went wrong."""
    rows = []
    for case in known_observations(cohort):
        if _is_remarkable(case):
            labels, measured, truth = case.labels, case.measured, case.truth
            has_core = truth.true_core > 0.0
            rows.append(
                (
                    str(labels.number), labels.scanner, labels.lesion, str(labels.grade),
                    f"{measured.side} ({truth.true_side})", number(truth.true_core, 1),
                    number(measured.core_global, 1), number(measured.core_local, 1),
                    number(truth.false_global, 1), number(truth.false_local, 1),
                    number(truth.dice_global if has_core else None, 2),
                    number(truth.dice_local if has_core else None, 2),
                    number(truth.plane_angle, 1),
                )
            )  # fmt: skip
    return Table(
        "Heads to look at",
        f"With a wrong side, {_FALSE_ML:g} mL of false core or more, or a core Dice below {_LOW_DICE:g}. "
        "Side found and, in brackets, the true one; volumes in mL; angle of the plane in degrees.",
        (
            "head", "scanner", "occlusion", "grade", "side", "true core", "global", "local", "false global",
            "false local", "Dice global", "Dice local", "plane",
        ),
        tuple(rows),
    )  # fmt: skip


def _is_remarkable(case: KnownObservation) -> bool:
    truth = case.truth
    return (
        truth.true_side not in (case.measured.side, "none")
        or max(truth.false_global, truth.false_local) >= _FALSE_ML
        or (truth.true_core > 0.0 and counted_dice(case) < _LOW_DICE)
    )
