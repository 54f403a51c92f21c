"""The chain from a loaded series to core and penumbra."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..kinetics import (
    METHODS,
    ArterialInput,
    PerfusionMaps,
    ResidueShape,
    compute_maps,
    estimate_residue_shape,
)
from ..lesion import LesionAnalysis, analyse_lesion, load_protocol
from ..quality import assess_study
from ..series import Finding, PerfusionSeries
from .config import PipelineConfig
from .measurements import measure_study
from .preparation import PreparedSeries, prepare_series
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
    prepared : PreparedSeries
        The series as imported and made ready: motion, masks, baseline, vessels, curves.
    tissue_curve : ndarray, shape (T,)
        Mean enhancement of the analysed tissue in HU at the times of the used frames.
    maps : PerfusionMaps
    residue : ResidueShape
        The residue function of normal tissue, which decides how the method reads relative flow.
    lesion : LesionAnalysis
    findings : tuple of Finding
    """

    prepared: PreparedSeries
    tissue_curve: NDArray[np.float64]
    maps: PerfusionMaps
    residue: ResidueShape
    lesion: LesionAnalysis
    findings: tuple[Finding, ...]


def analyse_series(series: PerfusionSeries, config: PipelineConfig, clock: StageClock) -> StudyAnalysis:
    """Compute maps, core and penumbra: :func:`prepare_series`, then :func:`analyse_prepared`."""
    return analyse_prepared(prepare_series(series, config, clock), config, clock)


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
    masks, curves = prepared.masks, prepared.enhancement
    with clock.stage(Stage.MAPS) as report:
        tissue_curve = curves.voxels[:, masks.tissue].mean(axis=1, dtype=np.float64)
        maps = compute_maps(
            curves.voxels, curves.times, masks.tissue, prepared.vessels.aif,
            method=config.method, device=config.device,
            marginalise_offset=prepared.baseline.n_frames < _LONG_BASELINE, on_progress=report,
        )  # fmt: skip
        residue = _residue_of(masks.tissue & (maps.maps["Tmax"] <= protocol.reference_tmax_at_most), prepared)
        protocol = protocol.read_by(method.flow_readings[residue])
    with clock.stage(Stage.LESION) as report:
        lesion = analyse_lesion(
            maps.maps, masks.tissue, prepared.baseline.image, curves.ijk_to_ras,
            protocol=protocol, normalisation=config.normalisation,
            age=config.age, nihss=config.nihss, hours=config.hours, on_progress=report,
        )  # fmt: skip
    measurements = measure_study(prepared, tissue_curve, residue, config)
    return StudyAnalysis(
        prepared=prepared,
        tissue_curve=tissue_curve,
        maps=maps,
        residue=residue,
        lesion=lesion,
        findings=prepared.series.findings + assess_study(measurements) + lesion.findings,
    )


def _residue_of(normal: NDArray[np.bool_], prepared: PreparedSeries) -> ResidueShape:
    """Judge the residue function by the mean curve of normal tissue in each slice that has enough of it."""
    aif, curves = prepared.vessels.aif, prepared.enhancement
    slices = [index for index in range(curves.n_slices) if normal[index].sum() >= _ENOUGH_VOXELS]
    means = (
        (curves.slice_times(index), curves.voxels[:, index, normal[index]].mean(axis=1, dtype=np.float64))
        for index in slices
    )
    return estimate_residue_shape(means, ArterialInput.from_samples(aif.times, aif.enhancement))
