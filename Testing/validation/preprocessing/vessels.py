"""Arterial input and venous output against the truth of heads that moved, and in slabs without arteries."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, fields, replace

import numpy as np
from numpy.typing import NDArray

from CTPerfusionLib.errors import ProcessingError
from CTPerfusionLib.phantom import Phantom
from CTPerfusionLib.preprocessing import (
    Baseline,
    TissueMasks,
    estimate_baseline,
    head_mask,
    register_frames,
    segment_tissue,
)
from CTPerfusionLib.series import PerfusionSeries
from CTPerfusionLib.vessels import (
    ARTERIAL_INPUT_METHODS,
    Candidates,
    VesselCurve,
    find_candidates,
    partial_volume_scale,
    scaled,
    select_aif,
    select_vof,
)

from .markdown import mark, table
from .phantoms import SCANNERS, Head, for_each

LEAST_CORRELATION, LARGEST_LATENESS, LARGEST_AREA_ERROR = 0.98, 0.5, 0.1
TARGET_SHARE = 0.95

CONDITIONS = (("mild", True), ("severe", True), ("severe", False))
"""Motion, and whether it is corrected."""

JUDGED = 2
"""Conditions, from the first, that the targets are for."""

UPPER_SLAB = 4
"""Slices of the highest part of the brain, where only small arteries are left, if any."""

LEAST_BRAIN = 50.0
"""Square centimetres of brain in the highest slice of that slab."""

_NOT_A_VESSEL = ("background", "scalp", "skull")


@dataclass(frozen=True)
class Study:
    """What vessels are looked for in, with the truth.

    Attributes
    ----------
    exchanged : ndarray of bool, shape (Z,), or None
        Of the registration; None without.
    labels : ndarray, shape (Z, Y, X)
    names : dict of int to str
    times, aif, vof : ndarray, shape (T,)
        Truth.
    """

    series: PerfusionSeries
    masks: TissueMasks
    baseline: Baseline
    exchanged: NDArray[np.bool_] | None
    labels: NDArray[np.integer]
    names: dict[int, str]
    times: NDArray[np.float64]
    aif: NDArray[np.float64]
    vof: NDArray[np.float64]


@dataclass(frozen=True)
class Found:
    """How far a method's vessels agree with the truth.

    Attributes
    ----------
    failure : str
        Empty, or the message of the error.
    correlation, lateness : float
        Of the arterial input; seconds by which it reaches a fifth of its peak after the truth.
    peak : float
        Of the arterial input after partial-volume scaling, over the truth.
    in_vein, at_bone : bool
        Whether any of its voxels is venous blood, or bone, skin or air.
    is_fallback : bool
    area : float
        Of the venous output over the truth; NaN where no vein was found.
    """

    failure: str = ""
    correlation: float = 0.0
    lateness: float = float("inf")
    peak: float = float("nan")
    in_vein: bool = False
    at_bone: bool = False
    is_fallback: bool = False
    area: float = float("nan")

    @property
    def agrees(self) -> bool:
        """Whether the arterial input has the shape and the time of the truth."""
        return self.correlation >= LEAST_CORRELATION and abs(self.lateness) <= LARGEST_LATENESS

    @property
    def area_agrees(self) -> bool:
        """Whether the venous output has the area of the truth."""
        return bool(abs(self.area - 1.0) <= LARGEST_AREA_ERROR)


@dataclass(frozen=True)
class Outcome:
    """What the methods found in one head, by method, for each condition and in its upper slab."""

    scanner: str
    by_condition: dict[tuple[str, bool], dict[str, Found]]
    upper_slab: dict[str, Found]


def tables(seeds: Sequence[int]) -> list[str]:
    """Return the section: agreement with the truth, what was taken by mistake, slabs without arteries."""
    cases = [(seed, scanner) for seed in seeds for scanner in SCANNERS]
    outcomes = for_each(_outcome, cases, "vessels")
    introduction = (
        f"Targets, over {len(seeds)} seeds with each scanner (tiny heads, motion corrected): correlation of "
        f"the arterial input with the truth at least {LEAST_CORRELATION:g} and arrival within "
        f"{LARGEST_LATENESS:g} s in {TARGET_SHARE:.0%} of the heads; area of the venous output within "
        f"{LARGEST_AREA_ERROR:.0%}; never a vein or an edge of bone as arterial input. Voxels count as vein, "
        "or as bone, skin or air, when any of those averaged is. Heads whose motion was not corrected are "
        "shown for what is taken by mistake."
    )
    lines = [introduction, ""]
    for method in ARTERIAL_INPUT_METHODS.values():
        lines += [f"### {method.title}", "", f"{method.source}.", ""]
        lines += _agreement(outcomes, method.name)
    return lines + _upper_slabs(outcomes)


def _outcome(case: tuple[int, str]) -> Outcome:
    seed, scanner = case
    by_condition, slab = {}, {}
    for motion, is_corrected in CONDITIONS:
        study = study_of(Head(seed, scanner, motion=motion).phantom(), is_corrected)
        by_condition[motion, is_corrected] = _found(study)
        if motion == "mild":
            slab = _found(_upper_slab(study))
    return Outcome(scanner, by_condition, slab)


def study_of(phantom: Phantom, is_corrected: bool) -> Study | str:
    """Return a head ready for the search, or why it cannot be made ready."""
    series, truth = phantom.series, phantom.truth
    try:
        valid = exchanged = None
        if is_corrected:
            registration = register_frames(series)
            series, valid, exchanged = registration.series, registration.valid, registration.exchanged
        baseline = estimate_baseline(series, head_mask(series.voxels[0], series.ijk_to_ras))
        masks = segment_tissue(series, valid=valid, baseline=baseline)
    except ProcessingError as error:
        return str(error)
    names = dict(truth.label_names)
    return Study(series, masks, baseline, exchanged, truth.labels, names, truth.times, truth.aif, truth.vof)


def _upper_slab(study: Study | str) -> Study | str:
    """Return the highest slices that hold a good deal of brain, as if no others had been scanned."""
    if isinstance(study, str):
        return study
    column, row, _ = study.series.spacing
    areas = study.masks.brain.sum(axis=(1, 2)) * column * row / 100.0
    top = int(np.flatnonzero(areas >= LEAST_BRAIN).max()) + 1
    kept = slice(max(top - UPPER_SLAB, 0), top)
    times = study.series.times[:, kept] if study.series.has_slice_times else study.series.times
    series = replace(study.series, voxels=study.series.voxels[:, kept], times=times)
    baseline = replace(
        study.baseline, image=study.baseline.image[kept], slice_frames=study.baseline.slice_frames[kept]
    )
    masks = replace(
        study.masks, **{field.name: getattr(study.masks, field.name)[kept] for field in fields(study.masks)}
    )
    exchanged = None if study.exchanged is None else study.exchanged[kept]
    return replace(
        study, series=series, masks=masks, baseline=baseline, exchanged=exchanged, labels=study.labels[kept]
    )


def _found(study: Study | str) -> dict[str, Found]:
    if isinstance(study, str):
        return {method: Found(failure=study) for method in ARTERIAL_INPUT_METHODS}
    candidates = find_candidates(study.series, study.masks, study.baseline, exchanged=study.exchanged)
    return {method: found_by(method, study, candidates) for method in ARTERIAL_INPUT_METHODS}


def found_by(method: str, study: Study, candidates: Candidates) -> Found:
    """Return how far the vessels that a method finds agree with the truth."""
    parts = study.series, study.masks, study.baseline
    try:
        aif = select_aif(*parts, method=method, candidates=candidates)
    except ProcessingError as error:
        return Found(failure=str(error))
    classes = {study.names[int(label)] for label in study.labels[tuple(aif.voxels.T[::-1])]}
    measured = np.interp(study.times, aif.times, aif.enhancement)
    found = Found(
        correlation=float(np.corrcoef(measured, study.aif)[0, 1]),
        lateness=_arrival(study.times, measured) - _arrival(study.times, study.aif),
        in_vein="vein" in classes,
        at_bone=not classes.isdisjoint(_NOT_A_VESSEL),
        is_fallback=aif.quality["is_fallback"] == 1.0,
        peak=float(aif.enhancement.max() / study.aif.max()),
    )
    try:
        vof = select_vof(*parts, aif, candidates=candidates)
    except ProcessingError:
        return found
    used = scaled(aif, partial_volume_scale(aif, vof))
    return replace(found, area=_area(study, vof), peak=float(used.enhancement.max() / study.aif.max()))


def _area(study: Study, vof: VesselCurve) -> float:
    measured = np.interp(study.times, vof.times, vof.enhancement)
    return float(np.trapezoid(measured, study.times) / np.trapezoid(study.vof, study.times))


def _arrival(times: NDArray[np.float64], curve: NDArray[np.float64]) -> float:
    """Return when a curve first reaches a fifth of its peak, linear between samples, seconds."""
    level = 0.2 * curve.max()
    after = int(np.flatnonzero(curve >= level)[0])
    if after == 0:
        return float(times[0])
    share = (level - curve[after - 1]) / (curve[after] - curve[after - 1])
    return float(times[after - 1] + share * (times[after] - times[after - 1]))


def _agreement(outcomes: Sequence[Outcome], method: str) -> list[str]:
    header = (
        "Scanner", "Motion", f"r >= {LEAST_CORRELATION:g}", f"arrival within {LARGEST_LATENESS:g} s",
        "r, median (lowest)", "scaled peak / truth, median", "VOF area / truth, median (range)",
        f"VOF within {LARGEST_AREA_ERROR:.0%}", "vein taken", "bone taken", "nothing found",
    )  # fmt: skip
    rows = [
        (scanner, f"{motion}, {'corrected' if is_corrected else 'left as it is'}", *_row(
            [each.by_condition[motion, is_corrected][method] for each in outcomes if each.scanner == scanner]
        ))
        for motion, is_corrected in CONDITIONS
        for scanner in SCANNERS
    ]  # fmt: skip
    judged = [
        (motion, [each.by_condition[motion, is_corrected][method] for each in outcomes])
        for motion, is_corrected in CONDITIONS[:JUDGED]
    ]
    return [*table(header, rows), *(f"- {_verdict(motion, found)}" for motion, found in judged), ""]


def _row(found: Sequence[Found]) -> tuple[str, ...]:
    there = [each for each in found if not each.failure]
    if not there:
        return ("-",) * 8 + (str(len(found)),)
    correlations = [each.correlation for each in there]
    areas = [each.area for each in there if np.isfinite(each.area)]
    return (
        _share(found, lambda each: each.correlation >= LEAST_CORRELATION),
        _share(found, lambda each: abs(each.lateness) <= LARGEST_LATENESS),
        f"{np.median(correlations):.4f} ({min(correlations):.3f})",
        f"{np.median([each.peak for each in there]):.2f}",
        f"{np.median(areas):.2f} ({min(areas):.2f} to {max(areas):.2f})" if areas else "-",
        _share(found, lambda each: each.area_agrees),
        str(sum(each.in_vein for each in found)),
        str(sum(each.at_bone for each in found)),
        str(len(found) - len(there)),
    )


def _verdict(motion: str, found: Sequence[Found]) -> str:
    agreeing, areas = (
        _fraction(found, lambda each: each.agrees),
        _fraction(found, lambda each: each.area_agrees),
    )
    mistaken = sum(each.in_vein or each.at_bone for each in found)
    return (
        f"{motion} motion: arterial input as the truth in {agreeing:.0%} of the heads "
        f"({mark(agreeing >= TARGET_SHARE)}), venous area in {areas:.0%} ({mark(areas >= TARGET_SHARE)}), "
        f"vein or bone taken {mistaken} times ({mark(mistaken == 0)})"
    )


def _upper_slabs(outcomes: Sequence[Outcome]) -> list[str]:
    """Return what is found in slabs above the larger arteries: small ones, nothing, but never a vein."""
    header = (
        "Scanner",
        "Method",
        "refused",
        "small arteries (fallback)",
        "arteries",
        "r, median",
        "vein taken",
    )
    rows = []
    for scanner in SCANNERS:
        for method in ARTERIAL_INPUT_METHODS:
            found = [each.upper_slab[method] for each in outcomes if each.scanner == scanner]
            there = [each for each in found if not each.failure]
            small = sum(each.is_fallback for each in there)
            median = f"{np.median([each.correlation for each in there]):.3f}" if there else "-"
            rows.append(
                (scanner, method, str(len(found) - len(there)), str(small), str(len(there) - small), median,
                 str(sum(each.in_vein for each in there)))
            )  # fmt: skip
    mistaken = sum(each.in_vein for outcome in outcomes for each in outcome.upper_slab.values())
    introduction = (
        f"The highest {UPPER_SLAB} slices with at least {LEAST_BRAIN:g} cm2 of brain, mild motion, "
        "corrected. Those without any artery have to be refused."
    )
    return [
        "### Slabs above the larger arteries",
        "",
        introduction,
        "",
        *table(header, rows),
        f"- vein taken {mistaken} times ({mark(mistaken == 0)})",
        "",
    ]


def _share(found: Iterable[Found], holds: Callable[[Found], bool]) -> str:
    return f"{_fraction(list(found), holds):.0%}"


def _fraction(found: Sequence[Found], holds: Callable[[Found], bool]) -> float:
    return sum(holds(each) for each in found) / len(found)
