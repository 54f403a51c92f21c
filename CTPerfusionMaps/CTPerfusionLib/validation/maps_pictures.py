"""Pictures of maps beside each other, in the colours in which the report shows them."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..networks.map_target import MAP_TARGETS
from ..series import QUANTITIES
from .maps_case import LesionKind
from .maps_examples import REFERENCE, ExampleSlice
from .maps_score import FloatImage

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_PANEL = 1.75
"""Inches of one picture."""

_LABELS = 0.95
"""Inches beside the pictures for the names of the rows."""

_OUTLINES = {LesionKind.HYPOPERFUSION: "white", LesionKind.CORE: "magenta"}

_DIFFERENCE_SHARE = 0.25
"""Of the display range, at which the colours of differences end."""


def example_figure(example: ExampleSlice) -> "Figure":
    """Draw all maps of a slice: a column for each map, a row for the reference and for each method.

    Each column has one colour scale, with its bar below.
    """
    names = tuple(example.maps)
    methods = tuple(next(iter(example.maps.values())))
    figure, grid = _grid(len(methods), len(names), example)
    for column, name in enumerate(names):
        for row, method in enumerate(methods):
            axes = grid[row][column]
            _draw_map(axes, name, example.maps[name][method])
            _outline(axes, example, method)
            if row == 0:
                axes.set_title(QUANTITIES[name].name, fontsize=9)
            if column == 0:
                _name_row(axes, method)
        _colour_bar(figure, [grid[row][column] for row in range(len(methods))], name)
    figure.suptitle(_title(example), fontsize=9)
    return figure


def difference_figure(example: ExampleSlice, method: str) -> "Figure":
    """Draw predicted map, reference and their difference, a row for each map (Gava et al. 2023, figure 3)."""
    names = tuple(example.maps)
    figure, grid = _grid(len(names), 3, example, bars_aside=True)
    for row, name in enumerate(names):
        predicted, reference = example.maps[name][method], example.maps[name][REFERENCE]
        _draw_map(grid[row][0], name, predicted)
        shown = _draw_map(grid[row][1], name, reference)
        _bar(figure, shown, grid[row][1], QUANTITIES[name].label)
        difference = _draw_difference(grid[row][2], name, predicted - reference)
        _bar(figure, difference, grid[row][2], f"difference, {QUANTITIES[name].unit}")
        _name_row(grid[row][0], name)
        for axes, which in zip(grid[row], (method, REFERENCE), strict=False):
            _outline(axes, example, which)
    for column, title in enumerate((method, REFERENCE, f"{method} - {REFERENCE}")):
        grid[0][column].set_title(title, fontsize=9)
    figure.suptitle(_title(example), fontsize=9)
    return figure


def density_figure(densities: Mapping[str, NDArray[np.int64]], method: str) -> "Figure":
    """Draw how predicted values lie against those of the reference: number of voxels, logarithmic."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.colors import LogNorm
    from matplotlib.figure import Figure

    figure = Figure(figsize=(3.1 * len(densities), 3.1), layout="constrained")
    FigureCanvasAgg(figure)
    for position, (name, counts) in enumerate(densities.items(), start=1):
        target = MAP_TARGETS[name]
        limits = (target.low, target.high)
        axes = figure.add_subplot(1, len(densities), position)
        shown = np.ma.masked_equal(counts.T, 0)
        axes.imshow(
            shown, origin="lower", extent=(*limits, *limits), cmap="viridis",
            norm=LogNorm(1, max(int(counts.max()), 2)), interpolation="nearest",
        )  # fmt: skip
        axes.plot(limits, limits, color="#c8102e", linewidth=0.9)
        axes.set_xlabel(f"{REFERENCE} {name}, {target.unit}", fontsize=8)
        axes.set_ylabel(f"{method}", fontsize=8)
        axes.tick_params(labelsize=7)
    return figure


def _grid(
    rows: int, columns: int, example: ExampleSlice, *, bars_aside: bool = False
) -> tuple["Figure", list[list["Axes"]]]:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    height, width = next(iter(next(iter(example.maps.values())).values())).shape
    panel_height = _PANEL * height / width
    figure = Figure(
        figsize=(
            _LABELS + columns * (_PANEL + (0.65 if bars_aside else 0.1)),
            rows * (panel_height + 0.1) + (0.5 if bars_aside else 1.0),
        ),
        layout=ConstrainedLayoutEngine(w_pad=0.02, h_pad=0.02, wspace=0.01, hspace=0.01),
    )
    FigureCanvasAgg(figure)
    grid = [
        [figure.add_subplot(rows, columns, row * columns + column + 1) for column in range(columns)]
        for row in range(rows)
    ]
    for axes in (each for line in grid for each in line):
        axes.set(xticks=[], yticks=[])
        for side in axes.spines.values():
            side.set_visible(False)
    return figure, grid


def _draw_map(axes: "Axes", name: str, values: FloatImage) -> object:
    """Show a map with the patient's right on the left, black where nothing is known."""
    from matplotlib.colors import LinearSegmentedColormap

    quantity = QUANTITIES[name]
    plain = LinearSegmentedColormap.from_list(name, list(quantity.colours))
    colours = plain.with_extremes(bad="black")
    low, high = quantity.display_range
    return axes.imshow(
        np.ma.masked_invalid(values), cmap=colours, vmin=low, vmax=high, interpolation="nearest"
    )


def _outline(axes: "Axes", example: ExampleSlice, method: str) -> None:
    """Draw the border of core and hypoperfused tissue as the first reader sees them on these maps."""
    for kind, mask in example.outlines.get(method, {}).items():
        if mask.any():
            axes.contour(mask, levels=[0.5], colors=_OUTLINES[kind], linewidths=0.8)


def _draw_difference(axes: "Axes", name: str, values: FloatImage) -> object:
    from matplotlib import colormaps

    low, high = QUANTITIES[name].display_range
    reach = _DIFFERENCE_SHARE * (high - low)
    colours = colormaps["RdBu_r"].with_extremes(bad="black")
    return axes.imshow(
        np.ma.masked_invalid(values), cmap=colours, vmin=-reach, vmax=reach, interpolation="nearest"
    )


def _colour_bar(figure: "Figure", axes: Sequence["Axes"], name: str) -> None:
    bar = figure.colorbar(
        axes[-1].images[0], ax=list(axes), orientation="horizontal", fraction=0.04, pad=0.01, aspect=18
    )
    bar.set_label(QUANTITIES[name].label, fontsize=7)
    bar.ax.tick_params(labelsize=6)


def _bar(figure: "Figure", image: object, axes: "Axes", label: str) -> None:
    bar = figure.colorbar(image, ax=axes, fraction=0.05, pad=0.02)  # type: ignore[arg-type]
    bar.set_label(label, fontsize=6)
    bar.ax.tick_params(labelsize=6)


def _name_row(axes: "Axes", name: str) -> None:
    axes.set_ylabel(name, fontsize=9)


def _title(example: ExampleSlice) -> str:
    return f"{example.patient}, slice {example.slice}"
