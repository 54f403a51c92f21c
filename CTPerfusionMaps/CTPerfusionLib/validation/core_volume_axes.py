"""Panels that the figures of core-volume networks have in common.

Drawn with matplotlib's objects on their own canvas, so that a worker thread can draw them.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

GREY = "#8a8a8a"
BLUE, RED, BLACK = "#1f4e9c", "#c8102e", "#1a1a1a"

PATHWAY_COLOURS: Mapping[str, str] = MappingProxyType({"both": BLUE, "global": "#8a6d00", "local": "#2e7d32"})
"""By the pathways of a network."""


def panels(rows: int, columns: int, width: float, height: float) -> tuple["Figure", list["Axes"]]:
    """Return a figure of so many inches with empty panels, row by row."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)
    drawn = [figure.add_subplot(rows, columns, index + 1) for index in range(rows * columns)]
    for axes in drawn:
        axes.grid(color=GREY, alpha=0.25, linewidth=0.6)
        axes.set_axisbelow(True)
        axes.tick_params(labelsize=8)
        for side in ("top", "right"):
            axes.spines[side].set_visible(False)
    return figure, drawn


def label(axes: "Axes", x: str, y: str) -> None:
    """Name both axes of a panel."""
    axes.set_xlabel(x, fontsize=9)
    axes.set_ylabel(y, fontsize=9)


def legend(axes: "Axes") -> None:
    """Show what the lines of a panel mean in its lower right, on a ground that hides lines behind it."""
    shown = axes.legend(fontsize=7.5, loc="lower right", framealpha=0.9, edgecolor="none", handlelength=1.8)
    shown.set_zorder(6)
