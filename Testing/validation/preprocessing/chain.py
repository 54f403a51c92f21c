"""The whole chain under severe motion: does it fail, and does correcting motion help the core?"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from statistics import mean, median

import numpy as np
from numpy.typing import NDArray

from CTPerfusionLib.phantom import Phantom
from CTPerfusionLib.pipeline import (
    NO_REGISTRATION,
    PipelineConfig,
    PreparedSeries,
    StageClock,
    analyse_prepared,
    prepare_series,
)
from CTPerfusionLib.preprocessing import DEFAULT_REGISTRATION_METHOD
from CTPerfusionLib.validation.registration_contestants import target_error

from .markdown import mark, table
from .phantoms import SCANNERS, Head, for_each

SMALLEST_DICE = 0.3
"""Overlap with the truth below which a lesion counts as not found."""

SMALLEST_CORE = 5.0
"""mL of true core below which its overlap is not judged."""

COMPARED = 8
"""Seeds, from the first, that are run at clinical size, also without motion correction and without motion.

Only clinical pixels show what correction does to the core: in those of 2 mm, resampling mixes vessels into
tissue."""

LARGEST_RATIO = 0.5
"""Target: error of the core volume with motion correction over that without."""


@dataclass(frozen=True)
class Case:
    """One severely moving head, and whether it is also run without motion correction and without motion."""

    head: Head
    compared: bool


@dataclass(frozen=True)
class Result:
    """What a run found.

    Attributes
    ----------
    failure : str
        Empty, or why there is no usable result.
    core_ml, core_dice, hypoperfusion_dice : float
        0 where the run ended with an error.
    rejections : tuple of str
        The reason for each frame that was not used.
    residual : float
        Mean target error in mm after registration; NaN without.
    findings : tuple of str
        Codes.
    """

    failure: str
    core_ml: float = 0.0
    core_dice: float = 0.0
    hypoperfusion_dice: float = 0.0
    rejections: tuple[str, ...] = ()
    residual: float = float("nan")
    findings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Outcome:
    """A case with its truth and its results; None where it was not compared.

    Attributes
    ----------
    head : Head
    true_core_ml : float
    moved : float
        Mean distance in mm of points of the brain from where they are in the first frame.
    corrected, uncorrected : Result
        With and without motion correction.
    still : Result
        Of the same head without any motion.
    """

    head: Head
    true_core_ml: float
    moved: float
    corrected: Result
    uncorrected: Result | None = None
    still: Result | None = None


def tables(seeds: Sequence[int]) -> list[str]:
    """Return the section: failures, rejected frames, and the core with and without motion correction."""
    heads = [Head(seed, SCANNERS[position % len(SCANNERS)], "severe") for position, seed in enumerate(seeds)]
    outcomes = for_each(run_case, [Case(head, compared=False) for head in heads], "severe motion")
    clinical = [Case(replace(head, size="clinical"), compared=True) for head in heads[:COMPARED]]
    compared = for_each(run_case, clinical, "with and without correction")
    return [*_failures(outcomes), *_rejected(outcomes), *_core_errors(compared)]


def run_case(case: Case) -> Outcome:
    """Simulate one head and run the chain on it."""
    phantom = case.head.phantom()
    truth = phantom.truth
    outcome = Outcome(
        head=case.head,
        true_core_ml=float(truth.core.sum()) * phantom.series.voxel_volume_ml,
        moved=_target_error(np.zeros_like(truth.motion), phantom),
        corrected=_run(phantom, registration=DEFAULT_REGISTRATION_METHOD),
    )
    if not case.compared:
        return outcome
    return replace(
        outcome,
        uncorrected=_run(phantom, registration=NO_REGISTRATION),
        still=_run(replace(case.head, motion="none").phantom(), registration=NO_REGISTRATION),
    )


def _run(phantom: Phantom, *, registration: str) -> Result:
    config = PipelineConfig(device="cpu", registration=registration)
    try:
        prepared = prepare_series(phantom.series, config, StageClock())
        analysis = analyse_prepared(prepared, config, StageClock())
    except Exception as error:  # counted and reported, whatever it is
        return Result(f"{type(error).__name__}: {error}")
    truth, segmentation = phantom.truth, analysis.lesion.segmentation
    core_dice = _dice(segmentation.core, truth.core)
    hypoperfusion_dice = _dice(segmentation.hypoperfusion, truth.hypoperfusion)
    core_counts = truth.core.sum() * phantom.series.voxel_volume_ml >= SMALLEST_CORE
    missed = [
        f"{name} Dice {dice:.2f}"
        for name, dice, counts in (
            ("core", core_dice, core_counts),
            ("hypoperfusion", hypoperfusion_dice, True),
        )
        if counts and dice < SMALLEST_DICE
    ]
    return Result(
        failure=", ".join(missed),
        core_ml=float(analysis.lesion.volumes.volumes_ml["core_global"] or 0.0),
        core_dice=core_dice,
        hypoperfusion_dice=hypoperfusion_dice,
        rejections=_rejections(prepared),
        residual=_residual(prepared, phantom),
        findings=tuple(finding.code for finding in analysis.findings),
    )


def _rejections(prepared: PreparedSeries) -> tuple[str, ...]:
    registration = prepared.registration
    return () if registration is None else tuple(each.reason.code for each in registration.rejections)


def _residual(prepared: PreparedSeries, phantom: Phantom) -> float:
    registration = prepared.registration
    return float("nan") if registration is None else _target_error(registration.motion, phantom)


def _target_error(motion: NDArray[np.float64], phantom: Phantom) -> float:
    """Return the mean distance in mm of points of the brain from where they truly are, over all frames."""
    return target_error(motion, phantom, range(1, len(motion)))


def _dice(found: NDArray[np.bool_], true: NDArray[np.bool_]) -> float:
    total = int(found.sum()) + int(true.sum())
    return 2.0 * int((found & true).sum()) / total if total else 1.0


def _failures(outcomes: Sequence[Outcome]) -> list[str]:
    header = (
        *("scanner", "runs", "failed", "moved, mm", "after registration, mm"),
        *("core Dice", "least", "hypoperfusion Dice", "least"),
    )
    rows = [_row(title, chosen) for title, chosen in _by_scanner(outcomes)]
    failed = [each for each in outcomes if each.corrected.failure]
    text = (
        "Heads of 128 x 128 pixels, one M1 occlusion each, severe motion. A run fails when it ends with an "
        f"error or misses the lesion: Dice below {SMALLEST_DICE} for the hypoperfusion, or for the core "
        f"where {SMALLEST_CORE:g} mL or more are true. Medians and least values of Dice, means of mm. "
        f"Target: no failure; {len(failed)} of {len(outcomes)}: {mark(not failed)}."
    )
    reasons = [f"* seed {each.head.seed}, {each.head.scanner}: {each.corrected.failure}" for each in failed]
    return ["### Hard failures", "", text, "", *table(header, rows), *reasons, ""]


def _row(title: str, outcomes: Sequence[Outcome]) -> list[str]:
    results = [each.corrected for each in outcomes]
    core = [each.core_dice for each in results]
    hypoperfusion = [each.hypoperfusion_dice for each in results]
    return [
        title,
        f"{len(results)}",
        f"{sum(bool(each.failure) for each in results)}",
        f"{mean(each.moved for each in outcomes):.2f}",
        f"{_known_mean(each.residual for each in results):.2f}",
        f"{median(core):.2f}",
        f"{min(core):.2f}",
        f"{median(hypoperfusion):.2f}",
        f"{min(hypoperfusion):.2f}",
    ]


def _rejected(outcomes: Sequence[Outcome]) -> list[str]:
    codes = sorted({code for each in outcomes for code in each.corrected.findings})
    rows = [(f"`{code}`", f"{sum(code in each.corrected.findings for each in outcomes)}") for code in codes]
    reasons = Counter(reason for each in outcomes for reason in each.corrected.rejections)
    counts = [len(each.corrected.rejections) for each in outcomes]
    text = (
        f"Frames rejected: {sum(counts)} in {sum(count > 0 for count in counts)} of {len(counts)} runs, "
        f"at most {max(counts)} in one. "
        + "".join(f"{reason}: {count}. " for reason, count in sorted(reasons.items()))
    ).rstrip()
    return ["### Rejected frames and findings", "", text, "", *table(("finding", "runs"), rows)]


def _core_errors(outcomes: Sequence[Outcome]) -> list[str]:
    compared = [(each, each.uncorrected, each.still) for each in outcomes if each.uncorrected and each.still]
    rows = [
        (
            f"{each.head.seed}, {each.head.scanner}",
            f"{each.true_core_ml:.1f}",
            *(f"{result.core_ml:.1f}" for result in (still, each.corrected, uncorrected)),
            *(f"{result.core_dice:.2f}" for result in (still, each.corrected, uncorrected)),
            uncorrected.failure,
        )
        for each, uncorrected, still in compared
    ]
    header = (
        *("seed, scanner", "true core, mL", "without motion", "corrected", "uncorrected"),
        *("Dice without motion", "corrected", "uncorrected", "failure without correction"),
    )
    corrected = [each.corrected.core_ml for each, _, _ in compared]
    uncorrected = [result.core_ml for _, result, _ in compared]
    from_truth = _compared(corrected, uncorrected, [each.true_core_ml for each, _, _ in compared])
    from_still = _compared(corrected, uncorrected, [still.core_ml for _, _, still in compared])
    text = (
        "Heads of 512 x 512 pixels. "
        f"Mean absolute error of the core volume, in mL with and without correction: {from_truth}. What "
        "motion alone does to it, as the mean absolute difference from the core of the same head without "
        f"motion: {from_still}. A run that ends with an error counts as a core of 0 mL."
    )
    return ["### Core with and without motion correction", "", text, "", *table(header, rows)]


def _compared(corrected: Sequence[float], uncorrected: Sequence[float], reference: Sequence[float]) -> str:
    """Say how far both are from the reference, mL, and whether correction halves the distance."""
    with_it, without_it = (
        mean(abs(volume - right) for volume, right in zip(volumes, reference, strict=True))
        for volumes in (corrected, uncorrected)
    )
    reached = mark(with_it <= LARGEST_RATIO * without_it)
    return (
        f"{with_it:.1f} and {without_it:.1f}, ratio {with_it / without_it:.2f} "
        f"(at most {LARGEST_RATIO}: {reached})"
    )


def _by_scanner(outcomes: Sequence[Outcome]) -> list[tuple[str, list[Outcome]]]:
    groups = [(scanner, [each for each in outcomes if each.head.scanner == scanner]) for scanner in SCANNERS]
    return [*((name, chosen) for name, chosen in groups if chosen), ("all", list(outcomes))]


def _known_mean(values: Iterable[float]) -> float:
    known = [value for value in values if np.isfinite(value)]
    return mean(known) if known else float("nan")
