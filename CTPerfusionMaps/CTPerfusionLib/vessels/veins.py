"""The venous output function: the large sinus, late, wide and free of partial volume."""

import numpy as np
from numpy.typing import NDArray

from ..errors import ProcessingError
from ..preprocessing.baseline import Baseline
from ..preprocessing.masks import TissueMasks
from ..progress import ProgressCallback, ignore_progress, part_of
from ..series import PerfusionSeries
from .averaging import average_curve
from .candidates import Candidates, find_candidates
from .curve import VesselCurve, vessel_curve
from .dispersion import dispersed_curves
from .reasons import place_of
from .sampling import cluster_labels, consistent_members

LEAST_DELAY = 2.0
"""Seconds by which a vein follows the artery, in arrival and in peak."""

LONGEST_DELAY = 15.0
"""Seconds between arterial and venous peak beyond which a curve is not the first pass of a vein."""

LARGEST_MISFIT = 0.03
"""Share of a venous curve's energy, noise aside, that no delayed and dispersed arterial curve explains."""

PEAK_SHARE = 0.3
"""Fraction of the highest enhancement (99.9th percentile) that a vein reaches."""

_STEP = 1.0
_MANY_SLICES = 6


def select_vof(
    series: PerfusionSeries,
    masks: TissueMasks,
    baseline: Baseline,
    aif: VesselCurve,
    *,
    candidates: Candidates | None = None,
    exchanged: NDArray[np.bool_] | None = None,
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
    candidates : Candidates, optional
        Result of :func:`~.candidates.find_candidates` for the same series, where it is there already.
    exchanged : ndarray of bool, shape (Z,), optional
        Of the registration: slices not to be searched; not needed with `candidates`.
    on_progress : callable

    Raises
    ------
    ProcessingError
        If no bright voxel follows the artery as a vein does.
    """
    if candidates is None:
        candidates = find_candidates(
            series, masks, baseline, exchanged=exchanged, on_progress=part_of(on_progress, 0.0, 0.9)
        )
    veins = _away_from_the_ends(_venous(candidates, aif), series.n_slices)
    if len(veins.voxels) == 0:
        raise ProcessingError(
            "No vein was found: no bright voxel follows the artery by 2 to 15 seconds",
            "look at the images and name a voxel of a sinus with --vof COLUMN,ROW,SLICE",
        )
    sample = veins.select(consistent_members(veins, veins.features.area, _sample_size(veins)))
    on_progress(1.0)
    return vessel_curve(
        *average_curve(series, baseline, sample.voxels, sample.steady),
        sample.voxels,
        f"Mean of {len(sample.voxels)} voxels ({place_of(sample)}) with the largest area under the curve of "
        f"all that follow the artery by {LEAST_DELAY:.0f} to {LONGEST_DELAY:.0f} s.",
        tissue_peak_time=candidates.tissue_peak_time,
    )


def _venous(candidates: Candidates, aif: VesselCurve) -> Candidates:
    """Return the bright candidates that follow the artery, hang together and may stem from it."""
    features = candidates.features
    delay = features.time_to_peak - aif.quality["time_to_peak_s"]
    venous = (
        (features.peak >= PEAK_SHARE * np.percentile(features.peak, 99.9))
        & (features.arrival >= aif.quality["arrival_s"] + LEAST_DELAY)
        & (delay >= LEAST_DELAY)
        & (delay <= LONGEST_DELAY)
    )
    if not venous.any():
        return candidates.select(venous)
    veins = candidates.select(venous)
    veins = veins.select(cluster_labels(veins.voxels, veins.smallest_cluster) > 0)
    return veins.select(_stems_from(aif, veins))


def _away_from_the_ends(veins: Candidates, n_slices: int) -> Candidates:
    """Leave out the end slices, which a movement along the body replaces, unless too little is left."""
    inner = (veins.voxels[:, 2] > 0) & (veins.voxels[:, 2] < n_slices - 1)
    spare = n_slices >= _MANY_SLICES and inner.sum() >= veins.sample_size
    return veins.select(inner) if spare else veins


def _sample_size(veins: Candidates) -> int:
    """Return a third of the usual number where voxels are large and most touch the wall of a sinus."""
    return veins.sample_size if veins.has_small_voxels else max(1, veins.sample_size // 3)


def _stems_from(aif: VesselCurve, veins: Candidates) -> NDArray[np.bool_]:
    """Return which curves are a multiple of the delayed and dispersed arterial curve, noise set aside."""
    models = dispersed_curves(aif.times, aif.enhancement, _STEP, veins.times)
    models /= np.maximum(np.linalg.norm(models, axis=1, keepdims=True), 1e-9)
    energy = (veins.curves**2).sum(axis=0)
    explained = np.maximum(models @ veins.curves, 0.0).max(axis=0) ** 2
    unexplained = energy - explained - len(veins.times) * veins.noise**2
    return np.asarray(unexplained <= LARGEST_MISFIT * energy)
