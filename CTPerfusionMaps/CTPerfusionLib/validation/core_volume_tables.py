"""The tables of an evaluation of core-volume networks: the paper's rows beside our own."""

from collections.abc import Sequence

from ..statistics import summarise
from .core_volume_area_tables import PAPER, ablation_table, area_table, comparison_table, decision_table
from .core_volume_case import Cohort, CoreStudy, CoreVolumeEvaluation
from .core_volume_group_table import group_table
from .core_volume_published import (
    PUBLISHED_EPOCHS,
    PUBLISHED_EXTERNAL,
    PUBLISHED_MINUTES,
    PUBLISHED_N_TRAINING,
    PUBLISHED_THRESHOLD_ML,
)
from .core_volume_statistics import FoldCurves, fold_curves, study_cases
from .core_volume_targets import core_volume_outcomes
from .core_volume_volume_table import volume_table
from .segmentation_table import MISSED, MISSING, REACHED, Table, number, spread


def core_volume_tables(evaluation: CoreVolumeEvaluation) -> list[Table]:
    """Return all tables that an evaluation allows, those without a row left out."""
    tables = [
        _targets(evaluation),
        area_table(evaluation),
        ablation_table(evaluation),
        comparison_table(evaluation),
        decision_table(evaluation),
        group_table(evaluation),
        volume_table(evaluation),
        _folds(evaluation),
        _training(evaluation),
        _cohorts(evaluation),
        _left_out(evaluation),
    ]
    return [table for table in tables if table.rows]


def _targets(evaluation: CoreVolumeEvaluation) -> Table:
    rows = tuple(
        (
            outcome.target.subject,
            outcome.target.quantity,
            f"{'at least' if outcome.target.at_least else 'at most'} {outcome.target.limit:g}",
            number(outcome.value, 3),
            REACHED if outcome.is_reached else MISSED,
        )
        for outcome in core_volume_outcomes(evaluation)
    )
    note = "Set for simulated patients; on others they say nothing."
    return Table("Targets", note, ("network", "quantity", "target", "measured", ""), rows)


def _folds(evaluation: CoreVolumeEvaluation) -> Table:
    rows = []
    for study in evaluation.studies:
        found = {cohort: fold_curves(evaluation, study, cohort) for cohort in Cohort}
        for fold in study.folds:
            cells = [_curve_cell(found[cohort], fold) for cohort in Cohort]
            if any(cell != MISSING for cell in cells):
                rows.append((study.name, str(fold), *cells))
    return Table(
        "Each fold",
        "ROC-AUC of each network (large + small cores); none where all cores are large, or all small.",
        ("network", "fold", *map(str, Cohort)),
        tuple(rows),
    )


def _curve_cell(found: FoldCurves, fold: int) -> str:
    curve = found.curves.get(fold)
    if curve is None:
        return MISSING
    return f"{curve.area:.3f} ({curve.n_positive} + {curve.n_negative})"


def _training(evaluation: CoreVolumeEvaluation) -> Table:
    rows = []
    for study in evaluation.studies:
        if study.training:
            epochs, best = (
                spread(summarise([getattr(each, name) for each in study.training]), 0)
                for name in ("epochs", "best_epoch")
            )
            minutes = sum(each.seconds for each in study.training) / 60.0
            rows.append((study.name, str(len(study.training)), *epochs, *best, f"{minutes:.1f}"))
    paper = (PAPER, "10", MISSING, f"at most {PUBLISHED_EPOCHS}", MISSING, MISSING, PUBLISHED_MINUTES)
    return Table(
        "Training",
        "Time of all epochs of all folds on the machine that trained, without the preparation of the "
        "patients. The paper's is of 217 patients on a GeForce RTX 2070 Super.",
        ("network", "folds", "epochs, median", "range", "best epoch, median", "range", "minutes"),
        (paper, *rows) if rows else (),
    )


def _cohorts(evaluation: CoreVolumeEvaluation) -> Table:
    rows = []
    for cohort in Cohort:
        for study in _first_with_each_threshold(evaluation.studies):
            cases = study_cases(evaluation, study, cohort)
            if not cases:
                continue
            volumes = summarise([case.core_ml for case in cases])
            large = sum(case.is_large for case in cases)
            spread = f"{number(volumes.smallest, 1)} to {number(volumes.largest, 1)}"
            rows.append(
                (
                    str(cohort), str(len(cases)), f"{study.threshold_ml:.1f}", str(large),
                    str(len(cases) - large), number(volumes.median, 1), spread,
                )
            )  # fmt: skip
    if not rows:
        return Table("", "", (), ())
    half = "half"
    paper = [
        (
            f"{PAPER}, cross-validation", str(PUBLISHED_N_TRAINING), f"{PUBLISHED_THRESHOLD_ML}", half, half,
            f"{PUBLISHED_THRESHOLD_ML}", MISSING,
        ),
        (
            f"{PAPER}, {PUBLISHED_EXTERNAL.title} ({PUBLISHED_EXTERNAL.data})",
            str(PUBLISHED_EXTERNAL.large + PUBLISHED_EXTERNAL.small), f"{PUBLISHED_THRESHOLD_ML}",
            str(PUBLISHED_EXTERNAL.large), str(PUBLISHED_EXTERNAL.small), MISSING, MISSING,
        ),
    ]  # fmt: skip
    return Table(
        "Patients",
        "A core of exactly the threshold is large, which the paper leaves open. The threshold is that of "
        "the training, in external patients too, as in the paper.",
        ("patients", "n", "threshold, mL", "large", "small", "median core, mL", "range, mL"),
        (*paper, *rows),
    )


def _first_with_each_threshold(studies: Sequence[CoreStudy]) -> list[CoreStudy]:
    return list({study.threshold_ml: study for study in reversed(studies)}.values())


def _left_out(evaluation: CoreVolumeEvaluation) -> Table:
    rows = tuple((str(each.cohort), each.patient, each.reason) for each in evaluation.left_out)
    return Table("Patients left out", "", ("data set", "patient", "reason"), rows)
