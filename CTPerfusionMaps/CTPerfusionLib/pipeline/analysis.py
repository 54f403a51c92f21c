"""The chain from a loaded series to core and penumbra."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..errors import ProcessingError
from ..kinetics import (
    METHODS,
    ArterialInput,
    PerfusionMaps,
    ResidueShape,
    compute_maps,
    estimate_residue_shape,
)
from ..lesion import LesionAnalysis, analyse_lesion, load_protocol
from ..preprocessing import (
    Baseline,
    Registration,
    TissueMasks,
    enhancement,
    estimate_baseline,
    head_mask,
    joint_bilateral_filter,
    register_frames,
    segment_tissue,
)
from ..progress import part_of
from ..quality import StudyMeasurements, assess_study
from ..series import Finding, PerfusionSeries
from ..vessels import (
    PartialVolumeScale,
    VesselCurve,
    curve_at,
    partial_volume_scale,
    scaled,
    select_aif,
    select_vof,
    unscaled,
)
from .config import PipelineConfig
from .stages import Stage, StageClock

_ENOUGH_VOXELS = 100
"""Voxels of normal tissue from which on the mean curve of a slice is worth fitting."""


@dataclass(frozen=True, eq=False)
class StudyAnalysis:
    """Everything that was computed from one series.

    Attributes
    ----------
    series : PerfusionSeries
        As imported: geometry, times and metadata of the result.
    motion : ndarray of shape (T, 6) or None
        Head position in each frame; None without registration.
    masks : TissueMasks
    baseline : Baseline
    aif : VesselCurve
        Arterial input function as used, that is after partial-volume scaling.
    vof : VesselCurve or None
        Venous output function; None where no vein was found.
    scale : PartialVolumeScale
    tissue_curve : ndarray, shape (T,)
        Mean enhancement of the analysed tissue in HU at `series.frame_times`.
    maps : PerfusionMaps
    residue : ResidueShape
        The residue function of normal tissue, which decides how the method reads relative flow.
    lesion : LesionAnalysis
    findings : tuple of Finding
    """

    series: PerfusionSeries
    motion: NDArray[np.float64] | None
    masks: TissueMasks
    baseline: Baseline
    aif: VesselCurve
    vof: VesselCurve | None
    scale: PartialVolumeScale
    tissue_curve: NDArray[np.float64]
    maps: PerfusionMaps
    residue: ResidueShape
    lesion: LesionAnalysis
    findings: tuple[Finding, ...]


def analyse_series(series: PerfusionSeries, config: PipelineConfig, clock: StageClock) -> StudyAnalysis:
    """Compute maps, core and penumbra of a series.

    Parameters
    ----------
    series : PerfusionSeries
    config : PipelineConfig
    clock : StageClock
        Reports progress, raises ``Cancelled`` when asked to, measures the stages.

    Raises
    ------
    ProcessingError
        If there is no contrast bolus, no artery or no normal tissue to refer to.
    ConfigurationError
        If the configuration names something that does not exist.
    """
    protocol = load_protocol(config.protocol)
    registration = _register(series, config, clock)
    registered = series if registration is None else registration.series
    with clock.stage(Stage.MASKS) as report:
        head = head_mask(registered.voxels[0], series.ijk_to_ras)
        baseline = estimate_baseline(registered, head, part_of(report, 0.0, 0.5))
        masks = segment_tissue(
            registered,
            valid=None if registration is None else registration.valid,
            baseline=baseline,
            on_progress=part_of(report, 0.5, 1.0),
        )
    with clock.stage(Stage.VESSELS) as report:
        measured_aif = (
            select_aif(registered, masks, baseline, on_progress=report)
            if config.aif is None
            else curve_at(registered, baseline, config.aif)
        )
        vof = _find_vein(registered, masks, baseline, measured_aif, config)
        scale = unscaled("No vein was found.") if vof is None else partial_volume_scale(measured_aif, vof)
        aif = scaled(measured_aif, scale)
    curves = _filtered_enhancement(series, registered, masks, baseline, config, clock)
    with clock.stage(Stage.MAPS) as report:
        tissue_curve = curves[:, masks.tissue].mean(axis=1, dtype=np.float64)
        maps = compute_maps(
            curves, series.times, masks.tissue, aif,
            method=config.method, device=config.device, on_progress=report,
        )  # fmt: skip
        normal = masks.tissue & (maps.maps["Tmax"] <= protocol.reference_tmax_at_most)
        residue = _residue_of(normal, curves, series, aif)
        protocol = protocol.read_by(METHODS[config.method].flow_readings[residue])
    with clock.stage(Stage.LESION) as report:
        lesion = analyse_lesion(
            maps.maps, masks.tissue, baseline.image, series.ijk_to_ras,
            protocol=protocol, normalisation=config.normalisation,
            age=config.age, nihss=config.nihss, hours=config.hours, on_progress=report,
        )  # fmt: skip
    measurements = _measure(series, registration, baseline, measured_aif, vof, scale, residue, config)
    return StudyAnalysis(
        series=series,
        motion=None if registration is None else registration.motion,
        masks=masks,
        baseline=baseline,
        aif=aif,
        vof=vof,
        scale=scale,
        tissue_curve=tissue_curve,
        maps=maps,
        residue=residue,
        lesion=lesion,
        findings=series.findings + assess_study(measurements) + lesion.findings,
    )


def _register(series: PerfusionSeries, config: PipelineConfig, clock: StageClock) -> Registration | None:
    if not config.registration:
        return None
    with clock.stage(Stage.REGISTER) as report:
        return register_frames(series, seed=config.seed, on_progress=report)


def _find_vein(
    registered: PerfusionSeries,
    masks: TissueMasks,
    baseline: Baseline,
    aif: VesselCurve,
    config: PipelineConfig,
) -> VesselCurve | None:
    """Return the venous curve, None where there is no vein: it refines the result but is no condition."""
    if config.vof is not None:
        return curve_at(registered, baseline, config.vof, "VOF")
    try:
        return select_vof(registered, masks, baseline, aif)
    except ProcessingError:
        return None


def _filtered_enhancement(
    series: PerfusionSeries,
    registered: PerfusionSeries,
    masks: TissueMasks,
    baseline: Baseline,
    config: PipelineConfig,
    clock: StageClock,
) -> NDArray[np.float32]:
    """Return the enhancement that the fit sees, (T, Z, Y, X) in HU; may reuse the memory of `registered`."""
    if config.filter:
        with clock.stage(Stage.FILTER) as report:
            filtered = joint_bilateral_filter(
                registered.voxels, series.spacing, mask=masks.tissue, on_progress=report
            )
        return enhancement(filtered, baseline)
    own = registered.voxels if registered is not series else series.voxels.astype(np.float32)
    return enhancement(own, baseline)


def _residue_of(
    normal: NDArray[np.bool_], curves: NDArray[np.float32], series: PerfusionSeries, aif: VesselCurve
) -> ResidueShape:
    """Judge the residue function by the mean curve of normal tissue in each slice that has enough of it."""
    arterial = ArterialInput.from_samples(aif.times, aif.enhancement)
    slices = [index for index in range(series.n_slices) if normal[index].sum() >= _ENOUGH_VOXELS]
    means = (
        (series.slice_times(index), curves[:, index, normal[index]].mean(axis=1, dtype=np.float64))
        for index in slices
    )
    return estimate_residue_shape(means, arterial)


def _measure(
    series: PerfusionSeries,
    registration: Registration | None,
    baseline: Baseline,
    aif: VesselCurve,
    vof: VesselCurve | None,
    scale: PartialVolumeScale,
    residue: ResidueShape,
    config: PipelineConfig,
) -> StudyMeasurements:
    motion = None if registration is None else registration.motion
    return StudyMeasurements(
        interval=series.interval,
        coverage=series.n_slices * series.spacing[2],
        baseline_frames=baseline.n_frames,
        contrast_at_start=baseline.contrast_at_start,
        largest_translation=None if motion is None else float(np.linalg.norm(motion[:, :3], axis=1).max()),
        largest_rotation=None if motion is None else float(np.abs(motion[:, 3:]).max()),
        unregistered_frames=None if registration is None else int((~registration.converged).sum()),
        aif_peak=aif.quality["peak_hu"],
        aif_arrival=aif.quality["arrival_s"],
        aif_to_end=float(series.times.max()) - aif.quality["time_to_peak_s"],
        vof_tail=None if vof is None else vof.quality["tail"],
        partial_volume_factor=None if vof is None else scale.factor,
        model_fits=METHODS[config.method].assumed_residue in (None, residue),
        filtered=config.filter,
    )
