"""The tables of a cross-validation: its folds beside those of the paper, and its predictions."""

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

from ...staging import unwritable
from ...statistics import Summary
from ..fold_table import FOLDS_CSV, FOLDS_TABLE
from .course import CoreEpoch
from .result import TEST, VALIDATION, CoreFold, CoreVolumeStudy

PREDICTIONS = "predictions.csv"
"""What the network of each fold says of its validation and test patients."""

PAPER_AUC: Mapping[str, str] = MappingProxyType({VALIDATION: "0.75 (0.11)", TEST: "0.72 (0.10)"})
"""Mean (SD) over ten folds of 217 patients in Mittermeier et al. 2022, table 1."""

_AUC_HEADER = ("fold", "epochs", "best epoch", "validation loss", "AUC, validation", "AUC, test")
_ERROR_HEADER = ("mean absolute error, validation (mL)", "mean absolute error, test (mL)")

_NOTE = (
    "Area under the ROC curve of the network of the best epoch. The patients of the test fold have steered "
    "nothing but the threshold and the standardisation, which are those of all patients; the best epoch is "
    "chosen by the validation loss."
)


def write_fold_files(study: CoreVolumeStudy) -> None:
    """Write folds.csv, folds.md and predictions.csv into the folder of a study.

    Raises
    ------
    ConfigurationError
        If they cannot be written.
    """
    header, rows = _header(study), fold_rows(study)
    write_table(study.folder / FOLDS_CSV, header, rows)
    write_whole(study.folder / FOLDS_TABLE, fold_table(study))
    write_table(study.folder / PREDICTIONS, *_predictions(study.folds))


def write_epochs(path: Path, epochs: Sequence[CoreEpoch]) -> None:
    """Write the table of the epochs of a fold.

    Raises
    ------
    ConfigurationError
        If it cannot be written.
    """
    rows = [[_text(value) for value in vars(epoch).values()] for epoch in epochs]
    write_table(path, tuple(vars(epochs[0])), rows)


def fold_rows(study: CoreVolumeStudy) -> list[tuple[str, ...]]:
    """Return a row for each fold, and one with the means (SD)."""
    rows = []
    for fold in study.folds:
        loss = fold.epochs[fold.best_epoch - 1].validation_loss
        areas = [_share(fold.auc(part)) for part in (VALIDATION, TEST)]
        row = (str(fold.number), str(len(fold.epochs)), str(fold.best_epoch), f"{loss:.4f}", *areas)
        rows.append((*row, *(f"{fold.mean_absolute_error(part):.1f}" for part in _error_parts(study))))
    means = [mean_and_sd(study.auc(part), 2) for part in (VALIDATION, TEST)]
    errors = [mean_and_sd(study.mean_absolute_error(part), 1) for part in _error_parts(study)]
    return [*rows, ("mean (SD)", "", "", "", *means, *errors)]


def fold_table(study: CoreVolumeStudy) -> str:
    """Return the table as Markdown, with what the paper reports."""
    header = _header(study)
    blank = ("",) * len(_error_parts(study))
    paper = ("Mittermeier et al. 2022", "500 at most", "", "", PAPER_AUC[VALIDATION], PAPER_AUC[TEST], *blank)
    lines = [
        "# Cross-validation by patient",
        "",
        f"Large core: {study.threshold_ml:.1f} mL or more. {_NOTE}",
        "",
        *("| " + " | ".join(cells) + " |" for cells in (header, ("---",) * len(header))),
        *("| " + " | ".join(cells) + " |" for cells in (*fold_rows(study), paper)),
    ]
    return "\n".join(lines) + "\n"


def mean_and_sd(summary: Summary, digits: int) -> str:
    """Return a mean with its SD as the paper prints it; a dash where there is none."""
    if summary.mean is None:
        return "–"
    spread = "" if summary.sd is None else f" ({summary.sd:.{digits}f})"
    return f"{summary.mean:.{digits}f}{spread}"


def write_table(path: Path, header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Write a table as CSV, whole or not at all.

    Raises
    ------
    ConfigurationError
        If it cannot be written.
    """
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([header, *rows])
    write_whole(path, text.getvalue())


def write_whole(path: Path, text: str) -> None:
    """Write a text in the place of an earlier one, whole or not at all.

    Raises
    ------
    ConfigurationError
        If it cannot be written.
    """
    partial = path.with_name(f".{path.name}.partial")
    try:
        partial.write_text(text, encoding="utf-8")
        partial.replace(path)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise unwritable(path, error) from error


def _header(study: CoreVolumeStudy) -> tuple[str, ...]:
    return (*_AUC_HEADER, *(_ERROR_HEADER if study.gives_volume else ()))


def _error_parts(study: CoreVolumeStudy) -> tuple[str, ...]:
    return (VALIDATION, TEST) if study.gives_volume else ()


def _predictions(folds: Sequence[CoreFold]) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    header = ("fold", "part", "patient", "core_ml", "large", "score")
    return header, [
        (
            str(fold.number), each.part, each.patient, f"{each.core_ml:.3f}",
            "yes" if each.is_large else "no", f"{each.score:.6g}",
        )
        for fold in folds for each in fold.predictions
    ]  # fmt: skip


def _share(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def _text(value: Any) -> str:
    if value is None:
        return ""
    return f"{value:.6g}" if isinstance(value, float) else str(value)
