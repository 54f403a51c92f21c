"""ROC curves of core-volume networks in the form of the paper's figure 3, and their areas side by side."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ..statistics import MeanRoc
from .core_volume_axes import BLACK, BLUE, GREY, PATHWAY_COLOURS, label, legend, panels
from .core_volume_case import Cohort, CoreStudy, CoreVolumeEvaluation
from .core_volume_published import ABLATION_COLUMNS, PUBLISHED_ABLATION, PUBLISHED_AREAS, PublishedArea
from .core_volume_statistics import (
    EnsembleResult,
    FoldCurves,
    decision_value,
    ensemble_result,
    fold_curves,
    study_cases,
)
from .core_volume_targets import FULL, find_study

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_SIDE = 4.6
"""Inches of a panel."""


def folds_figure(evaluation: CoreVolumeEvaluation) -> "Figure | None":
    """Draw the ROC curve of each test fold of the full model, with their mean ± 1 SD (figure 3)."""
    study = find_study(evaluation, FULL)
    found = None if study is None else fold_curves(evaluation, study, Cohort.TEST)
    if found is None or found.mean is None:
        return None
    figure, (axes,) = panels(1, 1, _SIDE + 0.4, _SIDE + 0.3)
    _draw_folds(axes, found)
    _finish(axes, f"Test folds ({_share_of_patients(found)})")
    return figure


def cohorts_figure(evaluation: CoreVolumeEvaluation) -> "Figure | None":
    """Draw the ROC curves of all networks of the full model, and of their ensemble, on new patients."""
    study = find_study(evaluation, FULL)
    if study is None:
        return None
    drawn = [
        (cohort, found)
        for cohort in Cohort
        if not cohort.is_of_folds and (found := fold_curves(evaluation, study, cohort)).mean is not None
    ]
    if not drawn:
        return None
    figure, all_axes = panels(1, len(drawn), _SIDE * len(drawn) + 0.4, _SIDE + 0.3)
    for axes, (cohort, found) in zip(all_axes, drawn, strict=True):
        _draw_folds(axes, found)
        ensemble = ensemble_result(study_cases(evaluation, study, cohort), study)
        _draw_ensemble(axes, ensemble, study)
        area = ensemble.area
        _finish(axes, f"{cohort}, {area.n_positive} large and {area.n_negative} small cores".capitalize())
    return figure


def areas_figure(evaluation: CoreVolumeEvaluation) -> "Figure | None":
    """Draw the area of each fold of the full model and of its ablations, with the paper's beside them."""
    studies = {
        pathways: study for pathways in ABLATION_COLUMNS if (study := find_study(evaluation, pathways))
    }
    drawn = [
        cohort
        for cohort in Cohort
        if any(fold_curves(evaluation, study, cohort).mean is not None for study in studies.values())
    ]
    if not drawn:
        return None
    figure, all_axes = panels(1, len(drawn), max(2.5 * len(drawn), 3.6) + 0.5, 3.9)
    for axes, cohort in zip(all_axes, drawn, strict=True):
        for place, (pathways, study) in enumerate(studies.items()):
            _draw_areas(axes, place, fold_curves(evaluation, study, cohort), PATHWAY_COLOURS[pathways])
            if not cohort.is_of_folds:
                _draw_ensemble_area(axes, place, evaluation, study, cohort)
            published = _published(cohort, pathways)
            if published is not None:
                _draw_published(axes, place, published)
        axes.axhline(0.5, color=GREY, linestyle="--", linewidth=0.9, zorder=1)
        axes.set_xticks(
            range(len(studies)), [ABLATION_COLUMNS[name].split()[0] for name in studies], fontsize=8
        )
        axes.set(xlim=(-0.6, len(studies) - 0.4))
        axes.set_title(str(cohort).capitalize(), fontsize=9.5)
        label(axes, "", "ROC-AUC" if axes is all_axes[0] else "")
    lowest = min(axes.get_ylim()[0] for axes in all_axes)
    for axes in all_axes:
        axes.set_ylim(min(lowest, 0.40), 1.02)
    _explain_areas(figure, all_axes)
    return figure


def _draw_folds(axes: "Axes", found: FoldCurves) -> None:
    """Draw thin curves of the folds, their mean, and the band of one SD around it."""
    known = [curve for curve in found.curves.values() if curve is not None]
    for position, curve in enumerate(known):
        axes.plot(
            curve.false_positive_rate, curve.sensitivity, color=BLUE, alpha=0.35, linewidth=0.8, zorder=2,
            label="Single networks" if position == 0 else None,
        )  # fmt: skip
    axes.plot([0.0, 1.0], [0.0, 1.0], "--", color=GREY, linewidth=1.0, zorder=1, label="Chance")
    if found.mean is None:
        return
    mean, areas = found.mean, found.areas
    spread = "" if areas.sd is None else f" ± {areas.sd:.2f}"
    axes.plot(
        mean.false_positive_rate, mean.sensitivity, color=BLUE, linewidth=2.2, zorder=4,
        label=f"Mean, AUC {areas.mean:.2f}{spread}",
    )  # fmt: skip
    _draw_band(axes, mean)


def _draw_band(axes: "Axes", mean: MeanRoc) -> None:
    if mean.sd is None:
        return
    axes.fill_between(
        mean.false_positive_rate, np.clip(mean.sensitivity - mean.sd, 0.0, 1.0),
        np.clip(mean.sensitivity + mean.sd, 0.0, 1.0), color=GREY, alpha=0.28, linewidth=0.0, zorder=1,
        label="± 1 SD",
    )  # fmt: skip


def _draw_ensemble(axes: "Axes", found: EnsembleResult, study: CoreStudy) -> None:
    """Draw the curve of the mean of all networks, and where it decides."""
    if found.curve is None or found.area.auc is None:
        return
    known = found.area.interval
    limits = "" if known is None else f" ({known.low:.2f} to {known.high:.2f})"
    axes.plot(
        found.curve.false_positive_rate, found.curve.sensitivity, color=BLACK, linewidth=1.6, zorder=5,
        label=f"Ensemble, AUC {found.area.auc:.2f}{limits}",
    )  # fmt: skip
    if found.sensitivity.share is not None and found.specificity.share is not None:
        axes.plot(
            [1.0 - found.specificity.share], [found.sensitivity.share], "o", color=BLACK, markersize=6.5,
            markerfacecolor="white", markeredgewidth=1.5, zorder=6, linestyle="none",
            label=f"Ensemble, large from {decision_value(study):g} on",
        )  # fmt: skip


def _finish(axes: "Axes", title: str) -> None:
    axes.set(xlim=(-0.02, 1.02), ylim=(-0.02, 1.02), aspect="equal")
    axes.set_title(title, fontsize=9.5)
    label(axes, "1 - specificity (small cores called large)", "Sensitivity (large cores called large)")
    legend(axes)


def _share_of_patients(found: FoldCurves) -> str:
    known = [curve for curve in found.curves.values() if curve is not None]
    large, small = (sum(getattr(curve, name) for curve in known) for name in ("n_positive", "n_negative"))
    return f"{len(known)} folds, {large} large and {small} small cores"


def _draw_areas(axes: "Axes", place: int, found: FoldCurves, colour: str) -> None:
    """Draw the areas of all folds as points, and mean ± SD beside them."""
    areas = [curve.area for curve in found.curves.values() if curve is not None]
    if found.areas.mean is None:
        return
    offsets = 0.12 * (2.0 * ((np.arange(len(areas)) * 0.618034) % 1.0) - 1.0)
    axes.scatter(place - 0.16 + offsets, areas, s=14.0, color=colour, alpha=0.55, linewidths=0.0, zorder=3)
    axes.errorbar(
        [place + 0.14], [found.areas.mean], yerr=[found.areas.sd or 0.0], fmt="o", color=colour,
        markersize=5.0, capsize=3.0, linewidth=1.4, zorder=4, label="networks, mean ± SD",
    )  # fmt: skip
    axes.annotate(
        f"{found.areas.mean:.2f}", (place, 0.02), xycoords=("data", "axes fraction"), ha="center",
        fontsize=8, color=colour,
    )  # fmt: skip


def _draw_ensemble_area(
    axes: "Axes", place: int, evaluation: CoreVolumeEvaluation, study: CoreStudy, cohort: Cohort
) -> None:
    area = ensemble_result(study_cases(evaluation, study, cohort), study).area
    if area.auc is None:
        return
    reach = (
        [[0.0], [0.0]]
        if area.interval is None
        else [[area.auc - area.interval.low], [area.interval.high - area.auc]]
    )
    axes.errorbar(
        [place + 0.36], [area.auc], yerr=reach, fmt="s", color=BLACK, markersize=4.0, capsize=2.0,
        linewidth=1.0, zorder=4, label="ensemble, 95 % interval",
    )  # fmt: skip


def _explain_areas(figure: "Figure", all_axes: Sequence["Axes"]) -> None:
    """Put what the markers mean below all panels, each once."""
    known: dict[str, Any] = {}
    for axes in all_axes:
        for handle, name in zip(*axes.get_legend_handles_labels(), strict=True):
            known.setdefault(name, handle)
    figure.legend(
        list(known.values()), list(known), loc="outside lower center", ncols=len(known), fontsize=8,
        frameon=False,
    )  # fmt: skip


def _draw_published(axes: "Axes", place: int, published: PublishedArea) -> None:
    axes.errorbar(
        [place + 0.36], [published.mean], yerr=[published.sd or 0.0], fmt="D", color=GREY, markersize=4.5,
        markerfacecolor="white", capsize=3.0, linewidth=1.1, zorder=3, label="paper (its patients)",
    )  # fmt: skip


def _published(cohort: Cohort, pathways: str) -> PublishedArea | None:
    if cohort is Cohort.TEST:
        return PUBLISHED_ABLATION[pathways]
    return PUBLISHED_AREAS.get(cohort) if pathways == FULL else None
