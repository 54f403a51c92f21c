"""The figures of an agreement: each quantity, then maps and segments.

Drawn with matplotlib's objects on their own canvas, so that a worker thread can draw them.
"""

import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ...statistics import BlandAltman, Interval, summarise
from ..core_volume_axes import BLACK, BLUE, GREY, label, panels
from ..evaluation_files import Drawing
from ..segmentation_table import number
from .compared import FEWEST_STUDIES, MOST_STRATA, ComparedSets, Measure, Subset
from .subset_statistics import MeasureAgreement, measure_agreement
from .tables import value_digits

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_GROUP_COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000", "#8c6bb1")
"""Colours that people with any colour vision tell apart: Okabe and Ito 2008, and a violet."""

_UNITS: Mapping[str, str] = MappingProxyType({"_ml": "mL", "_s": "s", "_percent": "%"})
"""Unit by the ending of a column's name."""

_MANY_POINTS = 500
"""From so many on points stand in a figure as pixels."""

_LEAST_RANGE = 1e-9
"""Range of differences relative to that of the means which is more than rounding."""

_SPREAD = 0.16
"""Half width over which points of one place are spread."""


def agreement_figures(compared: ComparedSets) -> dict[str, Drawing]:
    """Return all figures with their captions, by the stem of their files."""
    drawings: dict[str, Drawing] = {}
    for measure in compared.measures:
        found = measure_agreement(measure, compared.subsets[0])
        if found.n >= FEWEST_STUDIES:
            figure = measure_figure(compared, measure, found)
            drawings[_free_name(measure.name, drawings)] = Drawing(
                figure, _measure_caption(compared, measure)
            )
    maps = {
        pair.name: [(voxels.moments.r, voxels.moments.ccc) for voxels in pair.voxels if voxels is not None]
        for pair in compared.maps
    }
    if maps:
        drawings[_free_name("maps", drawings)] = Drawing(maps_figure(maps), _MAPS_CAPTION)
    overlaps = {
        overlap.name: [each.dice for each in overlap.segments if each is not None and each.dice is not None]
        for overlap in compared.overlaps
    }
    if any(overlaps.values()):
        drawings[_free_name("dice", drawings)] = Drawing(overlap_figure(overlaps), _OVERLAP_CAPTION)
    return drawings


_MAPS_CAPTION = (
    "Agreement of the voxels of each study that are finite in both sets. Blue: Pearson's correlation; black: "
    "Lin's concordance; lines: medians."
)
_OVERLAP_CAPTION = "Dice of each study in which either set has the segment; lines: medians."


def measure_figure(compared: ComparedSets, measure: Measure, found: MeasureAgreement) -> "Figure":
    """Draw the second set against the first, and the differences against the means."""
    figure, (left, right) = panels(1, 2, 8.4, 3.9)
    first, second = compared.names
    words, unit = _words(measure.name)
    for name, colour, places in _groups(compared):
        x, y = measure.first[places], measure.second[places]
        finite = np.isfinite(x) & np.isfinite(y)
        _scatter(left, x[finite], y[finite], colour, name)
        _scatter(right, (x[finite] + y[finite]) / 2.0, y[finite] - x[finite], colour, name)
    _draw_line(left, found)
    _draw_limits(right, found.difference, value_digits(measure))
    facts = (("r", found.correlation.r), ("CCC", found.concordance.ccc))
    said = [f"{name} {value:.3f}" for name, value in facts if value is not None]
    left.set_title(words, fontsize=9.5)
    right.set_title(", ".join([f"n = {found.n}", *said]), fontsize=9.5)
    label(left, f"{first}{unit}", f"{second}{unit}")
    label(right, f"Mean of both{unit}", f"{second} - {first}{unit}")
    if compared.strata is not None:
        # Below both panels, where it hides no point.
        figure.legend(
            *left.get_legend_handles_labels(), fontsize=8, loc="outside lower center", ncols=MOST_STRATA + 1,
            frameon=False, handletextpad=0.2,
        )  # fmt: skip
    return figure


def maps_figure(maps: Mapping[str, Sequence[tuple[float | None, float | None]]]) -> "Figure":
    """Draw correlation and concordance of the voxels of each study, by map."""
    figure, (axes,) = panels(1, 1, max(4.2, 0.9 * len(maps) + 1.2), 3.9)
    for place, pairs in enumerate(maps.values()):
        for side, colour in ((0, BLUE), (1, BLACK)):
            values = [value for pair in pairs if (value := pair[side]) is not None]
            _strip(axes, place + (0.2 if side else -0.2), values, colour)
    axes.set_xticks(range(len(maps)), list(maps), fontsize=8)
    axes.set_ylim(top=1.02)
    label(axes, "", "r (blue), CCC (black)")
    return figure


def overlap_figure(overlaps: Mapping[str, Sequence[float]]) -> "Figure":
    """Draw Dice of each study, by segment."""
    figure, (axes,) = panels(1, 1, max(4.2, 0.9 * len(overlaps) + 1.2), 3.9)
    for place, values in enumerate(overlaps.values()):
        _strip(axes, place, values, BLUE)
    axes.set_xticks(range(len(overlaps)), list(overlaps), fontsize=8)
    axes.set_ylim(-0.02, 1.02)
    label(axes, "", "Dice")
    return figure


def _groups(compared: ComparedSets) -> list[tuple[str, str, list[int]]]:
    """Return name, colour and places of what is drawn in one colour."""
    if compared.strata is None:
        return [("", BLUE, list(range(len(compared.studies))))]
    *groups, rest = [*compared.subsets[1:], _ungrouped(compared)]
    coloured = [(group.name, colour) for group, colour in zip(groups, _GROUP_COLOURS, strict=False)]
    drawn = [(*named, list(group.places)) for named, group in zip(coloured, groups, strict=True)]
    return drawn + ([(rest.name, GREY, list(rest.places))] if rest.places else [])


def _ungrouped(compared: ComparedSets) -> Subset:
    values = () if compared.strata is None else compared.strata.values
    return Subset("not known", tuple(place for place, value in enumerate(values) if value is None))


def _scatter(axes: "Axes", x: NDArray[np.float64], y: NDArray[np.float64], colour: str, name: str) -> None:
    axes.scatter(
        x, y, s=20.0, color=colour, alpha=0.7, linewidths=0.0, zorder=3, label=name or None,
        rasterized=x.size > _MANY_POINTS,
    )  # fmt: skip


def _draw_line(axes: "Axes", found: MeasureAgreement) -> None:
    """Draw identity and the least-squares line over the range of the points, on axes of one scale."""
    low = min(value for value in (found.first.smallest, found.second.smallest) if value is not None)
    high = max(value for value in (found.first.largest, found.second.largest) if value is not None)
    margin = 0.04 * (high - low) or 0.5
    limits = (low - margin, high + margin)
    axes.plot(limits, limits, color=GREY, linewidth=0.9, zorder=1)
    line, smallest, largest = found.line, found.first.smallest, found.first.largest
    if line.slope is not None and line.intercept is not None and smallest is not None and largest is not None:
        ends = np.array([smallest, largest])
        axes.plot(ends, line.intercept + line.slope * ends, "--", color=BLACK, linewidth=1.2, zorder=2)
    axes.set(xlim=limits, ylim=limits, aspect="equal")


def _draw_limits(axes: "Axes", found: BlandAltman, digits: int) -> None:
    """Draw bias and limits of agreement, each on the band of its confidence interval."""
    lines: tuple[tuple[float | None, Interval | None, str], ...] = (
        (found.bias, found.bias_interval, "-"),
        (found.upper_limit, found.upper_interval, "--"),
        (found.lower_limit, found.lower_interval, "--"),
    )
    axes.axhline(0.0, color=GREY, linewidth=0.9, zorder=1)
    for value, around, style in lines:
        if value is None or around is None:
            continue
        axes.axhspan(around.low, around.high, color=GREY, alpha=0.18, linewidth=0.0, zorder=0)
        axes.axhline(value, color=BLACK, linestyle=style, linewidth=1.2, zorder=2)
        axes.annotate(
            number(value, digits, sign=True).replace("-", "−"), (1.0, value), fontsize=8, va="center",
            xycoords=("axes fraction", "data"), xytext=(3.0, 0.0), textcoords="offset points",
        )  # fmt: skip
    lowest, highest = axes.get_ylim()
    if found.bias is not None and highest - lowest < _LEAST_RANGE * np.ptp(axes.get_xlim()):
        # Differences that are all the same would be drawn on the scale of their rounding.
        axes.set_ylim(found.bias - 1.0, found.bias + 1.0)


def _strip(axes: "Axes", place: float, values: Sequence[float], colour: str) -> None:
    # Spread evenly and always alike.
    offsets = _SPREAD * (2.0 * ((np.arange(len(values)) * 0.618034) % 1.0) - 1.0)
    _scatter(axes, np.asarray(place + offsets), np.array(values, dtype=np.float64), colour, "")
    median = summarise(values).median
    if median is not None:
        axes.plot([place - _SPREAD, place + _SPREAD], [median, median], color=colour, linewidth=2.0, zorder=4)


def _measure_caption(compared: ComparedSets, measure: Measure) -> str:
    first, second = compared.names
    words, _ = _words(measure.name)
    groups = "" if compared.strata is None else f" Colours: {compared.strata.column}."
    return (
        f"{words} by {second} and {first}. Left: grey: identity; dashed: least-squares line. Right: "
        "differences against means; solid: bias; dashed: limits of agreement, bias ± 1.96 SD; bands: 95 % "
        f"confidence intervals.{groups}"
    )


def _words(name: str) -> tuple[str, str]:
    """Return the name of a column in words, and its unit in brackets."""
    ending = next((each for each in _UNITS if name.lower().endswith(each)), "")
    words = name[: len(name) - len(ending)].replace("_", " ")
    return words[:1].upper() + words[1:], f" ({_UNITS[ending]})" if ending else ""


def _free_name(name: str, taken: Mapping[str, Drawing]) -> str:
    """Return a name for a file that is not taken yet, of letters, digits and underscores."""
    stem = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_") or "column"
    copy = 2
    free = stem
    while free in taken:
        free, copy = f"{stem}_{copy}", copy + 1
    return free
