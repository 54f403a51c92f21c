"""Shape features of many enhancement curves at once."""

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from scipy.integrate import trapezoid

from ..preprocessing.curves import crossing_times

Array = NDArray[np.float64]

ARRIVAL_LEVEL = 0.2
"""Fraction of its peak at which a vessel's contrast has arrived."""

_SMOOTHING = 0.7


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
    tail : mean of the last tenth of the record over the peak.
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
    """Return curves (T, N) smoothed over about a second and a half; slow sampling stays as it is."""
    interval = float(np.median(np.diff(times)))
    sigma = _SMOOTHING / interval
    return np.asarray(ndimage.gaussian_filter1d(curves, sigma, axis=0, mode="nearest", truncate=3.0))


def measure(curves: Array, times: Array) -> CurveFeatures:
    """Return the features of enhancement curves.

    Parameters
    ----------
    curves : ndarray, shape (T, N)
        HU above baseline.
    times : ndarray, shape (T,)
        Seconds.
    """
    peak = curves.max(axis=0)
    rise = crossing_times(curves, times, 0.5 * peak)
    # Seen from the end, the fall is a rise.
    fall = -crossing_times(curves[::-1], -times[::-1], 0.5 * peak)
    last_tenth = curves[-max(1, len(times) // 10) :].mean(axis=0)
    return CurveFeatures(
        peak=peak,
        lowest=curves.min(axis=0),
        arrival=crossing_times(curves, times, ARRIVAL_LEVEL * peak),
        time_to_peak=_refined_peak_time(curves, times),
        width=np.where(curves[-1] > 0.5 * peak, np.inf, fall - rise),
        area=np.asarray(trapezoid(curves, times, axis=0)),
        tail=last_tenth / np.where(peak > 0, peak, np.inf),
    )


def _refined_peak_time(curves: Array, times: Array) -> Array:
    top = np.clip(curves.argmax(axis=0), 1, len(times) - 2)
    columns = np.arange(curves.shape[1])
    before, at, after = (curves[top + step, columns] for step in (-1, 0, 1))
    curvature = before - 2.0 * at + after
    shift = np.where(curvature < 0, 0.5 * (before - after) / np.where(curvature < 0, curvature, -1.0), 0.0)
    return np.asarray(times[top] + np.clip(shift, -1.0, 1.0) * 0.5 * (times[top + 1] - times[top - 1]))
