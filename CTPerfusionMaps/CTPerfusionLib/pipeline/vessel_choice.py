"""The artery and the vein of a study: found among the candidates, or where the user points."""

from dataclasses import dataclass

from ..errors import ProcessingError
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
        ``aif``, ``vof`` and ``arterial_input`` count.
    on_progress : callable

    Raises
    ------
    ConfigurationError
        If a voxel that is named lies outside the images or in air.
    ProcessingError
        If there is no artery, or no bolus passes through a voxel that is named.
    """
    on_progress(0.0)
    measured = (
        select_aif(registered, masks, baseline, method=config.arterial_input, candidates=candidates)
        if config.aif is None
        else curve_at(registered, baseline, config.aif, masks=masks)
    )
    on_progress(0.5)
    vof = _vein(registered, masks, baseline, candidates, measured, config)
    scale = unscaled("No vein was found.") if vof is None else partial_volume_scale(measured, vof)
    on_progress(1.0)
    return Vessels(measured, scaled(measured, scale), vof, scale)


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
