"""Times that findings need: gaps between used frames, and when a curve peaks."""

import numpy as np
from numpy.typing import NDArray

from ..vessels.features import measure


def largest_gap(
    times: NDArray[np.float64], used: NDArray[np.bool_], start: float, end: float
) -> float | None:
    """Return the longest time between two successive used frames of a slice while contrast passes.

    Protocols that slow down once the contrast has passed are no fault, so gaps outside count for nothing.

    Parameters
    ----------
    times : ndarray, shape (T,) or (T, Z)
        Seconds; per slice where slices were acquired at different times.
    used : ndarray of bool, shape (T,)
        Frames that were not rejected.
    start, end : float
        Seconds between which contrast passes.

    Returns
    -------
    float or None
        Seconds; None where no two used frames enclose a part of that time.
    """
    by_slice = times.reshape(len(times), -1)[used]
    before, after = by_slice[:-1], by_slice[1:]
    gaps = (after - before)[(after > start) & (before < end)]
    return float(gaps.max()) if gaps.size else None


def peak_time(times: NDArray[np.float64], curve: NDArray[np.float64]) -> float:
    """Return when a curve (T,) peaks, seconds, refined by a parabola through its three highest samples."""
    return float(measure(curve[:, None], times).time_to_peak[0])
