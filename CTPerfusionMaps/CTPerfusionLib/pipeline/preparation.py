"""From a loaded series to curves of enhancement: motion, masks, vessels, filter."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ..errors import ArgumentError, ProcessingError
from ..preprocessing import (
    Baseline,
    Registration,
    SummaryVolumes,
    TissueMasks,
    enhancement,
    estimate_baseline,
    head_mask,
    noise_filter,
    register_frames,
    residual_motion,
    segment_tissue,
    summarise,
    unusable_frames,
)
from ..progress import part_of
from ..series import PerfusionSeries
from ..vessels import Candidates, find_candidates
from .config import NO_REGISTRATION, PipelineConfig
from .core_volume_question import CoreVolumeQuestion, core_volume_question
from .stages import Stage, StageClock
from .vessel_choice import Vessels, choose_vessels


@dataclass(frozen=True, eq=False)
class Unfiltered:
    """What vessels are measured in.

    Attributes
    ----------
    frames : PerfusionSeries
        The used frames as they are before the filter, registered as far as configured, HU.
    candidates : Candidates
        The voxels among which vessels are looked for.
    """

    frames: PerfusionSeries
    candidates: Candidates


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
    core_volume : CoreVolumeQuestion or None
        What a core-volume network is asked; None where there is none to ask.
    unfiltered : Unfiltered or None
        What vessels were measured in; None where it was not to be kept.
    """

    series: PerfusionSeries
    registration: Registration | None
    residual: NDArray[np.float64]
    masks: TissueMasks
    baseline: Baseline
    vessels: Vessels
    enhancement: PerfusionSeries
    core_volume: CoreVolumeQuestion | None = None
    unfiltered: Unfiltered | None = None

    @property
    def kept(self) -> Unfiltered:
        """What vessels were measured in.

        Raises
        ------
        ArgumentError
            If it was not kept.
        """
        if self.unfiltered is None:
            raise ArgumentError(
                "prepared",
                "prepared is without its registered frames",
                "prepare with keep_registered=True",
            )
        return self.unfiltered


def prepare_series(
    series: PerfusionSeries, config: PipelineConfig, clock: StageClock, *, keep_registered: bool = False
) -> PreparedSeries:
    """Correct motion, find tissue and vessels and filter noise: all that no kinetic method changes.

    Parameters
    ----------
    series : PerfusionSeries
    config : PipelineConfig
    clock : StageClock
        Reports progress, raises ``Cancelled`` when asked to, measures the stages.
    keep_registered : bool
        Keep what :func:`with_vessels` and :func:`with_core_volume` need, which may be a second 4D array.

    Raises
    ------
    ProcessingError
        If too few frames can be used, or there is no contrast bolus or no artery.
    ConfigurationError
        If there is no such core-volume network, or no such slices for it.
    """
    registration, residual = _correct_motion(series, config, clock)
    registered = series if registration is None else registration.series
    summary, baseline, masks = _find_tissue(registered, registration, clock)
    with clock.stage(Stage.VESSELS) as report:
        candidates = find_candidates(
            registered,
            masks,
            baseline,
            summary=summary,
            exchanged=None if registration is None else registration.exchanged,
            on_progress=part_of(report, 0.0, 0.6),
        )
        vessels = choose_vessels(registered, masks, baseline, candidates, config, part_of(report, 0.6, 1.0))
    # Now, while the frames are neither filtered nor given away.
    question = core_volume_question(registered, masks, config)
    # Without registration the frames are those of the caller and must stay as they are.
    spare = registration is not None and not keep_registered
    curves = _enhancement(registered, masks, baseline, config, clock, overwrite=spare)
    prepared = PreparedSeries(
        series, registration, residual, masks, baseline, vessels, enhancement=curves, core_volume=question
    )
    return replace(prepared, unfiltered=Unfiltered(registered, candidates)) if keep_registered else prepared


def with_vessels(prepared: PreparedSeries, config: PipelineConfig, clock: StageClock) -> PreparedSeries:
    """Measure the arterial and the venous curve anew; everything else stays as it was prepared.

    The result is that of :func:`prepare_series` with the same configuration.

    Parameters
    ----------
    prepared : PreparedSeries
        Prepared with ``keep_registered=True``.
    config : PipelineConfig
        ``aif`` and ``vof`` name voxels, None finds them; ``arterial_input`` says how.
    clock : StageClock
        Runs the stage VESSELS.

    Raises
    ------
    ConfigurationError
        If a voxel that is named lies outside the images or in air.
    ProcessingError
        If there is no artery, or no bolus passes through a voxel that is named.
    ArgumentError
        If the registered frames were not kept.
    """
    kept = prepared.kept
    with clock.stage(Stage.VESSELS) as report:
        vessels = choose_vessels(
            kept.frames, prepared.masks, prepared.baseline, kept.candidates, config, report
        )
    return replace(prepared, vessels=vessels)


def with_filter(prepared: PreparedSeries, config: PipelineConfig, clock: StageClock) -> PreparedSeries:
    """Filter the registered frames anew; everything else stays as it was prepared.

    The result is that of :func:`prepare_series` with the same configuration.

    Parameters
    ----------
    prepared : PreparedSeries
        Prepared with ``keep_registered=True``.
    config : PipelineConfig
        ``filter`` and ``device`` count, and ``method`` where that decides the filter.
    clock : StageClock
        Runs the stage FILTER.

    Raises
    ------
    ArgumentError
        If the registered frames were not kept.
    """
    curves = _enhancement(
        prepared.kept.frames, prepared.masks, prepared.baseline, config, clock, overwrite=False
    )
    return replace(prepared, enhancement=curves)


def with_core_volume(prepared: PreparedSeries, config: PipelineConfig) -> PreparedSeries:
    """Look anew at two slices for the core-volume network; everything else stays as it was prepared.

    Parameters
    ----------
    prepared : PreparedSeries
        Prepared with ``keep_registered=True``.
    config : PipelineConfig
        ``core_volume_model`` and ``core_volume_slices`` count.

    Raises
    ------
    ConfigurationError
        If there is no such network, or no such slices for it.
    ArgumentError
        If the registered frames were not kept.
    """
    question = core_volume_question(prepared.kept.frames, prepared.masks, config)
    return replace(prepared, core_volume=question)


def _enhancement(
    registered: PerfusionSeries,
    masks: TissueMasks,
    baseline: Baseline,
    config: PipelineConfig,
    clock: StageClock,
    *,
    overwrite: bool,
) -> PerfusionSeries:
    """Return the filtered curves; `overwrite` lets them take the place of the registered frames."""
    with clock.stage(Stage.FILTER) as report:
        filtered = noise_filter(config.applied_filter).apply(
            registered.voxels,
            registered.spacing,
            masks.tissue,
            config.device,
            # A second 4D array may not fit into memory.
            out=registered.voxels if overwrite else None,
            on_progress=report,
        )
        return registered.with_voxels(enhancement(filtered, baseline))


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
