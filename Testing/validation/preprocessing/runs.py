"""The whole chain on one simulated head, beside the truth."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from CTPerfusionLib.phantom import Phantom
from CTPerfusionLib.pipeline import (
    NO_CORE_VOLUME_MODEL,
    PipelineConfig,
    PreparedSeries,
    StageClock,
    analyse_prepared,
    prepare_series,
)
from CTPerfusionLib.validation.registration_contestants import target_error

SMALLEST_DICE = 0.3
"""Overlap with the truth below which a lesion counts as not found."""

SMALLEST_CORE = 5.0
"""mL of true core below which its overlap is not judged."""


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


def run(phantom: Phantom, *, registration: str) -> Result:
    """Run the chain and compare with the truth; an error is a result too."""
    config = PipelineConfig(device="cpu", registration=registration, core_volume_model=NO_CORE_VOLUME_MODEL)
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
    return float("nan") if registration is None else mean_target_error(registration.motion, phantom)


def mean_target_error(motion: NDArray[np.float64], phantom: Phantom) -> float:
    """Return the mean distance in mm of points of the brain from where they truly are, over all frames."""
    return target_error(motion, phantom, range(1, len(motion)))


def _dice(found: NDArray[np.bool_], true: NDArray[np.bool_]) -> float:
    total = int(found.sum()) + int(true.sum())
    return 2.0 * int((found & true).sum()) / total if total else 1.0
