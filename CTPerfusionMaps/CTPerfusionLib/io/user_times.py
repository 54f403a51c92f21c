"""Times that the user gives: a constant interval, an array, or a times file."""

from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import SeriesError
from ..series import Finding, Severity, TimeSource
from .time_resolver import LONGEST_SCAN, SHORTEST_SCAN
from .times_file import read_times

TimesInput = str | PathLike[str] | ArrayLike
"""A times file, or times in seconds of shape (T,) or (T, Z)."""

_NOTABLE_DIFFERENCE = 0.05
"""Part by which the given duration may differ from the header's before the finding becomes a warning."""


@dataclass(frozen=True, eq=False)
class UserTimes:
    """Times given by the user; exactly one of `interval` and `times` is not None.

    Attributes
    ----------
    interval : float or None
        Seconds between frames.
    times : ndarray or None
        Seconds, shape (T,) or (T, Z).
    """

    interval: float | None
    times: NDArray[np.float64] | None

    @property
    def source(self) -> TimeSource:
        """What a series records about them."""
        return TimeSource.TIMES_FILE if self.interval is None else TimeSource.USER_INTERVAL

    def for_frames(self, n_frames: int, n_slices: int) -> NDArray[np.float64]:
        """Return the times of that many frames and slices, shape (T,) or (T, Z).

        Raises
        ------
        SeriesError
            If they do not fit, or are no plausible times of a perfusion scan.
        """
        times = self.times if self.times is not None else np.arange(n_frames) * (self.interval or 0.0)
        if times.shape not in ((n_frames,), (n_frames, n_slices)):
            shape = " x ".join(str(length) for length in times.shape)
            raise SeriesError(
                f"{shape} times were given, and the series has {n_frames} frames of {n_slices} slices",
                "give one time per frame, or one per frame and slice",
            )
        if not (np.isfinite(times).all() and np.all(np.diff(times, axis=0) > 0)):
            raise SeriesError(
                "The given times do not increase from frame to frame", "give acquisition times in seconds"
            )
        span = float(np.ptp(times))
        if not SHORTEST_SCAN <= span <= LONGEST_SCAN:
            raise SeriesError(
                f"With the given times the scan would last {span:.1f} s, where {SHORTEST_SCAN:.0f} to "
                f"{LONGEST_SCAN:.0f} s are plausible",
                "give times in seconds",
            )
        return np.asarray(times - times.min())

    def finding(self, header_times: NDArray[np.float64] | None) -> Finding:
        """Report that these times are used, and how they differ from those of the header, shape (T, ...)."""
        if self.times is None:
            message = f"The interval of {self.interval:g} s between frames was given by the user"
        else:
            message = "The times of the frames were given by the user"
        if header_times is None:
            return Finding("user_times", Severity.INFO, f"{message}.", "Nothing to do.")
        n_frames, *_ = header_times.shape
        given = float(np.ptp(self.for_frames(n_frames, header_times.shape[-1])))
        stated = float(np.nanmax(header_times) - np.nanmin(header_times))
        differs = abs(given - stated) > _NOTABLE_DIFFERENCE * stated
        return Finding(
            "user_times",
            Severity.WARNING if differs else Severity.INFO,
            f"{message}: {given:.1f} s from first to last sample, where the headers say {stated:.1f} s.",
            "Check which one is right." if differs else "Nothing to do.",
            value=given,
            limit=stated,
        )


def user_times(frame_interval: float | None, times: TimesInput | None) -> UserTimes | None:
    """Return what the user gave, None if that is nothing.

    Raises
    ------
    SeriesError
        If the interval is not a positive number, or the times file cannot be read.
    ValueError
        If both are given.
    """
    if frame_interval is not None and times is not None:
        raise ValueError("give either frame_interval or times, not both")
    if frame_interval is not None:
        if not (np.isfinite(frame_interval) and frame_interval > 0):
            raise SeriesError(
                f"The frame interval {frame_interval:g} s is not positive", "give the seconds between frames"
            )
        return UserTimes(float(frame_interval), None)
    if times is None:
        return None
    if isinstance(times, str | PathLike):
        return UserTimes(None, read_times(Path(times)))
    return UserTimes(None, _as_array(times))


def _as_array(times: Any) -> NDArray[np.float64]:
    array = np.asarray(times, dtype=np.float64)
    if array.ndim not in (1, 2):
        raise ValueError(f"times must have shape (T,) or (T, Z), got {array.shape}")
    return array
