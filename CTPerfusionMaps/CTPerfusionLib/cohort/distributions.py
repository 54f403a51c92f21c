"""How numbers are distributed over the studies of a cohort, as histograms."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..report.plots import OTHER_COLOUR, figure_svg, plain_figure
from .columns import RESULT_COLUMNS, Column
from .study_row import StudyRow, StudyStatus

SHOWN = ("core_ml", "hypoperfusion_ml", "penumbra_ml", "mismatch_ratio", "seconds")
"""Columns whose distribution the page shows."""

_SIZE = (2.9, 1.9)  # inches: about as large as it is shown, so that its words are
_BARS = 14
_TAIL = 95.0
_LONG_TAIL = 1.5


@dataclass(frozen=True)
class Distribution:
    """A histogram with its words.

    Attributes
    ----------
    title : str
    caption : str
        Median and quartiles, the number of studies, and what the last bar holds besides.
    svg : str
        The drawing; empty without a number.
    """

    title: str
    caption: str
    svg: str


@dataclass(frozen=True, eq=False)
class Bins:
    """The bars of a histogram.

    Attributes
    ----------
    edges : ndarray, shape (n + 1,)
        In the unit of the column, from 0.
    counts : ndarray of int, shape (n,)
        The last one holds everything beyond its lower edge.
    n_beyond : int
        How many values lie beyond the last edge.
    """

    edges: NDArray[np.float64]
    counts: NDArray[np.int64]
    n_beyond: int


def distributions(rows: Sequence[StudyRow]) -> tuple[Distribution, ...]:
    """Return the histograms of the columns `SHOWN` over the studies that are done."""
    columns = {column.name: column for column in RESULT_COLUMNS}
    done = [row for row in rows if row.status is StudyStatus.DONE]
    return tuple(_distribution(columns[name], done) for name in SHOWN)


def bins(values: NDArray[np.float64]) -> Bins:
    """Return round bins from 0 for values that are not negative; a long upper tail goes into the last bar.

    The bars end near the 95th percentile where the largest value is far beyond it, as a ratio is whose core
    is a few voxels.
    """
    from matplotlib.ticker import MaxNLocator

    largest = float(values.max())
    tail = float(np.percentile(values, _TAIL))
    upper = tail if 0.0 < _LONG_TAIL * tail < largest else largest
    edges = np.asarray(MaxNLocator(_BARS, steps=[1, 2, 2.5, 5, 10]).tick_values(0.0, upper or 1.0))
    counts, _ = np.histogram(np.minimum(values, edges[-1]), edges)
    return Bins(edges, counts, int(np.count_nonzero(values > edges[-1])))


def _distribution(column: Column, done: Sequence[StudyRow]) -> Distribution:
    known = [row.values[column.name] for row in done if row.values[column.name] is not None]
    values = np.array(known, dtype=float)
    n_unknown = len(done) - len(values)
    if not len(values):
        return Distribution(column.heading, "no study with a number", "")
    found = bins(values)
    return Distribution(column.heading, _caption(column, values, found, n_unknown), _drawing(column, found))


def _caption(column: Column, values: NDArray[np.float64], found: Bins, n_unknown: int) -> str:
    low, median, high = np.percentile(values, (25, 50, 75))
    unit = f" {column.unit}" if column.unit else ""
    parts = [
        f"Median {median:.1f}{unit}, quartiles {low:.1f} and {high:.1f}; {_studies(len(values))}",
        f"{_studies(n_unknown)} without it" if n_unknown else "",
        f"{found.n_beyond} beyond {found.edges[-1]:g}{unit} in the last bar" if found.n_beyond else "",
    ]
    return "; ".join(filter(None, parts)) + "."


def _studies(count: int) -> str:
    return "1 study" if count == 1 else f"{count} studies"


def _drawing(column: Column, found: Bins) -> str:
    from matplotlib.ticker import MaxNLocator

    figure, (axes,) = plain_figure(*_SIZE)
    figure.subplots_adjust(right=0.96)
    widths = np.diff(found.edges)
    bars = axes.bar(found.edges[:-1], found.counts, 0.94 * widths, align="edge", color=OTHER_COLOUR)
    if found.n_beyond:
        bars[-1].set_hatch("////")
        bars[-1].set_edgecolor("white")  # of the hatching
        bars[-1].set_linewidth(0.0)
    axes.set_xlim(0.0, found.edges[-1])
    axes.yaxis.set_major_locator(MaxNLocator(5, integer=True))
    axes.spines["right"].set_visible(False)
    axes.set_xlabel(f"{column.heading} ({column.unit})" if column.unit else column.heading)
    axes.set_ylabel("Studies")
    axes.grid(visible=False, axis="x")
    axes.set_axisbelow(True)
    return figure_svg(figure, f"distribution-{column.name.replace('_', '-')}")
