"""The tables of an evaluation of networks: the papers' rows with the papers' numbers beside them."""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

from ..statistics import summarise
from .maps_case import HELD_OUT, USUAL, Part
from .maps_condition_tables import frames_table, refusal_table, robustness_tables
from .maps_lesion_tables import lesion_tables
from .maps_published import PUBLISHED_SCORES
from .maps_result import MapEvaluation
from .maps_statistics import MapStatistics, RegionStatistics, map_statistics, selected
from .maps_targets import map_target_outcomes
from .segmentation_table import MISSED, MISSING, REACHED, Table, mean_and_sd, number, percent

_PARTS = {
    "training": (Part.TRAINING,),
    "validation": (Part.VALIDATION,),
    "held out": HELD_OUT,
}
"""Columns of the table of folds."""


_ALL_PIXELS = "all"

Region = Callable[[MapStatistics], RegionStatistics]

_REGIONS: Mapping[str, Region] = MappingProxyType(
    {"brain": lambda found: found.brain, _ALL_PIXELS: lambda found: found.image}
)
"""Rows of the table of folds."""


def map_tables(evaluation: MapEvaluation) -> list[Table]:
    """Return all tables that an evaluation allows, those without a row left out."""
    tables = [
        _targets(evaluation),
        _brain(evaluation),
        _images(evaluation),
        _folds(evaluation),
        *lesion_tables(evaluation),
        frames_table(evaluation),
        *robustness_tables(evaluation),
        refusal_table(evaluation),
        _failures(evaluation),
    ]
    return [table for table in tables if table.rows]


def _targets(evaluation: MapEvaluation) -> Table:
    rows = tuple(
        (
            outcome.target.subject,
            outcome.target.quantity,
            f"{'at least' if outcome.target.at_least else 'at most'} {outcome.target.limit:g}",
            f"{outcome.value:.5f}" if outcome.target.limit < 0.1 else f"{outcome.value:.3f}",
            REACHED if outcome.is_reached else MISSED,
        )
        for outcome in map_target_outcomes(evaluation)
    )
    return Table(
        "Targets",
        "Set for held-out simulated patients; each patient counts once, by the first model that was fitted "
        "without it.",
        ("map or lesion", "quantity", "target", "measured", ""),
        rows,
    )


def _brain(evaluation: MapEvaluation) -> Table:
    rows = []
    for name in evaluation.target_names:
        for method in evaluation.methods:
            found = map_statistics(selected(evaluation, method), name)
            if found.n_patients:
                rows.append((name, method, str(found.n_patients), *_brain_cells(found)))
    return Table(
        "Maps inside the brain",
        "Analysed tissue in which the reference is known, mean ± SD of the patients. Dice at half range: of "
        "the patients in whom either map reaches it (n), and of the voxels of all patients together. MSE and "
        "PSNR on maps from 0 to 1; bias (predicted - reference) and RMSE in the unit of the map; without "
        "value: tissue for which the method gives none.",
        (
            "map", "method", "n", "r", "Dice (n)", "Dice, all voxels", "MSE", "PSNR, dB", "bias", "RMSE",
            "without value",
        ),
        tuple(rows),
    )  # fmt: skip


def _brain_cells(found: MapStatistics) -> tuple[str, ...]:
    return (
        mean_and_sd(found.brain.correlation, 3),
        f"{mean_and_sd(found.brain.dice, 3)} ({found.brain.dice.n})",
        number(found.brain.pooled_dice, 3),
        *_error_cells(found.brain),
        mean_and_sd(found.bias, 2),
        mean_and_sd(found.rmse, 2),
        percent(found.missing),
    )


def _error_cells(found: RegionStatistics) -> tuple[str, str]:
    return number(found.squared_error.mean, 5), number(found.noise_ratio, 1)


def _images(evaluation: MapEvaluation) -> Table:
    rows = []
    for name in evaluation.target_names:
        published = PUBLISHED_SCORES[name]
        for method in evaluation.methods:
            found = map_statistics(selected(evaluation, method), name)
            if found.n_patients:
                rows.append(
                    (
                        name, method, str(found.slice_correlation.n),
                        mean_and_sd(found.slice_correlation, 3), number(published.correlation, 2),
                        mean_and_sd(found.slice_dice, 3), number(published.dice, 2),
                        str(found.undefined_slices), number(found.image.dice.mean, 3),
                        *_error_cells(found.image), number(published.squared_error, 3),
                    )
                )  # fmt: skip
    return Table(
        "Maps as the papers measure them",
        "All pixels of the image, 0 outside the analysed tissue in both maps: mean ± SD of all slices. "
        "Slices in which neither map reaches half range have no Dice and are counted apart (the papers' "
        "code counts 1). In the papers' columns r and Dice of Perlo et al. (512 x 512), MSE of Gava et "
        "al. 2023, against NLR maps of patients.",
        (
            "map", "method", "slices", "r", "paper", "Dice", "paper", "slices without Dice",
            "Dice, mean of patients", "MSE", "PSNR, dB", "paper's MSE",
        ),
        tuple(rows),
    )  # fmt: skip


def _folds(evaluation: MapEvaluation) -> Table:
    rows = []
    for name in evaluation.target_names:
        found = {
            model: [
                map_statistics(selected(evaluation, model, parts=parts), name) for parts in _PARTS.values()
            ]
            for model in evaluation.model_names
        }
        for title, region in _REGIONS.items():
            published = PUBLISHED_SCORES[name].squared_error if title == _ALL_PIXELS else None
            lines = {
                model: [_fold_cell(each, region(each)) for each in parts] for model, parts in found.items()
            }
            if len(found) > 1:
                columns = zip(*found.values(), strict=True)
                lines["mean of the folds"] = [_mean_cell(list(column), region) for column in columns]
            rows += [(name, title, line, *cells, number(published, 3)) for line, cells in lines.items()]
    return Table(
        "Error by fold",
        "MSE of maps from 0 to 1, mean of the patients, with its PSNR and the number of patients; of several "
        "folds the mean ± SD. Paper: cross-validation in three folds, PSNR close to 20 dB (Gava et al. 2023, "
        "table 1 and text).",
        ("map", "pixels", "model", *_PARTS, "paper's MSE"),
        tuple(rows),
    )


def _mean_cell(folds: Sequence[MapStatistics], region: Region) -> str:
    errors = [region(each).squared_error.mean for each in folds]
    return mean_and_sd(summarise([error for error in errors if error is not None]), 5)


def _fold_cell(found: MapStatistics, region: RegionStatistics) -> str:
    if not found.n_patients:
        return MISSING
    error, ratio = _error_cells(region)
    return f"{error}, {ratio} dB (n = {found.n_patients})"


def _failures(evaluation: MapEvaluation) -> Table:
    failed = dict.fromkeys(
        (case.patient, case.condition, case.failure) for case in evaluation.cases if case.failure
    )
    rows = tuple(
        (patient, "" if condition == USUAL else condition, reason) for patient, condition, reason in failed
    )
    return Table("Patients that could not be evaluated", "", ("patient", "condition", "reason"), rows)
