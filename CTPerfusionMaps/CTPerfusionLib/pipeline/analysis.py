"""The chain from a loaded series to core and penumbra."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..errors import ProcessingError
from ..kinetics import (
    METHODS,
    ArterialInput,
    KineticMethod,
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

_LONG_BASELINE = 8
"""Frames from which on their mean is taken for the zero of the curves; with fewer it is left to the fit."""

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


@dataclass(frozen=True, eq=False)
class PreparedSeries:
    """A series made ready for any kinetic method.

    Attributes
    ----------
    series : PerfusionSeries
        As imported.
    registration : Registration or None
        None without registration.
    masks : TissueMasks
    baseline : Baseline
    measured_aif : VesselCurve
        Arterial input function before partial-volume scaling.
    aif : VesselCurve
        After it, as used.
    vof : VesselCurve or None
    scale : PartialVolumeScale
    enhancement : ndarray of float32, shape (T, Z, Y, X)
        HU above baseline, registered and filtered as far as configured.
    """

    series: PerfusionSeries
    registration: Registration | None
    masks: TissueMasks
    baseline: Baseline
    measured_aif: VesselCurve
    aif: VesselCurve
    vof: VesselCurve | None
    scale: PartialVolumeScale
    enhancement: NDArray[np.float32]


def analyse_series(series: PerfusionSeries, config: PipelineConfig, clock: StageClock) -> StudyAnalysis:
    """Compute maps, core and penumbra: :func:`prepare_series`, then :func:`analyse_prepared`."""
    return analyse_prepared(prepare_series(series, config, clock), config, clock)


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
        If there is no contrast bolus or no artery.
    """
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
    return PreparedSeries(
        series, registration, masks, baseline, measured_aif, aif, vof, scale, enhancement=curves
    )


def analyse_prepared(prepared: PreparedSeries, config: PipelineConfig, clock: StageClock) -> StudyAnalysis:
    """Compute maps, core and penumbra of a series that is ready for it.

    Parameters
    ----------
    prepared : PreparedSeries
    config : PipelineConfig
        The method, the protocol and the rest of what follows; vessels and filter are as prepared.
    clock : StageClock

    Raises
    ------
    ProcessingError
        If there is no normal tissue to refer to.
    ConfigurationError
        If the configuration names something that does not exist.
    """
    protocol = load_protocol(config.protocol)
    method = METHODS[config.method]
    series, masks, curves = prepared.series, prepared.masks, prepared.enhancement
    with clock.stage(Stage.MAPS) as report:
        tissue_curve = curves[:, masks.tissue].mean(axis=1, dtype=np.float64)
        maps = compute_maps(
            curves, series.times, masks.tissue, prepared.aif,
            method=config.method, device=config.device,
            marginalise_offset=prepared.baseline.n_frames < _LONG_BASELINE, on_progress=report,
        )  # fmt: skip
        normal = masks.tissue & (maps.maps["Tmax"] <= protocol.reference_tmax_at_most)
        residue = _residue_of(normal, curves, series, prepared.aif)
        protocol = protocol.read_by(method.flow_readings[residue])
    with clock.stage(Stage.LESION) as report:
        lesion = analyse_lesion(
            maps.maps, masks.tissue, prepared.baseline.image, series.ijk_to_ras,
            protocol=protocol, normalisation=config.normalisation,
            age=config.age, nihss=config.nihss, hours=config.hours, on_progress=report,
        )  # fmt: skip
    registration = prepared.registration
    return StudyAnalysis(
        series=series,
        motion=None if registration is None else registration.motion,
        masks=masks,
        baseline=prepared.baseline,
        aif=prepared.aif,
        vof=prepared.vof,
        scale=prepared.scale,
        tissue_curve=tissue_curve,
        maps=maps,
        residue=residue,
        lesion=lesion,
        findings=series.findings
        + assess_study(_measure(prepared, method, residue, config))
        + lesion.findings,
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
    prepared: PreparedSeries, method: KineticMethod, residue: ResidueShape, config: PipelineConfig
) -> StudyMeasurements:
    series, registration, aif, vof = (
        prepared.series,
        prepared.registration,
        prepared.measured_aif,
        prepared.vof,
    )
    motion = None if registration is None else registration.motion
    return StudyMeasurements(
        interval=series.interval,
        coverage=series.n_slices * series.spacing[2],
        baseline_frames=prepared.baseline.n_frames,
        contrast_at_start=prepared.baseline.contrast_at_start,
        largest_translation=None if motion is None else float(np.linalg.norm(motion[:, :3], axis=1).max()),
        largest_rotation=None if motion is None else float(np.abs(motion[:, 3:]).max()),
        unregistered_frames=None if registration is None else int((~registration.converged).sum()),
        aif_peak=aif.quality["peak_hu"],
        aif_arrival=aif.quality["arrival_s"],
        aif_to_end=float(series.times.max()) - aif.quality["time_to_peak_s"],
        vof_tail=None if vof is None else vof.quality["tail"],
        partial_volume_factor=None if vof is None else prepared.scale.factor,
        model_fits=method.assumed_residue in (None, residue),
        cbv_from_areas=method.cbv_from_areas,
        filtered=config.filter,
    )
