"""The unenhanced head: when contrast arrives, and what every voxel measures before it does."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from ..errors import ProcessingError
from ..progress import ProgressCallback, ignore_progress, part_of
from ..series import PerfusionSeries
from .curves import crossing_times, voxel_curves
from .morphology import Mask, Spacing, eroded
from .noise import temporal_noise
from .summary import PADDING_LIMIT, SummaryVolumes, summarise

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

LEAST_FRAMES = 4
"""Frames without which no curve has a baseline, a rise and a fall."""

_SOFT_TISSUE = (-30.0, 100.0)
_BRIGHTEST_BLOOD = 650.0
_CALM_EDGE, _EDGE = 5.0, 2.0
_ENOUGH = 0.2
_SAMPLE = 4000
_SPARE, _LIKENESS = 3, 0.8
_DELAYS = (-4.0, -2.0, 0.0, 2.0, 4.0, 6.0, 8.0)


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
    series: PerfusionSeries,
    head_mask: Mask,
    on_progress: ProgressCallback = ignore_progress,
    *,
    summary: SummaryVolumes | None = None,
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
    summary : SummaryVolumes, optional
        Measured here when not given, with the same result.

    Raises
    ------
    ProcessingError
        If there are too few frames, or no voxels enhance together, so that there is no contrast bolus.
    """
    if series.n_frames < LEAST_FRAMES:
        raise ProcessingError(
            f"Only {series.n_frames} frame(s) are left, too few for a bolus",
            "check why the others were dropped, or give the whole perfusion scan",
        )
    if summary is None:
        summary = summarise(series, on_progress=part_of(on_progress, 0.0, 0.8))
    soft = _soft_tissue(summary, head_mask, series.spacing)
    curves = _vessel_curves(series, summary.brightest - summary.darkest, soft)
    _check_bolus(curves)
    arrival = _arterial_arrival(curves, series.frame_times)
    on_progress(0.9)
    noise = temporal_noise(series.voxels, soft)
    counts, image = _average_before(series, arrival)
    # A voxel without any number before contrast has its mean of all times, or is empty.
    image = np.where(np.isfinite(image), image, np.nan_to_num(summary.mean, nan=PADDING_LIMIT))
    on_progress(1.0)
    return Baseline(image, np.maximum(counts, 1), arrival, noise, contrast_at_start=bool(counts.min() == 0))


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


def _soft_tissue(summary: SummaryVolumes, head_mask: Mask, spacing: Spacing) -> Mask:
    """Return soft tissue away from bone and air, whose edges flicker with the smallest movement."""
    darkest = summary.darkest
    soft = head_mask & (darkest > _SOFT_TISSUE[0]) & (darkest < _SOFT_TISSUE[1])
    soft &= summary.brightest < _BRIGHTEST_BLOOD
    # Movement along the body brings the slices above and below into view.
    calm = eroded(ndimage.minimum_filter1d(soft, 3, axis=0, mode="nearest"), _CALM_EDGE, spacing)
    for inner in (calm, eroded(soft, _EDGE, spacing)):
        if inner.sum() > _ENOUGH * soft.sum():
            return inner
    return soft


def _vessel_curves(series: PerfusionSeries, contrast: NDArray[np.float32], soft: Mask) -> NDArray[np.float64]:
    """Return the HU curves (T, N) of the brightest voxels that follow the bolus.

    More than needed are looked at; those that a movement has made bright resemble the mean of the tissue
    less, whatever its delay, than vessels do.
    """
    where = np.flatnonzero(soft)
    if not where.size:
        raise ProcessingError(
            "No soft tissue was found in the head", "check that the study is a head CT in Hounsfield units"
        )
    count = min(max(20, round(BRIGHTEST_FRACTION * len(where))), len(where))
    values = contrast.ravel()[where]
    candidates = np.argpartition(values, -min(_SPARE * count, len(where)))[-_SPARE * count :]
    brightest = where[candidates[np.argsort(values[candidates])[::-1]]]
    curves = voxel_curves(series, _indices(brightest, series.shape))
    tissue = voxel_curves(series, _indices(where[:: max(1, len(where) // _SAMPLE)], series.shape))
    likeness = _likeness(curves, tissue.mean(axis=1), series.frame_times)
    follows = likeness >= _LIKENESS * np.percentile(likeness, 90)
    return curves[:, follows][:, :count]


def _indices(flat: NDArray[np.intp], shape: tuple[int, int, int]) -> NDArray[np.intp]:
    """Return column, row and slice, shape (N, 3), of voxels given by their flat index."""
    return np.column_stack(np.unravel_index(flat, shape)[::-1])


def _likeness(
    curves: NDArray[np.float64], tissue: NDArray[np.float64], times: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return how well each curve (T, N) correlates with that of the tissue, at the best delay, shape (N,)."""
    scaled = curves - curves.mean(axis=0)
    scaled /= np.maximum(np.linalg.norm(scaled, axis=0), 1e-9)
    best = np.full(curves.shape[1], -1.0)
    for delay in _DELAYS:
        shifted = np.interp(times + delay, times, tissue)
        shifted = shifted - shifted.mean()
        best = np.maximum(best, shifted @ scaled / max(float(np.linalg.norm(shifted)), 1e-9))
    return best


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


def _average_before(series: PerfusionSeries, arrival: float) -> tuple[NDArray[np.intp], NDArray[np.float32]]:
    """Return how many frames of each slice precede the contrast and the mean of them, or the first frame."""
    last = arrival - min(MARGIN_FRAMES * series.interval, LONGEST_MARGIN)
    counts = np.array([(series.slice_times(index) < last).sum() for index in range(series.n_slices)])
    image = np.empty(series.shape, dtype=np.float32)
    for index, count in enumerate(np.maximum(counts, 1)):
        series.voxels[:count, index].mean(axis=0, dtype=np.float32, out=image[index])
    return counts, image
