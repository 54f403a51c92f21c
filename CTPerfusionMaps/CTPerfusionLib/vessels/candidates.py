"""The brightest voxels of a head, with their curves: where arteries and veins are looked for."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from ..preprocessing.baseline import Baseline
from ..preprocessing.curves import crossing_times, voxel_curves, window_means
from ..preprocessing.masks import BONE_LIMIT, TissueMasks
from ..preprocessing.morphology import dilated
from ..progress import ProgressCallback, ignore_progress
from ..series import PerfusionSeries
from .features import CurveFeatures, measure, smoothed

SAMPLE_VOLUME_MM3 = 119.0
"""What 100 voxels of 0.488 x 0.488 x 5 mm hold, the sample that Gava et al. 2023 average."""

SAMPLE_LIMITS = (6, 100)
"""Fewest and most voxels in a sample: few of the large voxels of a coarse grid fill an artery."""

_WINDOW = 3.0
_CANDIDATES = (0.05, 200, 20_000)
_BLOOD_BASELINE = (0.0, 100.0)
_BRIGHTEST_BLOOD = 600.0
_SINUS_REACH = 4.0
_MOVEMENT = 1.0
_FLICKER = 3.0
_ROUNDING = 1.0


@dataclass(frozen=True, eq=False)
class Candidates:
    """Bright voxels and what they do over time.

    Attributes
    ----------
    voxels : ndarray of int, shape (N, 3)
        Column, row, slice.
    curves : ndarray, shape (T, N)
        Enhancement at `times`, HU, unsmoothed.
    times : ndarray, shape (T,)
        Seconds.
    features : CurveFeatures
        Of the curves smoothed over about a second and a half.
    tissue_arrival : float
        When the mean of the brain reaches a tenth of its peak, seconds.
    """

    voxels: NDArray[np.intp]
    curves: NDArray[np.float64]
    times: NDArray[np.float64]
    features: CurveFeatures
    tissue_arrival: float

    def select(self, chosen: NDArray[np.bool_] | NDArray[np.intp]) -> "Candidates":
        """Return some of the candidates."""
        return Candidates(
            self.voxels[chosen],
            self.curves[:, chosen],
            self.times,
            self.features.select(chosen),
            self.tissue_arrival,
        )


def sample_size(series: PerfusionSeries) -> int:
    """Return how many voxels a vessel is averaged over: 100 in clinical scans, fewer of larger ones."""
    count = round(SAMPLE_VOLUME_MM3 / (series.voxel_volume_ml * 1000.0))
    return int(np.clip(count, *SAMPLE_LIMITS))


def find_candidates(
    series: PerfusionSeries,
    masks: TissueMasks,
    baseline: Baseline,
    on_progress: ProgressCallback = ignore_progress,
) -> Candidates:
    """Return the voxels that enhance most in and around the brain, where a vein may touch the skull.

    Only summary volumes are read for the choice, and curves only of the chosen.
    """
    region = dilated(masks.brain, _SINUS_REACH, series.spacing) & masks.head & ~masks.invalid
    region &= (baseline.image > _BLOOD_BASELINE[0]) & (baseline.image < _BLOOD_BASELINE[1])
    region &= ~_beside_bone(baseline, series.spacing)
    brightest = window_means(series, _WINDOW, on_progress).max(axis=0)
    region &= brightest < _BRIGHTEST_BLOOD
    contrast = np.where(region, brightest - baseline.image, -np.inf).ravel()
    share, fewest, most = _CANDIDATES
    count = min(int(np.clip(share * region.sum(), fewest, most)), int(region.sum()))
    chosen = np.argpartition(contrast, -count)[-count:] if count else np.empty(0, dtype=np.intp)
    voxels = np.column_stack(np.unravel_index(chosen, series.shape)[::-1])
    curves = enhancement_curves(series, baseline, voxels)
    times = series.frame_times
    steady = _steady(curves, baseline)
    curves, voxels = curves[:, steady], voxels[steady]
    features = measure(smoothed(curves, times), times)
    return Candidates(voxels, curves, times, features, _tissue_arrival(series, masks, baseline))


def enhancement_curves(
    series: PerfusionSeries, baseline: Baseline, voxels: NDArray[np.intp]
) -> NDArray[np.float64]:
    """Return the enhancement of voxels (N, 3) on the common time axis, shape (T, N), HU."""
    columns, rows, slices = voxels.T
    return np.asarray(voxel_curves(series, voxels) - baseline.image[slices, rows, columns])


def _beside_bone(baseline: Baseline, spacing: tuple[float, float, float]) -> NDArray[np.bool_]:
    """Return what a small movement mixes with bone, so that it seems to enhance: also above and below it."""
    bone = ndimage.maximum_filter1d(baseline.image > BONE_LIMIT, 3, axis=0, mode="nearest")
    return dilated(bone, max(_MOVEMENT, spacing[0], spacing[1]), spacing)


def _steady(curves: NDArray[np.float64], baseline: Baseline) -> NDArray[np.bool_]:
    """Return which curves are calm before contrast; bone edges flicker with every movement."""
    before = curves[: baseline.n_frames]
    if len(before) < 3:
        return np.ones(curves.shape[1], dtype=bool)
    return np.asarray(before.std(axis=0) < _FLICKER * max(baseline.noise, _ROUNDING))


def _tissue_arrival(series: PerfusionSeries, masks: TissueMasks, baseline: Baseline) -> float:
    where = np.argwhere(masks.tissue)[:, ::-1]
    where = where[:: max(1, len(where) // 5000)]
    mean = enhancement_curves(series, baseline, where).mean(axis=1, keepdims=True)
    mean = smoothed(mean, series.frame_times)
    return float(crossing_times(mean, series.frame_times, 0.1 * mean.max(axis=0))[0])
