"""One resolver for the times of DICOM images; it reports its source and never guesses.

Sources are tried in a fixed order, and the first one that is plausible for the whole series is taken:
FrameAcquisitionDateTime, AcquisitionDateTime, AcquisitionTime, GE mid-scan time, ContentTime, TriggerTime.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import SeriesError
from ..series import TimeSource
from .records import ImageClock, ImageRecord
from .time_values import SECONDS_PER_DAY, date_and_time, day_number, seconds_of_day

SHORTEST_SCAN = 5.0
LONGEST_SCAN = 300.0
"""Seconds from first to last sample between which times are believed to be those of a perfusion scan."""

SAME_TIME = 1e-3
"""Seconds within which two times are one."""

MIN_DISTINCT_TIMES = 3
_MAX_REPEATED_FRACTION = 0.1
"""Images that may share slice and time with another one before the source counts as too coarse."""

Seconds = NDArray[np.float64]
_Reader = Callable[[Sequence[ImageRecord]], Seconds]


@dataclass(frozen=True, eq=False)
class ResolvedTimes:
    """Times of images.

    Attributes
    ----------
    seconds : ndarray, shape (N,)
        From the earliest image.
    source : TimeSource
    skipped : tuple of str
        What spoke against sources that are trusted more and are present.
    """

    seconds: Seconds
    source: TimeSource
    skipped: tuple[str, ...]


@dataclass(frozen=True)
class _Doubt:
    """Why a source is not used, and whether it says anything at all."""

    reason: str
    is_present: bool = True


def resolve_times(
    records: Sequence[ImageRecord], slices: NDArray[np.integer[Any]], numbers: NDArray[np.integer[Any]] | None
) -> ResolvedTimes:
    """Return the acquisition times of the images of one series.

    Parameters
    ----------
    records : sequence of ImageRecord
        Without copies of the same image.
    slices : ndarray, shape (N,)
        Slice index of each record.
    numbers : ndarray, shape (N,), or None
        How the headers number the images of each slice, if they do.

    Raises
    ------
    SeriesError
        If no source gives plausible times; the sentence says why each one that is present was not used.
    """
    doubts: dict[TimeSource, _Doubt] = {}
    candidates = {source: reader(records) for source, reader in _READERS.items()}
    for allowed_repeats in (0.0, _MAX_REPEATED_FRACTION):
        for source, seconds in candidates.items():
            doubt = _doubt(seconds, slices, allowed_repeats) or _order_doubt(source, seconds, slices, numbers)
            if doubt is None:
                trusted_more = list(_READERS)[: list(_READERS).index(source)]
                skipped = _stated({better: doubts[better] for better in trusted_more})
                return ResolvedTimes(seconds - seconds.min(), source, skipped)
            doubts[source] = doubt
    stated = _stated(doubts)
    why = f" ({', '.join(stated)})" if stated else ""
    raise SeriesError(
        f"The headers hold no usable acquisition times{why}",
        "give the seconds between frames with --interval or a times file with --times",
    )


def follows_numbering(
    seconds: Seconds, slices: NDArray[np.integer[Any]], numbers: NDArray[np.integer[Any]]
) -> bool:
    """Return whether the times of each slice rise, or fall, along with how the headers number its images."""
    for index in np.unique(slices):
        of_slice = np.flatnonzero(slices == index)
        steps = np.diff(seconds[of_slice[np.argsort(numbers[of_slice], kind="stable")]])
        if not (np.all(steps >= -SAME_TIME) or np.all(steps <= SAME_TIME)):
            return False
    return True


def _stated(doubts: Mapping[TimeSource, _Doubt]) -> tuple[str, ...]:
    return tuple(f"{source} {doubt.reason}" for source, doubt in doubts.items() if doubt.is_present)


def _doubt(seconds: Seconds, slices: NDArray[np.integer[Any]], allowed_repeats: float) -> _Doubt | None:
    known = np.isfinite(seconds)
    if not known.any():
        return _Doubt("is absent", is_present=False)
    if not known.all():
        return _Doubt(f"is missing in {np.count_nonzero(~known)} of {len(seconds)} images")
    per_slice = [seconds[slices == index] for index in np.unique(slices)]
    distinct = [_count_distinct(times) for times in per_slice]
    if max(distinct) < MIN_DISTINCT_TIMES:
        return _Doubt("does not change from frame to frame")
    repeats = sum(len(times) for times in per_slice) - sum(distinct)
    if repeats > allowed_repeats * len(seconds):
        return _Doubt(f"repeats itself in {repeats} of {len(seconds)} images")
    span = float(np.ptp(seconds))
    if not SHORTEST_SCAN <= span <= LONGEST_SCAN:
        return _Doubt(f"spans {span:.1f} s where {SHORTEST_SCAN:.0f} to {LONGEST_SCAN:.0f} s are plausible")
    return None


def _order_doubt(
    source: TimeSource,
    seconds: Seconds,
    slices: NDArray[np.integer[Any]],
    numbers: NDArray[np.integer[Any]] | None,
) -> _Doubt | None:
    """Hold times that say when an image was made, not when it was acquired, against the numbering."""
    if numbers is None or source not in _TIMES_OF_MAKING or follows_numbering(seconds, slices, numbers):
        return None
    return _Doubt("does not follow the numbering of the images")


def _count_distinct(times: Seconds) -> int:
    return 1 + int(np.count_nonzero(np.diff(np.sort(times)) > SAME_TIME))


def _clock_seconds(dates: Sequence[str], times: Sequence[str]) -> Seconds:
    """Combine dates and times of day; where dates are invalid or lag behind, midnight is unwrapped.

    A perfusion scan lasts minutes: times more than half a day apart have midnight between them.
    """
    seconds = _array(seconds_of_day(text) for text in times)
    days = _array(day_number(text) for text in dates)
    if not np.isfinite(days).all():
        days = np.zeros_like(seconds)
    dated = seconds + days * SECONDS_PER_DAY
    if np.ptp(days) <= 1 and np.isfinite(seconds).any() and _span(dated) > SECONDS_PER_DAY / 2:
        return np.where(seconds < SECONDS_PER_DAY / 2, seconds + SECONDS_PER_DAY, seconds)
    return dated


def _span(seconds: Seconds) -> float:
    return float(np.nanmax(seconds) - np.nanmin(seconds))


def _array(values: Any) -> Seconds:
    return np.array([np.nan if value is None else value for value in values], dtype=np.float64)


def _clocks(records: Sequence[ImageRecord]) -> list[ImageClock]:
    return [record.clock for record in records]


def _datetime_seconds(texts: Iterable[str]) -> Seconds:
    parts = [date_and_time(text) for text in texts]
    return _clock_seconds([day for day, _ in parts], [time for _, time in parts])


def _frame_acquisition_datetime(records: Sequence[ImageRecord]) -> Seconds:
    return _datetime_seconds(clock.frame_acquisition_datetime for clock in _clocks(records))


def _acquisition_datetime(records: Sequence[ImageRecord]) -> Seconds:
    return _datetime_seconds(clock.acquisition_datetime for clock in _clocks(records))


def _acquisition_time(records: Sequence[ImageRecord]) -> Seconds:
    clocks = _clocks(records)
    return _clock_seconds(
        [clock.acquisition_date for clock in clocks], [clock.acquisition_time for clock in clocks]
    )


def _ge_midscan_time(records: Sequence[ImageRecord]) -> Seconds:
    return _array(clock.ge_midscan_time for clock in _clocks(records))


def _content_time(records: Sequence[ImageRecord]) -> Seconds:
    """Return content times; in a derived image they say when it was computed, so they are not times there."""
    clocks = _clocks(records)
    seconds = _clock_seconds(
        [clock.content_date for clock in clocks], [clock.content_time for clock in clocks]
    )
    return np.where([record.is_original for record in records], seconds, np.nan)


def _trigger_time(records: Sequence[ImageRecord]) -> Seconds:
    return _array(clock.trigger_time for clock in _clocks(records)) / 1000.0


_READERS: Mapping[TimeSource, _Reader] = MappingProxyType(
    {
        TimeSource.TEMPORAL_POSITION: _frame_acquisition_datetime,
        TimeSource.ACQUISITION_DATETIME: _acquisition_datetime,
        TimeSource.ACQUISITION_TIME: _acquisition_time,
        TimeSource.GE_MIDSCAN_TIME: _ge_midscan_time,
        TimeSource.CONTENT_TIME: _content_time,
        TimeSource.TRIGGER_TIME: _trigger_time,
    }
)
"""The sources in the order in which they are trusted."""

_TIMES_OF_MAKING = frozenset({TimeSource.CONTENT_TIME, TimeSource.TRIGGER_TIME})
