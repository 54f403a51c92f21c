"""The artery and the vein of a study: found among the candidates, or where the user points."""

from dataclasses import dataclass

from ..errors import ProcessingError
from ..networks import find_map_method
from ..preprocessing import Baseline, TissueMasks
from ..progress import ProgressCallback
from ..series import PerfusionSeries
from ..vessels import (
    Candidates,
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


@dataclass(frozen=True, eq=False)
class Vessels:
    """The arterial and the venous curve, and how they compare.

    Attributes
    ----------
    measured_aif : VesselCurve or None
        Arterial input function before partial-volume scaling; None where no artery was found, which only
        methods that need none tolerate.
    aif : VesselCurve or None
        After it, as used.
    vof : VesselCurve or None
        Venous output function; None where no vein was found.
    scale : PartialVolumeScale
    why_no_artery : ProcessingError or None
        What a method that needs an artery has to say; None where there is one.
    """

    measured_aif: VesselCurve | None
    aif: VesselCurve | None
    vof: VesselCurve | None
    scale: PartialVolumeScale
    why_no_artery: ProcessingError | None = None

    def required_aif(self) -> VesselCurve:
        """Return the arterial input as used.

        Raises
        ------
        ProcessingError
            If no artery was found.
        """
        if self.aif is None:
            raise self.why_no_artery or ProcessingError("No artery was found", "name one with --aif")
        return self.aif


def choose_vessels(
    registered: PerfusionSeries,
    masks: TissueMasks,
    baseline: Baseline,
    candidates: Candidates,
    config: PipelineConfig,
    on_progress: ProgressCallback,
) -> Vessels:
    """Measure the curves at the voxels that the configuration names, or of the best candidates.

    Parameters
    ----------
    registered : PerfusionSeries
        Unfiltered; frames may be missing.
    masks : TissueMasks
    baseline : Baseline
    candidates : Candidates
        Of the same series.
    config : PipelineConfig
        ``aif``, ``vof`` and ``arterial_input`` count, and whether the method needs an artery.
    on_progress : callable

    Raises
    ------
    ConfigurationError
        If a voxel that is named lies outside the images or in air.
    ProcessingError
        If the method needs an artery and there is none, or no bolus passes through a voxel that is named.
    """
    on_progress(0.0)
    measured = _artery(registered, masks, baseline, candidates, config)
    on_progress(0.5)
    if isinstance(measured, ProcessingError):
        return Vessels(None, None, None, unscaled("No artery was found."), measured)
    vof = _vein(registered, masks, baseline, candidates, measured, config)
    scale = unscaled("No vein was found.") if vof is None else partial_volume_scale(measured, vof)
    on_progress(1.0)
    return Vessels(measured, scaled(measured, scale), vof, scale)


def _artery(
    registered: PerfusionSeries,
    masks: TissueMasks,
    baseline: Baseline,
    candidates: Candidates,
    config: PipelineConfig,
) -> VesselCurve | ProcessingError:
    """Return the arterial curve, or why there is none where the method does without."""
    if config.aif is not None:
        return curve_at(registered, baseline, config.aif, masks=masks)
    try:
        return select_aif(registered, masks, baseline, method=config.arterial_input, candidates=candidates)
    except ProcessingError as error:
        if find_map_method(config.method).needs_artery:
            raise
        return error


def _vein(
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
