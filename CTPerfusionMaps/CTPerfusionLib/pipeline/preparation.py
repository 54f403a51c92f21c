"""From a loaded series to curves of enhancement: motion, masks, vessels, filter."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..errors import ProcessingError
from ..preprocessing import (
    FILTERS,
    Baseline,
    Registration,
    SummaryVolumes,
    TissueMasks,
    enhancement,
    estimate_baseline,
    head_mask,
    register_frames,
    residual_motion,
    segment_tissue,
    summarise,
    unusable_frames,
)
from ..progress import part_of
from ..series import PerfusionSeries
from ..vessels import (
    Candidates,
    PartialVolumeScale,
    VesselCurve,
    curve_at,
    find_candidates,
    partial_volume_scale,
    scaled,
    select_aif,
    select_vof,
    unscaled,
)
from .config import NO_REGISTRATION, PipelineConfig
from .stages import Stage, StageClock


@dataclass(frozen=True, eq=False)
class Vessels:
    """The arterial and the venous curve, and how they compare.

    Attributes
    ----------
    measured_aif : VesselCurve
        Arterial input function before partial-volume scaling.
    aif : VesselCurve
        After it, as used.
    vof : VesselCurve or None
        Venous output function; None where no vein was found.
    scale : PartialVolumeScale
    """

    measured_aif: VesselCurve
    aif: VesselCurve
    vof: VesselCurve | None
    scale: PartialVolumeScale


@dataclass(frozen=True, eq=False)
class PreparedSeries:
    """A series made ready for any kinetic method.

    Attributes
    ----------
    series : PerfusionSeries
        As imported.
    registration : Registration or None
        None without registration.
    residual : ndarray, shape (T,)
        Motion in mm that is left in each frame of `series`; NaN where it could not be judged.
    masks : TissueMasks
    baseline : Baseline
    vessels : Vessels
    enhancement : PerfusionSeries
        The frames that are used with their times: float32 HU above baseline, registered and filtered as far
        as configured.
    """

    series: PerfusionSeries
    registration: Registration | None
    residual: NDArray[np.float64]
    masks: TissueMasks
    baseline: Baseline
    vessels: Vessels
    enhancement: PerfusionSeries


def prepare_series(series: PerfusionSeries, config: PipelineConfig, clock: StageClock) -> PreparedSeries:
    """Correct motion, find tissue and vessels and filter noise: all that no kinetic method changes.

    Parameters
    ----------
    series : PerfusionSeries
    config : PipelineConfig
    clock : StageClock
        Reports progress, raises ``Cancelled`` when asked to, measures the stages.

    Raises
    ------
    ProcessingError
        If too few frames can be used, or there is no contrast bolus or no artery.
    """
    registration, residual = _correct_motion(series, config, clock)
    registered = series if registration is None else registration.series
    summary, baseline, masks = _find_tissue(registered, registration, clock)
    exchanged = None if registration is None else registration.exchanged
    vessels = _find_vessels(registered, summary, masks, baseline, exchanged, config, clock)
    with clock.stage(Stage.FILTER) as report:
        filtered = FILTERS[config.filter].apply(
            registered.voxels,
            series.spacing,
            masks.tissue,
            config.device,
            # Nothing needs the unfiltered frames any more, and a second 4D array may not fit into memory.
            out=None if registration is None else registered.voxels,
            on_progress=report,
        )
        curves = registered.with_voxels(enhancement(filtered, baseline))
    return PreparedSeries(series, registration, residual, masks, baseline, vessels, enhancement=curves)


def _correct_motion(
    series: PerfusionSeries, config: PipelineConfig, clock: StageClock
) -> tuple[Registration | None, NDArray[np.float64]]:
    with clock.stage(Stage.REGISTER) as report:
        if config.registration == NO_REGISTRATION:
            _require_usable_frames(series)
            return None, residual_motion(series, seed=config.seed, on_progress=report)
        registration = register_frames(
            series, method=config.registration, seed=config.seed, on_progress=report
        )
        return registration, registration.residual


def _require_usable_frames(series: PerfusionSeries) -> None:
    """Refuse frames that motion correction would leave out: they would bend every curve."""
    unusable = unusable_frames(series)
    if unusable:
        others = f" {len(unusable) - 1} more cannot be used either." if len(unusable) > 1 else ""
        raise ProcessingError(
            f"{unusable[0].sentence}{others}".removesuffix("."),
            "run with motion correction, which leaves such frames out, or remove them from the study",
        )


def _find_tissue(
    registered: PerfusionSeries, registration: Registration | None, clock: StageClock
) -> tuple[SummaryVolumes, Baseline, TissueMasks]:
    with clock.stage(Stage.MASKS) as report:
        summary = summarise(registered, on_progress=part_of(report, 0.0, 0.4))
        head = head_mask(registered.voxels[0], registered.ijk_to_ras)
        baseline = estimate_baseline(registered, head, summary=summary, on_progress=part_of(report, 0.4, 0.6))
        masks = segment_tissue(
            registered,
            valid=None if registration is None else registration.valid,
            baseline=baseline,
            summary=summary,
            on_progress=part_of(report, 0.6, 1.0),
        )
    return summary, baseline, masks


def _find_vessels(
    registered: PerfusionSeries,
    summary: SummaryVolumes,
    masks: TissueMasks,
    baseline: Baseline,
    exchanged: NDArray[np.bool_] | None,
    config: PipelineConfig,
    clock: StageClock,
) -> Vessels:
    with clock.stage(Stage.VESSELS) as report:
        candidates = find_candidates(
            registered,
            masks,
            baseline,
            summary=summary,
            exchanged=exchanged,
            on_progress=part_of(report, 0.0, 0.6),
        )
        measured = (
            select_aif(registered, masks, baseline, method=config.arterial_input, candidates=candidates)
            if config.aif is None
            else curve_at(registered, baseline, config.aif, masks=masks)
        )
        report(0.8)
        vof = _find_vein(registered, masks, baseline, candidates, measured, config)
        scale = unscaled("No vein was found.") if vof is None else partial_volume_scale(measured, vof)
    return Vessels(measured, scaled(measured, scale), vof, scale)


def _find_vein(
    registered: PerfusionSeries,
    masks: TissueMasks,
    baseline: Baseline,
    candidates: Candidates,
    aif: VesselCurve,
    config: PipelineConfig,
) -> VesselCurve | None:
    """Return the venous curve, None where there is no vein: it refines the result but is no condition."""
    if config.vof is not None:
        return curve_at(registered, baseline, config.vof, "VOF", masks=masks)
    try:
        return select_vof(registered, masks, baseline, aif, candidates=candidates)
    except ProcessingError:
        return None
