"""The venous output function: the large sinus, late, wide and free of partial volume."""

import numpy as np
from numpy.typing import NDArray

from ..errors import ProcessingError
from ..preprocessing.baseline import Baseline
from ..preprocessing.masks import TissueMasks
from ..progress import ProgressCallback, ignore_progress, part_of
from ..series import PerfusionSeries
from .candidates import Candidates, find_candidates, sample_size
from .curve import VesselCurve, vessel_curve
from .dispersion import dispersed_curves
from .sampling import cluster_labels, consistent_sample

LEAST_DELAY = 2.0
"""Seconds by which a vein follows the artery, in arrival and in peak."""

LONGEST_DELAY = 15.0
"""Seconds between arterial and venous peak beyond which a curve is not the first pass of a vein."""

LARGEST_MISFIT = 0.03
"""Share of a venous curve's energy, noise aside, that no delayed and dispersed arterial curve explains."""

PEAK_SHARE = 0.3
"""Fraction of the highest enhancement (99.9th percentile) that a vein reaches."""

_STEP = 1.0


def select_vof(
    series: PerfusionSeries,
    masks: TissueMasks,
    baseline: Baseline,
    aif: VesselCurve,
    *,
    on_progress: ProgressCallback = ignore_progress,
) -> VesselCurve:
    """Find the venous output function: of what follows the artery, the voxels with the largest area.

    The largest area under the curve belongs to the middle of a sinus, which fills its voxels. An edge that
    drifts in and out of a voxel may have a larger one, but its curve is no delayed and dispersed arterial
    bolus.

    Parameters
    ----------
    series : PerfusionSeries
        Registered, unfiltered.
    masks : TissueMasks
    baseline : Baseline
    aif : VesselCurve
    on_progress : callable

    Raises
    ------
    ProcessingError
        If no bright voxel follows the artery as a vein does.
    """
    candidates = find_candidates(series, masks, baseline, part_of(on_progress, 0.0, 0.9))
    features = candidates.features
    delay = features.time_to_peak - aif.quality["time_to_peak_s"]
    venous = (
        (features.peak >= PEAK_SHARE * np.percentile(features.peak, 99.9))
        & (features.arrival >= aif.quality["arrival_s"] + LEAST_DELAY)
        & (delay >= LEAST_DELAY)
        & (delay <= LONGEST_DELAY)
    )
    veins = candidates.select(venous)
    veins = veins.select(cluster_labels(veins.voxels, 3 if sample_size(series) >= 30 else 1) > 0)
    veins = veins.select(_stems_from(aif, veins, baseline.noise))
    if len(veins.voxels) == 0:
        raise ProcessingError(
            "No vein was found: no bright voxel follows the artery by 2 to 15 seconds",
            "look at the images and name a voxel of a sinus with --vof COLUMN,ROW,SLICE",
        )
    curve, voxels = consistent_sample(veins, veins.features.area, sample_size(series))
    on_progress(1.0)
    return vessel_curve(
        candidates.times,
        curve,
        voxels,
        f"Mean of the {len(voxels)} voxels with the largest area under the curve among those that follow the "
        f"artery by {LEAST_DELAY:.0f} to {LONGEST_DELAY:.0f} s.",
    )


def _stems_from(aif: VesselCurve, veins: Candidates, noise: float) -> NDArray[np.bool_]:
    """Return which curves are a multiple of the delayed and dispersed arterial curve, noise set aside."""
    models = dispersed_curves(aif.times, aif.enhancement, _STEP)
    models /= np.maximum(np.linalg.norm(models, axis=1, keepdims=True), 1e-9)
    energy = (veins.curves**2).sum(axis=0)
    explained = np.maximum(models @ veins.curves, 0.0).max(axis=0) ** 2
    unexplained = energy - explained - len(veins.times) * noise**2
    return np.asarray(unexplained <= LARGEST_MISFIT * energy)
