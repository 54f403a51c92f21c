"""The maps of a prepared series, and what can be said about the study before a lesion is looked for."""

from collections.abc import Mapping
from dataclasses import dataclass
from statistics import fmean

import numpy as np
from numpy.typing import NDArray

from ..kinetics import (
    ArterialInput,
    KineticMethod,
    PerfusionMaps,
    ResidueShape,
    compute_maps,
    estimate_residue_shape,
)
from ..lesion import load_protocol
from ..networks import MapModel, ModelCard, find_map_method
from ..networks.predict_method import flow_readings
from ..parallel import for_each_chunk
from ..progress import ProgressCallback, part_of, reported
from ..quality import assess_study
from ..series import Finding, PerfusionSeries
from .config import PipelineConfig
from .core_volume_judgement import CoreVolumeJudgement
from .measurements import measure_study
from .network_maps import load_network, network_findings, network_maps
from .preparation import PreparedSeries
from .stages import Stage, StageClock

_LONG_BASELINE = 8
"""Frames from which on their mean is taken for the zero of the curves; with fewer it is left to the fit."""

_ENOUGH_VOXELS = 100
"""Voxels of normal tissue from which on the mean curve of a slice is worth fitting."""


@dataclass(frozen=True, eq=False)
class StudyMaps:
    """The maps of a study and how they are to be read.

    Attributes
    ----------
    prepared : PreparedSeries
    tissue_curve : ndarray, shape (T,)
        Mean enhancement of the analysed tissue in HU at the times of the used frames.
    maps : PerfusionMaps
    residue : ResidueShape or None
        The residue function of normal tissue; None without an artery.
    findings : tuple of Finding
        Of the import and of the quality of the study.
    flow_reading : float
        Relative CBF that the method reads in tissue of this residue where the true one is 30 % of normal,
        over 30 %: what thresholds of relative flow are multiplied by.
    model : ModelCard or None
        Of the network that the maps come from; None for kinetic methods.
    core_volume : CoreVolumeJudgement or None
        What a core-volume network says of the study; None where none was asked.
    """

    prepared: PreparedSeries
    tissue_curve: NDArray[np.float64]
    maps: PerfusionMaps
    residue: ResidueShape | None
    findings: tuple[Finding, ...]
    flow_reading: float
    model: ModelCard | None
    core_volume: CoreVolumeJudgement | None


def compute_study_maps(prepared: PreparedSeries, config: PipelineConfig, clock: StageClock) -> StudyMaps:
    """Compute the maps of a series that is ready for it.

    Parameters
    ----------
    prepared : PreparedSeries
    config : PipelineConfig
        The method and the device; the protocol says what normal tissue is.
    clock : StageClock
        Runs the stage MAPS.

    Raises
    ------
    ConfigurationError
        If the configuration names something that does not exist, or a package or model for it is missing.
    ProcessingError
        If the method needs an artery and none was found, or the series does not suit the network.
    """
    protocol = load_protocol(config.protocol)
    masks, curves = prepared.masks, prepared.enhancement
    with clock.stage(Stage.MAPS) as report:
        tissue_curve = _mean_curve(curves, masks.tissue, part_of(report, 0.0, 0.05))
        model = load_network(config)
        computing = part_of(report, 0.05, 0.9)
        maps = (
            fitted_maps(prepared, config.method, config.device, computing)
            if model is None
            else network_maps(prepared, model, config.device, computing)
        )
        normal = masks.tissue & (maps.maps["Tmax"] <= protocol.reference_tmax_at_most)
        residue = _residue_of(normal, prepared, part_of(report, 0.9, 1.0))
        measurements = measure_study(prepared, tissue_curve, residue, config)
    return StudyMaps(
        prepared=prepared,
        tissue_curve=tissue_curve,
        maps=maps,
        residue=residue,
        findings=prepared.series.findings
        + assess_study(measurements)
        + (() if model is None else network_findings(model.card, maps.device, config.device)),
        flow_reading=_reading(_readings(config, model), residue),
        model=None if model is None else model.card,
        core_volume=None,
    )


def fitted_maps(
    prepared: PreparedSeries, method: str | KineticMethod, device: str, on_progress: ProgressCallback
) -> PerfusionMaps:
    """Compute the maps of a prepared series by a kinetic method, named or itself.

    Raises
    ------
    ConfigurationError
        If there is no such method or device.
    ProcessingError
        If no artery was found.
    """
    curves = prepared.enhancement
    return compute_maps(
        curves.voxels, curves.times, prepared.masks.tissue, prepared.vessels.required_aif(),
        method=method, device=device,
        marginalise_offset=prepared.baseline.n_frames < _LONG_BASELINE,
        on_progress=on_progress,
    )  # fmt: skip


def _readings(config: PipelineConfig, model: MapModel | None) -> Mapping[ResidueShape, float]:
    return find_map_method(config.method).flow_readings if model is None else flow_readings(model.card)


def _reading(readings: Mapping[ResidueShape, float], residue: ResidueShape | None) -> float:
    """Return what is read in tissue of this residue, on average where that is not known."""
    return fmean(readings.values()) if residue is None else readings[residue]


def _mean_curve(
    curves: PerfusionSeries, mask: NDArray[np.bool_], on_progress: ProgressCallback
) -> NDArray[np.float64]:
    """Return the mean of the curves in a mask, shape (T,)."""
    mean = np.empty(curves.n_frames)

    def average(frame: int) -> None:
        mean[frame] = curves.voxels[frame][mask].mean(dtype=np.float64)

    for_each_chunk(average, range(curves.n_frames), on_progress)
    return mean


def _residue_of(
    normal: NDArray[np.bool_], prepared: PreparedSeries, on_progress: ProgressCallback
) -> ResidueShape | None:
    """Judge the residue function by the mean curve of normal tissue in each slice that has enough of it."""
    aif, curves = prepared.vessels.aif, prepared.enhancement
    if aif is None:
        return None
    slices = [index for index in range(curves.n_slices) if normal[index].sum() >= _ENOUGH_VOXELS]
    means = (
        (curves.slice_times(index), curves.voxels[:, index, normal[index]].mean(axis=1, dtype=np.float64))
        for index in reported(slices, on_progress)
    )
    return estimate_residue_shape(means, ArterialInput.from_samples(aif.times, aif.enhancement))
