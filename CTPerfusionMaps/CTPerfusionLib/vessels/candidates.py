"""The brightest voxels of a head, with their curves: where arteries and veins are looked for."""

from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from ..preprocessing.baseline import Baseline
from ..preprocessing.curves import crossing_times, on_axis
from ..preprocessing.masks import BONE_LIMIT, TissueMasks
from ..preprocessing.morphology import dilated
from ..preprocessing.summary import SummaryVolumes, summarise
from ..progress import ProgressCallback, ignore_progress, part_of
from ..series import PerfusionSeries
from .features import CurveFeatures, measure, smoothed
from .midline import Midplane, find_midplane
from .steadiness import frame_shifts, steady_frames

SAMPLE_VOLUME_MM3 = 119.0
"""What 100 voxels of 0.488 x 0.488 x 5 mm hold, the sample that Gava et al. 2023 average."""

SAMPLE_LIMITS = (6, 100)
"""Fewest and most voxels in a sample: few of the large voxels of a coarse grid fill an artery."""

_CANDIDATES = (0.05, 200, 20_000)
_TISSUE_VOXELS = 5000
_MANY = 30
_TISSUE_ARRIVAL = 0.1
_BLOOD_BASELINE = (0.0, 100.0)
_BRIGHTEST_BLOOD = 600.0
_SINUS_REACH = 4.0
_MOVEMENT = 1.0
_MOVEMENT_REACH = 2.0
_FLICKER = 3.0
_ROUNDING = 1.0


@dataclass(frozen=True, eq=False)
class Candidates:
    """Bright voxels and what they do over time.

    Attributes
    ----------
    voxels : ndarray of int, shape (N, 3)
        Column, row, slice.
    curves : ndarray, shape (T', N)
        Enhancement at `times`, HU, unsmoothed.
    times : ndarray, shape (T',)
        Seconds; frames in which the head jerks are left out.
    features : CurveFeatures
        Of the curves smoothed over about a second and a half.
    tissue_arrival, tissue_peak_time : float
        When the mean of the brain reaches a tenth of its peak and its peak, seconds.
    midplane : Midplane
    sample_size : int
        Voxels that a vessel is averaged over.
    noise : float
        SD of one frame, HU.
    steady : ndarray of bool, shape (T,)
        The frames of the series that `times` holds.
    """

    voxels: NDArray[np.intp]
    curves: NDArray[np.float64]
    times: NDArray[np.float64]
    features: CurveFeatures
    tissue_arrival: float
    tissue_peak_time: float
    midplane: Midplane
    sample_size: int
    noise: float
    steady: NDArray[np.bool_]

    def select(self, chosen: NDArray[np.bool_] | NDArray[np.intp]) -> "Candidates":
        """Return some of the candidates."""
        return replace(
            self,
            voxels=self.voxels[chosen],
            curves=self.curves[:, chosen],
            features=self.features.select(chosen),
        )

    @property
    def has_small_voxels(self) -> bool:
        """Whether a vessel is many voxels wide."""
        return self.sample_size >= _MANY

    @property
    def smallest_cluster(self) -> int:
        """Return how many voxels hang together in a vessel, at least."""
        return 3 if self.has_small_voxels else 1

    @property
    def enough(self) -> int:
        """Return how many voxels it takes to tell a vessel from noise."""
        return max(2, self.sample_size // 2)


def sample_size(series: PerfusionSeries) -> int:
    """Return how many voxels a vessel is averaged over: 100 in clinical scans, fewer of larger ones."""
    count = round(SAMPLE_VOLUME_MM3 / (series.voxel_volume_ml * 1000.0))
    return int(np.clip(count, *SAMPLE_LIMITS))


def find_candidates(
    series: PerfusionSeries,
    masks: TissueMasks,
    baseline: Baseline,
    *,
    summary: SummaryVolumes | None = None,
    exchanged: NDArray[np.bool_] | None = None,
    on_progress: ProgressCallback = ignore_progress,
) -> Candidates:
    """Return the voxels that enhance most in and around the brain, where a vein may touch the skull.

    Only summary volumes are read for the choice, and curves only of the chosen. Both arteries and veins
    are found among them, so that one search serves :func:`select_aif` and :func:`select_vof`.

    Parameters
    ----------
    series : PerfusionSeries
        Registered, unfiltered.
    masks : TissueMasks
    baseline : Baseline
    summary : SummaryVolumes, optional
        Of `series`; computed here when not given.
    exchanged : ndarray of bool, shape (Z,), optional
        Slices in which a movement shows anatomy from beyond the scan: not searched, unless most are such.
    on_progress : callable
    """
    shifts = frame_shifts(series, baseline, masks.head)
    steady = steady_frames(shifts, series.interval)
    on_progress(0.1)
    region = _region(series, masks, baseline, float(np.percentile(shifts[steady], 90)))
    if exchanged is not None and 2 * exchanged.sum() <= series.n_slices:
        region[exchanged] = False
    on_progress(0.2)
    if summary is None:
        summary = summarise(series, on_progress=part_of(on_progress, 0.2, 0.8))
    brightest = _brightest_windows(summary, steady)
    region &= brightest < _BRIGHTEST_BLOOD
    voxels = _most_enhanced(brightest - baseline.image, region)
    on_progress(0.8)
    curves, times = _steady_curves(series, baseline, voxels, steady)
    on_progress(0.85)
    calm = _calm(curves[: int(steady[: baseline.n_frames].sum())], baseline.noise)
    curves, voxels = curves[:, calm], voxels[calm]
    tissue_arrival, tissue_peak_time = tissue_timing(series, masks, baseline, steady)
    on_progress(0.9)
    found = Candidates(
        voxels=voxels,
        curves=curves,
        times=times,
        features=measure(smoothed(curves, times), times),
        tissue_arrival=tissue_arrival,
        tissue_peak_time=tissue_peak_time,
        midplane=find_midplane(masks.head, series.ijk_to_ras),
        sample_size=sample_size(series),
        noise=baseline.noise,
        steady=steady,
    )
    on_progress(1.0)
    return found


def enhancement_curves(
    series: PerfusionSeries, baseline: Baseline, voxels: NDArray[np.intp]
) -> NDArray[np.float64]:
    """Return the enhancement of voxels (N, 3) at ``series.frame_times``, shape (T, N), HU."""
    return _steady_curves(series, baseline, voxels, np.ones(series.n_frames, dtype=bool))[0]


def tissue_timing(
    series: PerfusionSeries,
    masks: TissueMasks,
    baseline: Baseline,
    steady: NDArray[np.bool_] | None = None,
) -> tuple[float, float]:
    """Return when the mean of the tissue reaches a tenth of its peak and its peak, seconds.

    `steady`, shape (T,), says which frames count; all by default. NaN where there is no tissue.
    """
    where = np.argwhere(masks.tissue)[:, ::-1]
    if len(where) == 0:
        return float("nan"), float("nan")
    where = where[:: max(1, len(where) // _TISSUE_VOXELS)]
    frames = np.ones(series.n_frames, dtype=bool) if steady is None else steady
    curves, times = _steady_curves(series, baseline, where, frames)
    mean = smoothed(curves.mean(axis=1, keepdims=True), times)
    arrival = crossing_times(mean, times, _TISSUE_ARRIVAL * mean.max(axis=0))[0]
    return float(arrival), float(measure(mean, times).time_to_peak[0])


def _steady_curves(
    series: PerfusionSeries, baseline: Baseline, voxels: NDArray[np.intp], steady: NDArray[np.bool_]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the enhancement of voxels (N, 3) in some frames, shape (T', N), and the times, shape (T',)."""
    columns, rows, slices = voxels.T
    curves = series.voxels[:, slices, rows, columns][steady].astype(np.float64)
    curves -= baseline.image[slices, rows, columns]
    times = series.frame_times[steady]
    if series.has_slice_times:
        for index in np.unique(slices):
            here = slices == index
            curves[:, here] = on_axis(curves[:, here], series.slice_times(int(index))[steady], times)
    return curves, times


def _region(
    series: PerfusionSeries, masks: TissueMasks, baseline: Baseline, movement: float
) -> NDArray[np.bool_]:
    region = dilated(masks.brain, _SINUS_REACH, series.spacing) & masks.head & ~masks.invalid
    region &= (baseline.image > _BLOOD_BASELINE[0]) & (baseline.image < _BLOOD_BASELINE[1])
    reach = max(_MOVEMENT, _MOVEMENT_REACH * movement, *series.spacing[:2])
    # What a movement mixes with bone seems to enhance, also above and below it.
    bone = ndimage.maximum_filter1d(baseline.image > BONE_LIMIT, 3, axis=0, mode="nearest")
    return region & ~dilated(bone, reach, series.spacing)


def _brightest_windows(summary: SummaryVolumes, steady: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Return the highest of the window means without jerks in each voxel, shape (Z, Y, X), HU."""
    calm = [bool(steady[first:last].all()) for first, last in pairwise(summary.bounds)]
    brightest = np.full(summary.mean.shape, -np.inf, dtype=np.float32)
    for window in summary.windows[np.array(calm) if any(calm) else slice(None)]:
        np.fmax(brightest, window, out=brightest)
    return brightest


def _most_enhanced(contrast: NDArray[np.float32], region: NDArray[np.bool_]) -> NDArray[np.intp]:
    inside = np.flatnonzero(region)
    share, fewest, most = _CANDIDATES
    count = min(int(np.clip(share * len(inside), fewest, most)), len(inside))
    if count == 0:
        return np.empty((0, 3), dtype=np.intp)
    order = np.argpartition(contrast.ravel()[inside], len(inside) - count)[len(inside) - count :]
    return np.column_stack(np.unravel_index(np.sort(inside[order]), region.shape)[::-1])


def _calm(before: NDArray[np.float64], noise: float) -> NDArray[np.bool_]:
    """Return which curves are calm before contrast; bone edges flicker with every movement."""
    if len(before) < 3:
        return np.ones(before.shape[1], dtype=bool)
    return np.asarray(before.std(axis=0) < _FLICKER * max(noise, _ROUNDING))
