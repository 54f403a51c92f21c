"""Probabilities and volumes that core-volume networks give, against true core volumes."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from .core_volume_axes import BLACK, BLUE, GREY, RED, label, legend, panels
from .core_volume_case import Cohort, CoreStudy, CoreVolumeCase, CoreVolumeEvaluation
from .core_volume_statistics import decision_value, study_cases, volume_agreement
from .core_volume_targets import FULL, find_study

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_COHORTS = tuple(cohort for cohort in Cohort if cohort is not Cohort.VALIDATION)
"""Those by which nothing was chosen."""

_GROUND = {"boxstyle": "square,pad=0.15", "facecolor": "white", "edgecolor": "none", "alpha": 0.8}
"""Behind words that stand among points."""


def probability_figure(evaluation: CoreVolumeEvaluation) -> "Figure | None":
    """Draw the mean probability of a large core against the true volume, a panel for each cohort."""
    study = find_study(evaluation, FULL)
    drawn = _drawn(evaluation, study)
    if study is None or not drawn:
        return None
    figure, all_axes = panels(1, len(drawn), max(3.6 * len(drawn), 4.6), 3.7)
    largest = max(case.core_ml for cases in drawn.values() for case in cases)
    for axes, (cohort, cases) in zip(all_axes, drawn.items(), strict=True):
        _draw_decisions(axes, cases, study)
        # Room for the counts of small cores to the left of the points.
        axes.set(xlim=(-0.2 * largest, 1.05 * largest), ylim=(-0.03, 1.03))
        axes.set_xticks([tick for tick in axes.get_xticks() if 0.0 <= tick <= 1.05 * largest])
        axes.set_title(f"{cohort}, n = {len(cases)}".capitalize(), fontsize=9.5, pad=14.0)
        label(axes, "True core volume (mL)", "Probability of a large core" if axes is all_axes[0] else "")
    legend(all_axes[-1])
    return figure


def volume_figure(evaluation: CoreVolumeEvaluation) -> "Figure | None":
    """Draw estimated against true volumes, and their differences after Bland and Altman, by cohort.

    All cohorts on the same axes.
    """
    study = find_study(evaluation, FULL, "volume")
    drawn = _drawn(evaluation, study)
    if study is None or not drawn:
        return None
    figure, all_axes = panels(len(drawn), 2, 8.4, 3.7 * len(drawn))
    for row, (cohort, cases) in enumerate(drawn.items()):
        _draw_volumes(all_axes[2 * row], cases, study, cohort)
        _draw_differences(all_axes[2 * row + 1], cases, study)
    volumes = [value for cases in drawn.values() for case in cases for value in (case.core_ml, case.mean)]
    limits = _with_margin(min(0.0, *volumes), max(1.0, *volumes))
    largest = max(abs(limit) for axes in all_axes[1::2] for limit in axes.get_ylim())
    for left, right in zip(all_axes[::2], all_axes[1::2], strict=True):
        left.plot(limits, limits, color=GREY, linewidth=0.9, zorder=1)
        left.set(xlim=limits, ylim=limits, aspect="equal")
        right.set(xlim=limits, ylim=(-largest, largest))
    return figure


def _with_margin(lowest: float, highest: float) -> tuple[float, float]:
    margin = 0.04 * (highest - lowest)
    return lowest - margin, highest + margin


def _drawn(evaluation: CoreVolumeEvaluation, study: CoreStudy | None) -> dict[Cohort, list[CoreVolumeCase]]:
    if study is None:
        return {}
    found = {cohort: study_cases(evaluation, study, cohort) for cohort in _COHORTS}
    return {cohort: cases for cohort, cases in found.items() if cases}


def _draw_decisions(axes: "Axes", cases: Sequence[CoreVolumeCase], study: CoreStudy) -> None:
    """Draw each patient, hollow where the ensemble decides wrongly, with the limits of both decisions."""
    limit = decision_value(study)
    for is_large, colour, name in ((True, RED, "large"), (False, BLACK, "small")):
        for is_right in (True, False):
            points = [
                (case.core_ml, case.mean)
                for case in cases
                if case.is_large == is_large and ((case.mean >= limit) == is_large) == is_right
            ]
            _scatter(
                axes, points, colour, filled=is_right,
                name=f"{name} core, called {'large' if is_large is is_right else 'small'}",
            )  # fmt: skip
            _count(axes, len(points), above=is_large is is_right, right=is_large)
    axes.axhline(limit, color=GREY, linewidth=0.9, zorder=1)
    axes.axvline(study.threshold_ml, color=GREY, linewidth=0.9, zorder=1)
    axes.annotate(
        f"{study.threshold_ml:.1f} mL", (study.threshold_ml, 1.0), xycoords=("data", "axes fraction"),
        xytext=(0.0, 2.0), textcoords="offset points", ha="center", fontsize=7.5, color=GREY,
    )  # fmt: skip


def _count(axes: "Axes", n: int, *, above: bool, right: bool) -> None:
    """Write the number of patients of a quadrant into its outer corner."""
    axes.annotate(
        f"n = {n}", (0.985 if right else 0.015, 0.53 if above else 0.47), xycoords="axes fraction",
        ha="right" if right else "left", va="bottom" if above else "top", fontsize=7.5, zorder=2,
    )  # fmt: skip


def _draw_volumes(axes: "Axes", cases: Sequence[CoreVolumeCase], study: CoreStudy, cohort: Cohort) -> None:
    for draw in (axes.axhline, axes.axvline):
        draw(study.threshold_ml, color=GREY, linestyle=":", linewidth=0.9, zorder=1)
    _scatter(axes, [(case.core_ml, case.mean) for case in cases], BLUE, filled=True, name="")
    found = volume_agreement(cases)
    error, concordance = found.absolute_error.mean, found.concordance.ccc
    facts = [f"MAE {error:.1f} mL"] + ([] if concordance is None else [f"CCC {concordance:.2f}"])
    axes.annotate(
        ", ".join(facts), (0.03, 0.97), xycoords="axes fraction", va="top", fontsize=8.5, bbox=_GROUND,
        zorder=5,
    )  # fmt: skip
    axes.set_title(f"{cohort}, n = {len(cases)}".capitalize(), fontsize=9.5)
    label(axes, "True core volume (mL)", "Estimated core volume (mL)")


def _draw_differences(axes: "Axes", cases: Sequence[CoreVolumeCase], study: CoreStudy) -> None:
    """Draw the differences against the means, with bias and limits of agreement."""
    points = [((case.core_ml + case.mean) / 2.0, case.mean - case.core_ml) for case in cases]
    _scatter(axes, points, BLUE, filled=True, name="")
    found = volume_agreement(cases).agreement
    lines = ((found.bias, "-", "bias "), (found.upper_limit, "--", ""), (found.lower_limit, "--", ""))
    for value, style, name in lines:
        if value is not None:
            axes.axhline(value, color=BLUE, linestyle=style, linewidth=1.2, zorder=2)
            axes.annotate(
                f"{name}{round(value, 1) + 0.0:+.1f} mL", (1.0, value), xycoords=("axes fraction", "data"),
                xytext=(-2.0, 3.0), textcoords="offset points", ha="right", va="bottom", fontsize=8,
                color=BLUE, bbox=_GROUND, zorder=4,
            )  # fmt: skip
    axes.axhline(0.0, color=GREY, linewidth=0.9, zorder=1)
    axes.axvline(study.threshold_ml, color=GREY, linestyle=":", linewidth=0.9, zorder=1)
    label(axes, "Mean of both volumes (mL)", "Estimated - true (mL)")


def _scatter(
    axes: "Axes", points: Sequence[tuple[float, float]], colour: str, *, filled: bool, name: str
) -> None:
    if not points:
        return
    x, y = np.array(points).T
    axes.scatter(
        x, y, s=22.0, linewidths=1.0, edgecolors=colour, facecolors=colour if filled else "none", zorder=3,
        alpha=0.8, clip_on=False, label=name or None,
    )  # fmt: skip
