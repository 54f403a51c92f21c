"""When images were taken, from the header of one of them and the times of the series."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from ..io.dicom_elements import element_text, nested_datasets
from ..io.time_values import date_and_time, day_number, seconds_of_day

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

_ANY_DAY = datetime(2000, 1, 1)
_SECOND_BEST = ("Acquisition", "Series", "Study", "Content")
"""Whose date and time stand in where the image does not say when it was acquired, the nearest first."""


@dataclass(frozen=True)
class AcquisitionClock:
    """Turns the seconds of a series into dates and times of day.

    Attributes
    ----------
    start : datetime
        When the time of the series was 0.
    is_dated : bool
        Whether the day is known; if not, only times of day are written.
    """

    start: datetime
    is_dated: bool

    def attributes(self, seconds: float) -> dict[str, str]:
        """Return the attributes that say when an image was acquired."""
        moment = self.start + timedelta(microseconds=round(1e6 * seconds))
        time = f"{moment:%H%M%S.%f}"
        if not self.is_dated:
            return {"AcquisitionTime": time}
        day = f"{moment:%Y%m%d}"
        return {"AcquisitionDate": day, "AcquisitionTime": time, "AcquisitionDateTime": day + time}


def acquisition_clock(header: Dataset, frame_number: int | None, seconds: float) -> AcquisitionClock:
    """Return the clock of a series.

    Parameters
    ----------
    header : Dataset
        Of one source image.
    frame_number : int or None
        Its frame in a multi-frame file, counted from 1.
    seconds : float
        Its time in the series.
    """
    stated = [*_date_times(header, frame_number), *_dates_and_times(header)]
    days = [day for date, _ in stated if (day := day_number(date)) is not None]
    times = [second for _, time in stated if (second := seconds_of_day(time)) is not None]
    start = datetime.fromordinal(days[0]) if days else _ANY_DAY
    since_midnight = times[0] if times else 0.0
    return AcquisitionClock(start + timedelta(seconds=since_midnight - seconds), is_dated=bool(days))


def _date_times(header: Dataset, frame_number: int | None) -> list[tuple[str, str]]:
    texts = [element_text(header, "AcquisitionDateTime")]
    if frame_number is not None:
        groups = nested_datasets(header, "PerFrameFunctionalGroupsSequence")
        for content in nested_datasets(groups[frame_number - 1], "FrameContentSequence"):
            texts.insert(0, element_text(content, "FrameAcquisitionDateTime"))
    return [date_and_time(text) for text in texts]


def _dates_and_times(header: Dataset) -> list[tuple[str, str]]:
    return [
        (element_text(header, f"{whose}Date"), element_text(header, f"{whose}Time")) for whose in _SECOND_BEST
    ]
