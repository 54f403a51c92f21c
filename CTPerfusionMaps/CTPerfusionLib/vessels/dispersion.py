"""What an artery's bolus looks like after it has passed through the brain: delayed and dispersed."""

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammainc

Array = NDArray[np.float64]

GRID_STEP = 0.25
"""Seconds; grid on which the arterial curve is convolved."""

LONGEST_DELAY, LONGEST_TRANSIT = 12.0, 10.0
"""Seconds; the slowest passage to a vein that is considered."""

_SHAPES = (1.0, 2.0, 4.0)


def dispersed_curves(times: Array, artery: Array, step: float, axis: Array | None = None) -> Array:
    """Return the arterial curve convolved with gamma densities of transit times and delayed, shape (K, T').

    All have the area of the arterial curve, so far as it lies within the record.

    Parameters
    ----------
    times, artery : ndarray, shape (T,)
        Seconds and HU.
    step : float
        Seconds between two delays and between two mean transit times.
    axis : ndarray, shape (T',), optional
        Seconds, where the curves are wanted; `times` by default.
    """
    grid = np.arange(times[0], times[-1] + GRID_STEP, GRID_STEP)
    transits = np.arange(max(step, 0.5), LONGEST_TRANSIT + step / 2, step)
    delays = np.arange(0.0, LONGEST_DELAY + step / 2, step)
    edges = np.arange(len(grid) + 1) * GRID_STEP
    kernels = np.array(
        [np.diff(gammainc(shape, edges * shape / mean)) for shape in _SHAPES for mean in transits]
    )
    size = 2 * len(grid)
    spectrum = np.fft.rfft(np.interp(grid, times, artery), size)
    dispersed = np.fft.irfft(np.fft.rfft(kernels, size) * spectrum, size)[:, : len(grid)]
    wanted = times if axis is None else axis
    return np.stack(
        [np.interp(wanted - delay, grid, curve, left=0.0) for curve in dispersed for delay in delays]
    )
