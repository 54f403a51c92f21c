"""The figures of the study, in the form of the paper's: black without, red with microangiopathy.

Drawn with matplotlib's objects on their own canvas, so that a worker thread can draw them.
"""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, TypeVar

import numpy as np
from numpy.typing import NDArray

from ..statistics import BlandAltman
from .segmentation_case import GRADES, Group, SegmentationCohort
from .segmentation_statistics import Observation, Subset, observations, volume_statistics
from .segmentation_truth_statistics import KnownObservation, known_observations

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_Case = TypeVar("_Case", bound=Observation)

COLOURS: Mapping[Group, str] = MappingProxyType(
    {Group.NO_MICROANGIOPATHY: "#1a1a1a", Group.MICROANGIOPATHY: "#c8102e"}
)
"""Those of the paper."""

_GREY = "#8a8a8a"
_SPREAD = 0.16
"""Half width over which points of one place are spread."""


def study_figures(cohort: SegmentationCohort) -> dict[str, "Figure"]:
    """Return all figures that a cohort allows, by the stem of their files."""
    drawings: dict[str, Callable[[SegmentationCohort], Figure]] = {
        "correlation": correlation_figure,
        "bland_altman": bland_altman_figure,
        "reduction": reduction_figure,
    }
    if cohort.simulated:
        drawings |= {"false_core": false_core_figure, "truth": truth_figure}
    return {name: draw(cohort) for name, draw in drawings.items()} if observations(cohort) else {}


CAPTIONS: Mapping[str, str] = MappingProxyType(
    {
        "correlation": "Core volume by local against global normalisation. Black: NoMA, red: MA; filled: "
        "with stroke, hollow: without. Dashed: least-squares line of each group; grey: identity.",
        "bland_altman": "Difference of both core volumes against their mean. Solid: mean difference; dashed: "
        "mean ± 1.96 SD (the paper draws 2 SD).",
        "reduction": "Core volume that local normalisation takes away. Boxes: quartiles with the median; "
        "whiskers reach to the last case within 1.5 box heights; points: all cases.",
        "false_core": "Core where there is none in truth, each head by both normalisations; bars: "
        "means. Black: NoMA, red: MA.",
        "truth": "Core volumes and volume with Tmax > 6 s against truth. Black: NoMA, red: MA; filled: with "
        "stroke, hollow: without; grey: identity.",
    }
)
"""What each figure shows."""


def correlation_figure(cohort: SegmentationCohort) -> "Figure":
    """Draw local against global core volume with a regression line for each group."""
    figure, (axes,) = _figure(1, 5.2, 4.8)
    everything = observations(cohort)
    largest = _highest([max(case.measured.core_global, case.measured.core_local) for case in everything])
    axes.plot([0.0, largest], [0.0, largest], color=_GREY, linewidth=0.8, zorder=1)
    for group, colour in COLOURS.items():
        cases = observations(cohort, group=group)
        _points(axes, cases, group, lambda case: (case.measured.core_global, case.measured.core_local))
        line = volume_statistics(cases).line
        if line.slope is not None and line.intercept is not None:
            ends = np.array([0.0, max(case.measured.core_global for case in cases)])
            axes.plot(
                ends, line.intercept + line.slope * ends, "--", color=colour, linewidth=1.4,
                label=f"{group}: slope {line.slope:.2f}, n = {line.n}",
            )  # fmt: skip
    _label(axes, "Core, global normalisation (mL)", "Core, local normalisation (mL)")
    _square(axes, largest)
    _legend(axes)
    return figure


def bland_altman_figure(cohort: SegmentationCohort) -> "Figure":
    """Draw the differences against the means, a panel for each group."""
    figure, panels = _figure(2, 8.4, 3.8)
    for axes, group in zip(panels, Group, strict=True):
        cases = observations(cohort, group=group)
        _points(axes, cases, group, lambda case: (_mean_core(case), case.measured.change))
        _draw_limits(axes, volume_statistics(cases).change, COLOURS[group])
        axes.set_title(f"{group}, n = {len(cases)}", fontsize=10)
        _label(axes, "Mean of both core volumes (mL)", "Local - global (mL)")
    widest = max((axes.get_xlim() for axes in panels), key=lambda limits: limits[1])
    for axes in panels:
        axes.set_xlim(widest)
    _same_limits(panels)
    return figure


def reduction_figure(cohort: SegmentationCohort) -> "Figure":
    """Draw the reduction of core volume by grade, or by group where grades are not known."""
    figure, panels = _figure(2, 8.4, 3.8)
    graded = all(case.labels.grade is not None for case in observations(cohort))
    for axes, subset in zip(panels, (Subset.NO_STROKE, Subset.STROKE), strict=True):
        cases = observations(cohort, subset)
        places = _places(cases, by_grade=graded)
        for place, (name, members) in enumerate(places.items()):
            _box(axes, place, [-case.measured.change for case in members], members)
            axes.annotate(
                f"{name}\nn = {len(members)}", (place, 0.0), xycoords=("data", "axes fraction"),
                xytext=(0.0, -6.0), textcoords="offset points", ha="center", va="top", fontsize=8,
            )  # fmt: skip
        axes.axhline(0.0, color=_GREY, linewidth=0.8, zorder=1)
        axes.set(xticks=[], xlim=(-0.5, len(places) - 0.5))
        axes.set_title(f"{subset}".capitalize(), fontsize=10)
        _label(axes, "\n\nGrade of microangiopathy" if graded else "\n\nGroup", "Global - local (mL)")
    _same_limits(panels)
    return figure


def false_core_figure(cohort: SegmentationCohort) -> "Figure":
    """Draw the false core of each head by both normalisations."""
    figure, panels = _figure(2, 8.4, 3.8)
    for axes, subset in zip(panels, (Subset.NO_STROKE, Subset.STROKE), strict=True):
        for grade in GRADES:
            cases = known_observations(cohort, subset, (grade,))
            _pairs(axes, grade, cases)
        axes.set_xticks(GRADES)
        axes.set_title(f"{subset}".capitalize(), fontsize=10)
        _label(axes, "Grade of microangiopathy (left: global, right: local)", "False core (mL)")
    return figure


def truth_figure(cohort: SegmentationCohort) -> "Figure":
    """Draw the volumes that were found against the true ones."""
    figure, panels = _figure(3, 10.8, 3.7)
    columns: tuple[tuple[str, str, Callable[[KnownObservation], tuple[float, float]]], ...] = (
        ("Core, global", "True core (mL)", lambda c: (c.truth.true_core, c.measured.core_global)),
        ("Core, local", "True core (mL)", lambda c: (c.truth.true_core, c.measured.core_local)),
        ("Tmax > 6 s", "True (mL)", lambda c: (c.truth.true_hypoperfusion, c.measured.tmax_6)),
    )
    for axes, (title, axis, values) in zip(panels, columns, strict=True):
        cases = known_observations(cohort)
        largest = _highest([max(values(case)) for case in cases])
        axes.plot([0.0, largest], [0.0, largest], color=_GREY, linewidth=0.8, zorder=1)
        for group in Group:
            _points(axes, [case for case in cases if case.labels.group is group], group, values)
        axes.set_title(title, fontsize=10)
        _square(axes, largest)
        _label(axes, axis, "Found (mL)")
    return figure


def _figure(panels: int, width: float, height: float) -> tuple["Figure", list["Axes"]]:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)
    all_axes = [figure.add_subplot(1, panels, panel + 1) for panel in range(panels)]
    for axes in all_axes:
        axes.grid(color=_GREY, alpha=0.25, linewidth=0.6)
        axes.set_axisbelow(True)
        axes.tick_params(labelsize=8)
        for side in ("top", "right"):
            axes.spines[side].set_visible(False)
    return figure, all_axes


def _points(
    axes: "Axes", cases: Sequence[_Case], group: Group, values: Callable[[_Case], tuple[float, float]]
) -> None:
    for stroke in (True, False):
        places = [values(case) for case in cases if case.labels.stroke is stroke]
        if places:
            x, y = zip(*places, strict=True)
            axes.scatter(
                x, y, s=20.0, linewidths=0.9, edgecolors=COLOURS[group], zorder=3, alpha=0.85,
                facecolors=COLOURS[group] if stroke else "none", clip_on=False,
            )  # fmt: skip


def _draw_limits(axes: "Axes", found: BlandAltman, colour: str) -> None:
    lines = ((found.bias, "-", "mean"), (found.lower_limit, "--", ""), (found.upper_limit, "--", ""))
    for value, style, name in lines:
        if value is not None:
            axes.axhline(value, color=colour, linestyle=style, linewidth=1.2, zorder=2)
            axes.annotate(
                f"{name} {value:+.1f}".strip(), (1.0, value), xycoords=("axes fraction", "data"),
                xytext=(-2.0, 2.0), textcoords="offset points", ha="right", va="bottom", fontsize=8,
                color=colour,
            )  # fmt: skip


def _places(cases: Sequence[Observation], *, by_grade: bool) -> dict[str, list[Observation]]:
    """Return the cases by their place on the axis."""
    if by_grade:
        return {str(grade): [case for case in cases if case.labels.grade == grade] for grade in GRADES}
    return {str(group): [case for case in cases if case.labels.group is group] for group in Group}


def _box(axes: "Axes", place: int, values: Sequence[float], cases: Sequence[Observation]) -> None:
    if not cases:
        return
    colour = COLOURS[cases[0].labels.group]
    line = {"color": colour, "linewidth": 1.1}
    axes.boxplot(
        [list(values)], positions=[place], widths=0.5, showfliers=False, medianprops=line, boxprops=line,
        whiskerprops=line, capprops=line,
    )  # fmt: skip
    axes.scatter(place + _offsets(len(values)), values, s=12.0, color=colour, alpha=0.6, zorder=3)


def _pairs(axes: "Axes", place: int, cases: Sequence[KnownObservation]) -> None:
    for case in cases:
        axes.plot(
            [place - _SPREAD, place + _SPREAD], [case.truth.false_global, case.truth.false_local], "o-",
            color=COLOURS[case.labels.group], markersize=3.0, linewidth=0.8, alpha=0.7,
        )  # fmt: skip
    if cases:
        columns = ((-_SPREAD, "false_global"), (_SPREAD, "false_local"))
        for side, name in columns:
            mean = float(np.mean([getattr(case.truth, name) for case in cases]))
            axes.plot([place + side - 0.1, place + side + 0.1], [mean, mean], color=_GREY, linewidth=2.5)


def _offsets(n: int) -> NDArray[np.float64]:
    """Return offsets that spread `n` points evenly and always alike."""
    return np.asarray(_SPREAD * (2.0 * ((np.arange(n) * 0.618034) % 1.0) - 1.0))


def _mean_core(case: Observation) -> float:
    return 0.5 * (case.measured.core_global + case.measured.core_local)


def _highest(values: Sequence[float]) -> float:
    return max([*values, 1.0])


def _label(axes: "Axes", x: str, y: str) -> None:
    axes.set_xlabel(x, fontsize=9)
    axes.set_ylabel(y, fontsize=9)


def _square(axes: "Axes", largest: float) -> None:
    limits = (-0.03 * largest, 1.03 * largest)
    axes.set(xlim=limits, ylim=limits, aspect="equal")


def _legend(axes: "Axes") -> None:
    if axes.get_legend_handles_labels()[0]:
        axes.legend(fontsize=8, frameon=False, loc="upper left")


def _same_limits(panels: Sequence["Axes"]) -> None:
    limits = [axes.get_ylim() for axes in panels]
    for axes in panels:
        axes.set_ylim(min(low for low, _ in limits), max(high for _, high in limits))
