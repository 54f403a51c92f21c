"""The learning curve of a training as a picture."""

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from .record import EpochErrors

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_TRAIN, _VALIDATION, _GREY = "#1f4e79", "#c8102e", "#8a8a8a"
_MAP_COLOURS = ("#1a1a1a", "#e08214", "#35978f", "#8073ac")
_DOTS_PER_INCH = 150
_MOST_MARKERS = 40
"""Epochs up to which each is marked with a point."""


def write_learning_curve(path: Path, epochs: Sequence[EpochErrors], targets: Sequence[str]) -> None:
    """Write the learning curve as PNG, in the place of an earlier one.

    Parameters
    ----------
    path : Path
    epochs : sequence of EpochErrors
    targets : sequence of str
        Names of the maps.
    """
    partial = path.with_name(f".{path.name}.partial")
    learning_curve(epochs, targets).savefig(partial, dpi=_DOTS_PER_INCH, format="png")
    partial.replace(path)


def learning_curve(epochs: Sequence[EpochErrors], targets: Sequence[str]) -> "Figure":
    """Draw errors against epochs: of training and validation, and of each map where there are several."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    n_panels = 2 if len(targets) > 1 else 1
    figure = Figure(figsize=(5.2 * n_panels, 3.8), layout="constrained")
    FigureCanvasAgg(figure)
    places = list(range(1, len(epochs) + 1))
    marker = "o" if len(epochs) <= _MOST_MARKERS else ""
    axes = figure.add_subplot(1, n_panels, 1)
    lines = {
        ("training, as varied", _TRAIN): [epoch.train for epoch in epochs],
        ("validation", _VALIDATION): [epoch.validation for epoch in epochs],
    }
    for (label, colour), values in lines.items():
        axes.plot(places, values, color=colour, label=label, marker=marker, markersize=3, linewidth=1.4)
    _finish(axes, epochs, "All maps" if n_panels == 2 else targets[0])
    if n_panels == 2:
        axes = figure.add_subplot(1, n_panels, 2)
        for name, colour in zip(targets, _MAP_COLOURS, strict=False):
            values = [epoch.maps[name] for epoch in epochs]
            axes.plot(places, values, color=colour, label=name, marker=marker, markersize=3, linewidth=1.4)
        _finish(axes, epochs, "Validation by map")
    return figure


def _finish(axes: "Axes", epochs: Sequence[EpochErrors], title: str) -> None:
    """Label a panel and mark where a phase begins."""
    from matplotlib.ticker import MaxNLocator

    axes.set_yscale("log")
    for place, (earlier, later) in enumerate(pairwise(epochs), start=1):
        if later.phase != earlier.phase:
            axes.axvline(place + 0.5, color=_GREY, linewidth=0.9, linestyle="--")
            axes.annotate(
                f"phase {later.phase}", (place + 0.5, 1.0), xycoords=("data", "axes fraction"),
                xytext=(3.0, -3.0), textcoords="offset points", va="top", fontsize=7, color=_GREY,
            )  # fmt: skip
    axes.set_title(title, fontsize=10)
    axes.set_xlabel("Epoch", fontsize=9)
    axes.set_ylabel("MSE (share of the window, squared)", fontsize=9)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.tick_params(which="both", labelsize=8)
    axes.grid(color=_GREY, alpha=0.25, linewidth=0.6, which="both")
    axes.set_axisbelow(True)
    axes.legend(fontsize=8, frameon=False)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
