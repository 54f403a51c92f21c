"""Time curves of a series, without copying the 4D array."""

from typing import Any

import numpy as np
import scipy
from numpy.typing import NDArray

from ..progress import ProgressCallback, ignore_progress
from ..series import PerfusionSeries
from .summary import summarise


def window_means(
    series: PerfusionSeries, duration: float, on_progress: ProgressCallback = ignore_progress
) -> NDArray[np.float32]:
    """Return the means of consecutive windows of about `duration` seconds, shape (B, Z, Y, X), HU.

    The windows of :func:`CTPerfusionLib.preprocessing.summary.summarise`, for callers that need no more.
    """
    return summarise(series, duration, on_progress).windows


def voxel_curves(series: PerfusionSeries, voxels: NDArray[np.intp]) -> NDArray[np.float64]:
    """Return the HU curves of some voxels on the common time axis ``series.frame_times``, shape (T, N).

    Curves of slices with their own times are carried to the common axis by cubic splines; outside a slice's
    own span its end values are held.

    Parameters
    ----------
    voxels : ndarray of int, shape (N, 3)
        Column, row and slice of each voxel.
    """
    columns, rows, slices = voxels.T
    curves = np.asarray(series.voxels[:, slices, rows, columns], dtype=np.float64)
    if not series.has_slice_times:
        return curves
    for slice_index in np.unique(slices):
        chosen = slices == slice_index
        curves[:, chosen] = on_axis(
            curves[:, chosen], series.slice_times(int(slice_index)), series.frame_times
        )
    return curves


def on_axis(
    curves: NDArray[np.float64], times: NDArray[np.float64], axis: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return `curves` (T, N), sampled at `times` (T,), at the times `axis` (T_out,) by cubic splines."""
    spline: Any = scipy.interpolate.CubicSpline(times, curves, axis=0, bc_type="natural")
    return np.asarray(spline(np.clip(axis, times[0], times[-1])))


def crossing_times(
    curves: NDArray[np.float64], times: NDArray[np.float64], levels: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return when each curve last rises through its level before its peak, shape (N,), seconds.

    The crossing is interpolated between samples. A curve that starts above its level gives ``times[0]``.

    Parameters
    ----------
    curves : ndarray, shape (T, N)
    times : ndarray, shape (T,)
    levels : ndarray, shape (N,)
        In the unit of the curves.
    """
    samples = np.arange(len(times))[:, None]
    below = (curves <= levels) & (samples < curves.argmax(axis=0))
    before = np.where(below, samples, -1).max(axis=0)
    start = np.maximum(before, 0)
    columns = np.arange(curves.shape[1])
    low, high = curves[start, columns], curves[start + 1, columns]
    part = np.clip((levels - low) / np.where(high > low, high - low, 1.0), 0.0, 1.0)
    crossings = times[start] + part * (times[start + 1] - times[start])
    return np.asarray(np.where(before < 0, times[0], crossings))
