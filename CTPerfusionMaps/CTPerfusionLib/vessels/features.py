"""Shape features of many enhancement curves at once; samples need not be evenly spaced."""

from dataclasses import dataclass, fields

import numpy as np
import scipy
from numpy.typing import NDArray

from ..preprocessing.curves import crossing_times

Array = NDArray[np.float64]

ARRIVAL_LEVEL = 0.2
"""Fraction of its peak at which a vessel's contrast has arrived."""

_SMOOTHING = 0.7
_TAIL = 0.1


@dataclass(frozen=True, eq=False)
class CurveFeatures:
    """Features of N curves, each an array of shape (N,).

    Attributes
    ----------
    peak : highest enhancement, HU.
    lowest : lowest enhancement, HU.
    arrival : seconds at 20 % of the peak, before it.
    time_to_peak : seconds, refined by a parabola through the three highest samples.
    width : full width at half maximum, seconds; infinite where the curve does not fall to half its peak.
    area : HU s to the end of the record.
    tail : mean of the last tenth of the record's duration over the peak.
    """

    peak: Array
    lowest: Array
    arrival: Array
    time_to_peak: Array
    width: Array
    area: Array
    tail: Array

    def select(self, chosen: NDArray[np.bool_] | NDArray[np.intp]) -> "CurveFeatures":
        """Return the features of some of the curves."""
        return CurveFeatures(**{field.name: getattr(self, field.name)[chosen] for field in fields(self)})


def smoothed(curves: Array, times: Array) -> Array:
    """Return curves (T, N) averaged with a Gaussian of 0.7 s SD in time; slow sampling stays as it is.

    Each sample weighs as much as the time that it stands for, so that a gap does not pull the curve to
    the side where samples are denser.
    """
    distances = (times[:, None] - times[None, :]) / _SMOOTHING
    weights = np.exp(-0.5 * distances**2) * np.gradient(times)
    weights /= weights.sum(axis=1, keepdims=True)
    return np.asarray(weights @ curves)


def measure(curves: Array, times: Array) -> CurveFeatures:
    """Return the features of enhancement curves.

    Parameters
    ----------
    curves : ndarray, shape (T, N)
        HU above baseline.
    times : ndarray, shape (T,)
        Seconds, increasing.
    """
    peak = curves.max(axis=0)
    rise = crossing_times(curves, times, 0.5 * peak)
    # Seen from the end, the fall is a rise.
    fall = -crossing_times(curves[::-1], -times[::-1], 0.5 * peak)
    late = times >= times[-1] - _TAIL * (times[-1] - times[0])
    return CurveFeatures(
        peak=peak,
        lowest=curves.min(axis=0),
        arrival=crossing_times(curves, times, ARRIVAL_LEVEL * peak),
        time_to_peak=_refined_peak_time(curves, times),
        width=np.where(curves[-1] > 0.5 * peak, np.inf, fall - rise),
        area=np.asarray(scipy.integrate.trapezoid(curves, times, axis=0)),
        tail=curves[late].mean(axis=0) / np.where(peak > 0, peak, np.inf),
    )


def _refined_peak_time(curves: Array, times: Array) -> Array:
    """Return the crest of the parabola through the highest sample and its neighbours."""
    top = np.clip(curves.argmax(axis=0), 1, len(times) - 2)
    columns = np.arange(curves.shape[1])
    before, at, after = (curves[top + step, columns] for step in (-1, 0, 1))
    earlier, later = times[top] - times[top - 1], times[top + 1] - times[top]
    rising, falling = (at - before) / earlier, (after - at) / later
    curvature = (falling - rising) / (earlier + later)
    slope = (rising * later + falling * earlier) / (earlier + later)
    shift = np.where(curvature < 0, -0.5 * slope / np.where(curvature < 0, curvature, -1.0), 0.0)
    return np.asarray(times[top] + np.clip(shift, -earlier, later))
