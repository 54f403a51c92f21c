"""The table of a cross-validation beside that of the paper."""

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

import numpy as np

from .result import PartErrors, TrainingResult

FOLDS_CSV, FOLDS_TABLE = "folds.csv", "folds.md"
"""Names of the files."""

_HELD_OUT = "test"

PAPER: Mapping[str, str] = MappingProxyType(
    {
        "CBV": "in the order of 0.01 (close to 20 dB), 0.001 above training",
        "CBF": "in the order of 0.01 (close to 20 dB), 0.001 above training",
        "TTP": "0.017 on average, further above training",
    }
)
"""Mean squared error of the held-out fold in Gava et al. 2023, section 3; its table 1 is a picture."""

_HEADER = ("map", "fold", "MSE, training", "MSE, held out", "PSNR, training (dB)", "PSNR, held out (dB)")

_NOTE = (
    "Mean squared error of the maps, as shares of their windows, of the network of the best epoch. The "
    "patients of the held-out fold have steered nothing; the best epoch is chosen by others."
)

Fold = tuple[int, TrainingResult]


def write_fold_tables(folder: Path, folds: Sequence[Fold]) -> None:
    """Write folds.csv and folds.md.

    Parameters
    ----------
    folder : Path
    folds : sequence of tuple
        Number and result of each fold of each network.
    """
    rows = fold_rows(folds)
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([_HEADER, *rows])
    for name, content in ((FOLDS_CSV, text.getvalue()), (FOLDS_TABLE, fold_table(folds))):
        partial = folder / f".{name}.partial"
        partial.write_text(content, encoding="utf-8")
        partial.replace(folder / name)


def fold_rows(folds: Sequence[Fold]) -> list[tuple[str, ...]]:
    """Return the rows of the table: each fold of each map, and the mean of its folds."""
    rows = []
    maps = dict.fromkeys(name for _, result in folds for name in result.parts[_HELD_OUT].maps)
    for name in maps:
        own = [(fold, result) for fold, result in folds if name in result.parts[_HELD_OUT].maps]
        errors = [(result.parts["train"].maps[name], result.parts[_HELD_OUT].maps[name]) for _, result in own]
        rows += [_row(name, str(fold), *pair) for (fold, _), pair in zip(own, errors, strict=True)]
        train, held_out = np.mean(errors, axis=0)
        rows.append(_row(name, "mean", float(train), float(held_out)))
    return rows


def fold_table(folds: Sequence[Fold]) -> str:
    """Return the table as Markdown, with what the paper reports."""
    lines = [
        "# Cross-validation by patient",
        "",
        _NOTE,
        "",
        *("| " + " | ".join(cells) + " |" for cells in (_HEADER, ("---",) * len(_HEADER), *fold_rows(folds))),
        "",
        "Gava et al. 2023, three folds of 100 patients, NLR maps as the target:",
        "",
        *(f"* {name}: {text}" for name, text in PAPER.items()),
    ]
    return "\n".join(lines) + "\n"


def _row(name: str, fold: str, train: float, held_out: float) -> tuple[str, ...]:
    psnr = [f"{PartErrors(mse, {}).psnr():.1f}" for mse in (train, held_out)]
    return (name, fold, f"{train:.5f}", f"{held_out:.5f}", *psnr)
