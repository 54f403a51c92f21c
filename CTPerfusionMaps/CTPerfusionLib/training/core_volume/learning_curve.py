"""The learning curves of all folds as one picture."""

from pathlib import Path
from typing import TYPE_CHECKING

from .result import CoreVolumeStudy

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_TRAIN, _VALIDATION, _GREY = "#1f4e79", "#c8102e", "#8a8a8a"
_DOTS_PER_INCH = 150


def write_core_learning_curve(path: Path, study: CoreVolumeStudy) -> None:
    """Write losses and validation AUC of all folds against epochs as PNG, in the place of an earlier one."""
    partial = path.with_name(f".{path.name}.partial")
    core_learning_curve(study).savefig(partial, dpi=_DOTS_PER_INCH, format="png")
    partial.replace(path)


def core_learning_curve(study: CoreVolumeStudy) -> "Figure":
    """Draw a line for each fold, with a dot at its best epoch."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(10.4, 3.8), layout="constrained")
    FigureCanvasAgg(figure)
    losses, areas = figure.subplots(1, 2)
    for fold in study.folds:
        numbers = [epoch.epoch for epoch in fold.epochs]
        validation = [epoch.validation_loss for epoch in fold.epochs]
        train = [epoch.train_loss for epoch in fold.epochs]
        auc = [
            float("nan") if epoch.validation_auc is None else epoch.validation_auc for epoch in fold.epochs
        ]
        first = fold.number == 1
        for axes, values, colour, label in (
            (losses, train, _TRAIN, "training, as varied"),
            (losses, validation, _VALIDATION, "validation"),
            (areas, auc, _VALIDATION, "validation"),
        ):
            axes.plot(numbers, values, color=colour, linewidth=0.9, alpha=0.6, label=label if first else None)
        best = fold.best_epoch
        for axes, values in ((losses, validation), (areas, auc)):
            mark = "best epoch of a fold" if first else None
            axes.plot([best], [values[best - 1]], "o", color=_VALIDATION, markersize=4, label=mark)
    areas.set_ylim(0.0, 1.02)
    _finish(losses, "Error of the volume (smooth, in 10 mL)" if study.gives_volume else "Cross-entropy")
    _finish(areas, "Area under the ROC curve")
    return figure


def _finish(axes: "Axes", title: str) -> None:
    from matplotlib.ticker import MaxNLocator

    axes.set_title(title, fontsize=10)
    axes.set_xlabel("Epoch", fontsize=9)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.tick_params(labelsize=8)
    axes.grid(color=_GREY, alpha=0.25, linewidth=0.6)
    axes.set_axisbelow(True)
    axes.legend(fontsize=8, frameon=False)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
