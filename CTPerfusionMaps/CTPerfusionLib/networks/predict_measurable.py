"""Where nothing enhances: judged by the measured curves, since networks do not tell.

A network that never saw tissue without any flow shows what it learned to expect of low flow instead: on
simulated heads whose core lost all its enhancement, 5 mL/100 g/min and 0.6 mL/100 g, as in any core.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..kinetics.measurability import RELEVANT_FLOW
from ..kinetics.status import DETECTION_LIMIT
from ..series import PerfusionSeries

Array = NDArray[np.float64]

DELAYS = (0.0, 3.0, 6.0, 10.0)
"""Seconds by which contrast may come later than in the mean of the tissue."""

TRANSITS = (0.0, 4.0, 8.0)
"""Seconds of the exponential by which it may be spread besides."""

_STEP = 0.25
"""Seconds; grid on which the expected curves are made."""

_LONGEST = 6.0
"""Time constants after which an exponential is cut off."""


@dataclass(frozen=True)
class ExpectedCurves:
    """The shapes that enhancement in a study can have.

    Attributes
    ----------
    times : ndarray, shape (n,)
        Seconds on an even grid.
    curves : ndarray, shape (K, n)
        HU as in the mean of the tissue: the mean itself first, then later and broader ones.
    """

    times: Array
    curves: Array

    @classmethod
    def of(cls, mean: Array, times: Array) -> "ExpectedCurves":
        """Return the shapes that follow from the mean curve of the tissue, shape (T,) in HU."""
        grid = np.arange(times[0], times[-1] + _STEP, _STEP)
        curve = np.interp(grid, times, mean) - mean[0]
        broad = [_spread(curve, transit) for transit in TRANSITS]
        shapes = [np.interp(grid - delay, grid, shape) for shape in broad for delay in DELAYS]
        return cls(grid, np.array(shapes))

    def at(self, times: Array) -> Array:
        """Return the shapes at the times (T,) of a slice, each with a mean of zero, shape (K, T)."""
        sampled = np.array([np.interp(times, self.times, curve) for curve in self.curves])
        return np.asarray(sampled - sampled.mean(axis=1, keepdims=True))


def without_enhancement(series: PerfusionSeries, tissue: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return the tissue in which no bolus passes although one would have been seen, shape (Z, Y, X).

    A curve enhances if one of the expected shapes fits with an amplitude of 3 standard errors or more; the
    zero is left open. Where it does not, tissue counts as dead only if its curve is so quiet that 30 % of
    the usual enhancement would have been measurable: noise says nothing about tissue.

    Parameters
    ----------
    series : PerfusionSeries
        HU, registered and filtered.
    tissue : ndarray of bool, shape (Z, Y, X)
    """
    dead = np.zeros_like(tissue)
    if not tissue.any():
        return dead
    mean = np.array([frame[tissue].mean(dtype=np.float64) for frame in series.voxels])
    expected = ExpectedCurves.of(mean, series.frame_times)
    for index, chosen in enumerate(tissue):
        if chosen.any():
            curves = series.voxels[:, index, chosen]
            dead[index, chosen] = _is_dead(curves, expected.at(series.slice_times(index)))
    return dead


def _is_dead(curves: NDArray[np.floating[Any]], shapes: Array) -> NDArray[np.bool_]:
    """Judge curves (T, N) in HU by shapes (K, T) of mean zero, the usual enhancement first."""
    norms = np.linalg.norm(shapes, axis=1)
    centred = curves - curves.mean(axis=0, dtype=np.float64)
    parts = (shapes / np.maximum(norms, 1e-9)[:, None]) @ centred
    largest = parts.max(axis=0)
    energy = np.einsum("tn,tn->n", centred, centred)
    unexplained = np.maximum(energy - np.maximum(largest, 0.0) ** 2, 0.0)
    noise = np.sqrt(unexplained / max(len(curves) - 2, 1))
    is_seen = largest >= DETECTION_LIMIT * noise
    would_be_seen = RELEVANT_FLOW * norms[0] >= DETECTION_LIMIT * noise
    return np.asarray(~is_seen & would_be_seen)


def _spread(curve: Array, transit: float) -> Array:
    """Return a curve after a well-mixed compartment with this mean transit time in seconds."""
    if transit == 0.0:
        return curve
    response = np.exp(-np.arange(0.0, _LONGEST * transit, _STEP) / transit)
    return np.asarray(np.convolve(curve, response / response.sum())[: len(curve)])
