"""Volumes against those of the reference maps, and their differences after Bland and Altman."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from .core_volume_axes import BLUE, GREY, label, panels
from .patient_halves import Half
from .reference_case import LesionAgreement, ReferenceCohort
from .reference_statistics import lesion_statistics
from .reference_tables import LESION_TITLES

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

CAPTIONS: Mapping[str, str] = MappingProxyType(
    {
        name: f"Volume of {title} against that of the reference maps. Left: grey, identity. Right: "
        "difference against mean; solid: bias, dashed: bias ± 1.96 SD. Filled: cases of the reporting half, "
        "hollow: of the tuning half."
        for name, title in LESION_TITLES.items()
    }
)
"""What each figure shows."""


def reference_figures(cohort: ReferenceCohort) -> dict[str, "Figure"]:
    """Return all figures that a cohort allows, by the stem of their files."""
    if not cohort.agreements:
        return {}
    return {name: _lesion_figure(cohort, name, title) for name, title in LESION_TITLES.items()}


def _lesion_figure(cohort: ReferenceCohort, name: str, title: str) -> "Figure":
    lesions: dict[Half, list[LesionAgreement]] = {
        half: [
            getattr(case.agreement, name)
            for case in cohort.cases
            if case.half is half and case.agreement is not None
        ]
        for half in Half
    }
    figure, (left, right) = panels(1, 2, 8.4, 3.9)
    everything = [each for half in lesions.values() for each in half]
    largest = max(1.0, *(max(each.found_ml, each.reference_ml) for each in everything))
    left.plot([0.0, largest], [0.0, largest], color=GREY, linewidth=0.9, zorder=1)
    for half, members in lesions.items():
        _points(left, [(each.reference_ml, each.found_ml) for each in members], half)
        _points(
            right,
            [
                ((each.found_ml + each.reference_ml) / 2.0, each.found_ml - each.reference_ml)
                for each in members
            ],
            half,
        )
    _draw_limits(right, everything)
    left.set(xlim=(-0.03 * largest, 1.03 * largest), ylim=(-0.03 * largest, 1.03 * largest), aspect="equal")
    left.set_title(f"{title}, n = {len(everything)}", fontsize=9.5)
    label(left, f"{cohort.layout.reference.split(' (')[0]} maps (mL)", "Found (mL)")
    label(right, "Mean of both volumes (mL)", "Found - reference (mL)")
    return figure


def _points(axes: "Axes", points: Sequence[tuple[float, float]], half: Half) -> None:
    if points:
        x, y = np.array(points).T
        axes.scatter(
            x, y, s=22.0, linewidths=1.0, edgecolors=BLUE, zorder=3, alpha=0.8, clip_on=False,
            facecolors=BLUE if half is Half.REPORTING else "none",
        )  # fmt: skip


def _draw_limits(axes: "Axes", lesions: Sequence[LesionAgreement]) -> None:
    found = lesion_statistics(lesions).agreement
    axes.axhline(0.0, color=GREY, linewidth=0.9, zorder=1)
    for value, style in ((found.bias, "-"), (found.upper_limit, "--"), (found.lower_limit, "--")):
        if value is not None:
            axes.axhline(value, color=BLUE, linestyle=style, linewidth=1.2, zorder=2)
            axes.annotate(
                f"{value:+.1f} mL", (1.0, value), xycoords=("axes fraction", "data"), xytext=(-2.0, 3.0),
                textcoords="offset points", ha="right", va="bottom", fontsize=8, color=BLUE,
            )  # fmt: skip
