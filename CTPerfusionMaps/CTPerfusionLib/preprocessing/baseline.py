"""The unenhanced head: when contrast arrives, and what every voxel measures before it does."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import ProcessingError
from ..progress import ProgressCallback, ignore_progress, part_of
from ..series import PerfusionSeries
from .curves import crossing_times, voxel_curves, window_means
from .morphology import Mask, eroded

WINDOW = 3.0
"""Seconds averaged to find enhancing voxels: shorter than a bolus, long enough to beat the noise."""

BRIGHTEST_FRACTION = 0.005
"""Share of the head that counts as vessels when arterial arrival is measured."""

EARLIEST_FRACTION = 0.1
"""Share of those vessels that enhance first and so are arteries."""

ARRIVAL_LEVEL = 0.1
"""Fraction of the arterial peak at which contrast has arrived."""

MARGIN_FRAMES = 2
LONGEST_MARGIN = 2.0
"""Frames left out before arrival, and the seconds that they may last where frames are far apart."""

UNENHANCED_BLOOD = 90.0
"""HU that arteries do not reach without contrast."""

SMALLEST_BOLUS = 15.0
"""HU of peak enhancement in the brightest voxels below which a scan has no usable bolus."""

_SOFT_TISSUE = (-30.0, 100.0)
_BRIGHTEST_BLOOD = 650.0
_EDGE = 2.0


@dataclass(frozen=True, eq=False)
class Baseline:
    """The head before contrast.

    Attributes
    ----------
    image : ndarray of float32, shape (Z, Y, X)
        Mean HU of the frames before contrast; each slice has its own number of them in a shuttle scan.
    slice_frames : ndarray of int, shape (Z,)
        Frames averaged in each slice, counted from the first; at least 1.
    arrival : float
        Seconds at which the earliest bright vessels reach a tenth of their peak.
    noise : float
        Noise SD of one frame in soft tissue, HU.
    contrast_at_start : bool
        No frame lies safely before the contrast, and the first one stands in for the baseline.
    """

    image: NDArray[np.float32]
    slice_frames: NDArray[np.intp]
    arrival: float
    noise: float
    contrast_at_start: bool = False

    @property
    def n_frames(self) -> int:
        """Frames averaged in the slice that has fewest."""
        return int(self.slice_frames.min())


def estimate_baseline(
    series: PerfusionSeries, head_mask: Mask, on_progress: ProgressCallback = ignore_progress
) -> Baseline:
    """Measure when contrast arrives and average the frames before it.

    Arrival is that of the arteries, which the brain mean follows by seconds: among the 0.5 % of the head
    that enhances most, the tenth that rises first gives it. The last two frames before arrival (at most
    two seconds) are left out too, since the foot of the bolus drowns in noise.

    Parameters
    ----------
    series : PerfusionSeries
        Registered, unfiltered.
    head_mask : ndarray of bool, shape (Z, Y, X)
    on_progress : callable

    Raises
    ------
    ProcessingError
        If no voxels enhance together, so that there is no contrast bolus.
    """
    windows = window_means(series, WINDOW, part_of(on_progress, 0.0, 0.8))
    lowest, highest = windows.min(axis=0), windows.max(axis=0)
    soft = _soft_tissue(lowest, highest, head_mask, series.spacing)
    vessels = _brightest(np.where(soft, highest - lowest, -np.inf), int(soft.sum()))
    curves = voxel_curves(series, vessels)
    _check_bolus(curves)
    arrival = _arterial_arrival(curves, series.frame_times)
    on_progress(0.9)
    return _average_before(series, arrival, _temporal_noise(series, soft), on_progress)


def enhancement(voxels: NDArray[Any], baseline: Baseline) -> NDArray[np.float32]:
    """Return what contrast adds to each voxel, shape (T, Z, Y, X), HU.

    What is subtracted is the mean of the baseline frames of `voxels` themselves, so that a filtered series
    loses its filtered baseline and keeps neither edges nor noise of the unfiltered one. Negative values
    stay, because clipping them would raise the blood volume.

    Parameters
    ----------
    voxels : ndarray, shape (T, Z, Y, X)
        HU. float32 is overwritten and returned, so that no second 4D array is needed; other types are
        converted once.
    baseline : Baseline
        Says which frames precede the contrast in each slice.
    """
    result = voxels if voxels.dtype == np.float32 else voxels.astype(np.float32)
    for index, count in enumerate(baseline.slice_frames):
        result[:, index] -= result[:count, index].mean(axis=0)
    return result


def _soft_tissue(
    lowest: NDArray[np.float32],
    highest: NDArray[np.float32],
    head_mask: Mask,
    spacing: tuple[float, float, float],
) -> Mask:
    soft = head_mask & (lowest > _SOFT_TISSUE[0]) & (lowest < _SOFT_TISSUE[1]) & (highest < _BRIGHTEST_BLOOD)
    # Bone and air edges flicker with the smallest movement and would pass for enhancement.
    inner = eroded(soft, _EDGE, spacing)
    return inner if inner.any() else soft


def _brightest(contrast: NDArray[np.float32], n_soft: int) -> NDArray[np.intp]:
    count = min(max(20, round(BRIGHTEST_FRACTION * n_soft)), n_soft)
    if count == 0:
        raise ProcessingError(
            "No soft tissue was found in the head", "check that the study is a head CT in Hounsfield units"
        )
    chosen = np.argpartition(contrast.ravel(), -count)[-count:]
    return np.column_stack(np.unravel_index(chosen, contrast.shape)[::-1])


def _check_bolus(curves: NDArray[np.float64]) -> None:
    # Voxels picked for their noise peak at random times, so their mean stays flat.
    mean = curves.mean(axis=1)
    peak = float(mean.max() - np.percentile(mean, 10))
    if peak < SMALLEST_BOLUS:
        raise ProcessingError(
            f"No contrast bolus was found: the brightest vessels enhance by only {peak:.0f} HU "
            f"(at least {SMALLEST_BOLUS:.0f} HU are needed)",
            "check that this is the perfusion series, that contrast was injected and that the scan covers "
            "its first pass",
        )


def _arterial_arrival(curves: NDArray[np.float64], times: NDArray[np.float64]) -> float:
    """Return when the earliest of the bright curves (T, N) reach a tenth of their peak, seconds."""
    lowest = curves.min(axis=0)
    half_peak = crossing_times(curves, times, 0.5 * (curves.max(axis=0) + lowest))
    count = min(max(10, round(EARLIEST_FRACTION * curves.shape[1])), curves.shape[1])
    arteries = curves[:, np.argsort(half_peak)[:count]].mean(axis=1, keepdims=True)
    foot = np.percentile(arteries[: int(arteries.argmax()) + 1], 10)
    if foot > UNENHANCED_BLOOD:
        return float(times[0])
    level = foot + ARRIVAL_LEVEL * (arteries.max() - foot)
    return float(crossing_times(arteries, times, np.array([level]))[0])


def _average_before(
    series: PerfusionSeries, arrival: float, noise: float, on_progress: ProgressCallback
) -> Baseline:
    last = arrival - min(MARGIN_FRAMES * series.interval, LONGEST_MARGIN)
    counts = np.array([(series.slice_times(index) < last).sum() for index in range(series.n_slices)])
    used = np.maximum(counts, 1)
    image = np.empty(series.shape, dtype=np.float32)
    for index, count in enumerate(used):
        series.voxels[:count, index].mean(axis=0, dtype=np.float32, out=image[index])
    on_progress(1.0)
    return Baseline(image, used, arrival, noise, contrast_at_start=bool(counts.min() == 0))


def _temporal_noise(series: PerfusionSeries, soft: Mask) -> float:
    """Return the noise of one frame from second differences in time, which enhancement hardly touches."""
    where = np.flatnonzero(soft)
    where = where[:: max(1, len(where) // 4000)]
    curves = series.voxels.reshape(series.n_frames, -1)[:, where].astype(np.float64)
    differences = np.diff(curves, n=2, axis=0)
    return float(np.median(np.abs(differences)) / 0.6745 / np.sqrt(6.0))
