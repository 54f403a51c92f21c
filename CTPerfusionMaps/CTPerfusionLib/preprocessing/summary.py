"""What a whole series says about each voxel, read in a single pass: window means, mean, defects."""

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import ProcessingError
from ..parallel import for_each_chunk
from ..progress import ProgressCallback, ignore_progress
from ..series import PerfusionSeries

WINDOW = 3.0
"""Seconds averaged to find enhancing voxels: shorter than a bolus, long enough to beat the noise."""

PADDING_LIMIT = -1024.0
"""HU at or below which a voxel was not measured; air of a noisy scan may be clipped there too."""

HEAD_LIMIT = -200.0
"""HU above which a voxel belongs to the head and not to the air around it."""

SATURATION_LIMIT = 3071.0
"""HU at or above which 12-bit scanners clip."""

LEAST_HEAD = 0.5
"""Share of the voxels of the usual frame that a frame must show of the head."""

MOST_MISSING = 0.1
"""Share of the voxels of a frame that may be missing before the frame counts as lost."""

_LONGEST_GAP = 1.5
_ROWS_PER_CHUNK = 16


@dataclass(frozen=True, eq=False)
class SummaryVolumes:
    """Low-noise volumes of a series that say where contrast is, and which voxels cannot be trusted.

    Attributes
    ----------
    windows : ndarray of float32, shape (B, Z, Y, X)
        Means over consecutive windows of about `WINDOW` seconds, HU.
    bounds : ndarray of int, shape (B + 1,)
        The first frame of each window, then the number of frames.
    times : ndarray of float64, shape (B,)
        Mean time of each window, seconds.
    mean : ndarray of float32, shape (Z, Y, X)
        Mean over all frames, HU: the guide of the filter.
    darkest, brightest : ndarray of float32, shape (Z, Y, X)
        Extremes of the windows, HU.
    lowest, highest : ndarray of float32, shape (Z, Y, X)
        Extremes of single frames, HU. All extremes are NaN where any frame holds no number.
    """

    windows: NDArray[np.float32]
    bounds: NDArray[np.int64]
    times: NDArray[np.float64]
    mean: NDArray[np.float32]
    darkest: NDArray[np.float32]
    brightest: NDArray[np.float32]
    lowest: NDArray[np.float32]
    highest: NDArray[np.float32]


def summarise(
    series: PerfusionSeries, duration: float = WINDOW, on_progress: ProgressCallback = ignore_progress
) -> SummaryVolumes:
    """Read a series once and return its summary volumes.

    Windows have the same number of frames, at least one; a shorter rest joins the last window, and a gap
    in the times ends a window early. Values that are no numbers are left out of all means.

    Parameters
    ----------
    series : PerfusionSeries
        Registered or not, any number type.
    duration : float
        Seconds of a window.
    on_progress : callable

    Raises
    ------
    ProcessingError
        If a frame shows no head or holds no numbers.
    """
    from .kernels.summary import summarise_rows

    bounds = window_bounds(series, duration)
    voxels = _as_kernel_takes_it(series.voxels)
    n_slices, n_rows, _ = series.shape
    windows = np.empty((len(bounds) - 1, *series.shape), dtype=np.float32)
    volumes = tuple(np.empty(series.shape, dtype=np.float32) for _ in range(5))
    chunks = [
        (index, row, min(row + _ROWS_PER_CHUNK, n_rows))
        for index in range(n_slices)
        for row in range(0, n_rows, _ROWS_PER_CHUNK)
    ]
    counts = np.zeros((len(chunks), 2, series.n_frames), dtype=np.int64)

    def summarise_chunk(number: int) -> None:
        summarise_rows(voxels, chunks[number], bounds, HEAD_LIMIT, windows, *volumes, counts[number])

    for_each_chunk(summarise_chunk, range(len(chunks)), on_progress)
    _check_frames(series, *counts.sum(axis=0))
    times = np.array([series.frame_times[first:last].mean() for first, last in pairwise(bounds)])
    return SummaryVolumes(windows, bounds, times, *volumes)


def _as_kernel_takes_it(voxels: NDArray[Any]) -> NDArray[Any]:
    """Return voxels of one of two number types in C order; a series has them so, and nothing is copied."""
    return np.ascontiguousarray(voxels, dtype=np.int16 if voxels.dtype == np.int16 else np.float32)


def window_bounds(series: PerfusionSeries, duration: float) -> NDArray[np.int64]:
    """Return the first frame of each window of about `duration` seconds, then T: shape (B + 1,)."""
    length = max(1, round(duration / series.interval)) if series.n_frames > 1 else 1
    gaps = np.diff(series.frame_times) > _LONGEST_GAP * max(duration, series.interval)
    bounds = [0]
    for start, stop in _runs(gaps):
        last = max(stop - length, start)
        bounds += [*range(start + length, last + 1, length), stop]
    return np.array(bounds, dtype=np.int64)


def _runs(gaps: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Return first and last + 1 of the runs of frames between gaps."""
    ends = [*(np.flatnonzero(gaps) + 1), len(gaps) + 1]
    return list(zip([0, *ends[:-1]], ends, strict=True))


def _check_frames(series: PerfusionSeries, solid: NDArray[np.int64], missing: NDArray[np.int64]) -> None:
    size = int(np.prod(series.shape))
    lost = np.flatnonzero(missing > MOST_MISSING * size)
    if lost.size:
        raise ProcessingError(
            f"{_frame(series, int(lost[0]))} holds values that are no numbers (NaN)",
            "leave it out or convert the series anew",
        )
    empty = np.flatnonzero(solid < LEAST_HEAD * np.median(solid))
    if empty.size:
        raise ProcessingError(
            f"{_frame(series, int(empty[0]))} shows no head", "leave it out; no other frame has to be dropped"
        )


def _frame(series: PerfusionSeries, index: int) -> str:
    return f"Frame {index + 1} of {series.n_frames} (at {series.frame_times[index]:.1f} s)"
