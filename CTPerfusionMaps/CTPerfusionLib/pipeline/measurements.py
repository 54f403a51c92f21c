"""What a run measured along the chain, for the rules that judge it."""

import numpy as np
from numpy.typing import NDArray

from ..kinetics import ResidueShape
from ..networks import find_map_method
from ..preprocessing import Registration
from ..quality import (
    StudyMeasurements,
    largest_gap,
    peak_time,
    truncation_features,
    truncation_probability,
)
from ..vessels import VesselCurve
from .config import NO_FILTER, PipelineConfig
from .preparation import PreparedSeries


def measure_study(
    prepared: PreparedSeries,
    tissue_curve: NDArray[np.float64],
    residue: ResidueShape | None,
    config: PipelineConfig,
) -> StudyMeasurements:
    """Return the measurements of a prepared series.

    Parameters
    ----------
    prepared : PreparedSeries
    tissue_curve : ndarray, shape (T,)
        Mean enhancement of the analysed tissue at the times of the used frames, HU.
    residue : ResidueShape or None
        Of normal tissue; None without an artery.
    config : PipelineConfig
    """
    curves, registration, vessels = prepared.enhancement, prepared.registration, prepared.vessels
    method, aif, vof = find_map_method(config.method), vessels.measured_aif, vessels.vof
    column_step, row_step, slice_step = curves.spacing
    arrival = prepared.baseline.arrival if aif is None else aif.quality["arrival_s"]
    tissue_peak_time = peak_time(curves.frame_times, tissue_curve)
    used = np.ones(prepared.series.n_frames, dtype=bool) if registration is None else registration.used
    translation, rotation = _largest_motion(registration)
    return StudyMeasurements(
        interval=curves.interval,
        coverage=curves.n_slices * slice_step,
        baseline_frames=prepared.baseline.n_frames,
        contrast_at_start=prepared.baseline.contrast_at_start,
        largest_translation=translation,
        largest_rotation=rotation,
        aif_is_used=method.needs_artery,
        aif_peak=_quality(aif, "peak_hu"),
        aif_arrival=_quality(aif, "arrival_s"),
        aif_to_end=None if aif is None else float(curves.times.max()) - aif.quality["time_to_peak_s"],
        vof_tail=None if vof is None else vof.quality["tail"],
        partial_volume_factor=None if vof is None else vessels.scale.factor,
        model_fits=method.assumed_residue in (None, residue),
        cbv_from_areas=method.cbv_from_areas,
        filtered=config.applied_filter != NO_FILTER,
        largest_residual=_largest(prepared.residual[used]),
        n_frames=prepared.series.n_frames,
        rejected_frames=int((~used).sum()),
        reference_changed=None if registration is None else registration.reference != 0,
        largest_gap=largest_gap(prepared.series.times, used, arrival, tissue_peak_time),
        slice_thickness=slice_step,
        pixel_ratio=max(column_step, row_step) / min(column_step, row_step),
        invalid_share=float(
            (prepared.masks.invalid & prepared.masks.brain).sum() / prepared.masks.brain.sum()
        ),
        noise=prepared.baseline.noise,
        tissue_peak=float(tissue_curve.max()),
        vof_peak=None if vof is None else vof.quality["peak_hu"],
        aif_noise=None if aif is None else aif.quality["baseline_sd_hu"] / aif.quality["peak_hu"],
        aif_lead_over_tissue=None if aif is None else tissue_peak_time - aif.quality["time_to_peak_s"],
        contralateral_lead=_quality(aif, "contralateral_lead_s"),
        aif_is_fallback=None if aif is None else aif.quality.get("is_fallback", 0.0) > 0,
        truncation_probability=_truncation(aif, curves.frame_times, tissue_curve, residue, config.method),
    )


def _truncation(
    aif: VesselCurve | None,
    times: NDArray[np.float64],
    tissue_curve: NDArray[np.float64],
    residue: ResidueShape | None,
    method: str,
) -> float | None:
    """Return how likely the end of the scan changes the volumes; None where that is not known."""
    if aif is None or residue is None:
        return None
    return truncation_probability(truncation_features(aif, times, tissue_curve, residue), method)


def _largest_motion(registration: Registration | None) -> tuple[float | None, float | None]:
    """Return the largest translation in mm and rotation in degrees of the used frames."""
    if registration is None:
        return None, None
    motion = registration.motion[registration.used]
    return (
        float(np.linalg.norm(motion[:, :3], axis=1).max()),
        float(np.linalg.norm(motion[:, 3:], axis=1).max()),
    )


def _largest(values: NDArray[np.float64]) -> float | None:
    known = values[np.isfinite(values)]
    return float(known.max()) if known.size else None


def _quality(curve: VesselCurve | None, name: str) -> float | None:
    """Return a quality of a vessel; None where it was not measured, as for one that the user named."""
    value = float("nan") if curve is None else curve.quality.get(name, float("nan"))
    return value if np.isfinite(value) else None
