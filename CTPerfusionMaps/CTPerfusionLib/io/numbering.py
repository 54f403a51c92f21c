"""The order of frames as the headers number them, where times do not say it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .records import ImageRecord

_NUMBERS: Mapping[str, Callable[[ImageRecord], int | None]] = MappingProxyType(
    {
        "TemporalPosition": lambda record: record.temporal_position,
        "AcquisitionNumber": lambda record: record.acquisition_number,
        "InstanceNumber": lambda record: record.instance_number,
        "SeriesNumber": lambda record: record.series_number,
    }
)
"""In the order in which they are trusted; each counts only where it tells the images of a slice apart."""


@dataclass(frozen=True, eq=False)
class FrameNumbering:
    """What the headers number the images with.

    Attributes
    ----------
    name : str
        The DICOM attribute.
    numbers : ndarray of int, shape (N,)
        Different among the images of one slice, ascending in time.
    """

    name: str
    numbers: NDArray[np.int64]


def frame_numbering(
    records: Sequence[ImageRecord], slices: NDArray[np.integer[Any]]
) -> FrameNumbering | None:
    """Return the first numbering that tells the images of every slice apart, or None.

    Parameters
    ----------
    records : sequence of ImageRecord
    slices : ndarray, shape (N,)
        Slice index of each record.
    """
    for name, number_of in _NUMBERS.items():
        numbers = [number_of(record) for record in records]
        known = [number for number in numbers if number is not None]
        if len(known) < len(numbers):
            continue
        if len(set(zip(slices.tolist(), known, strict=True))) == len(known):
            return FrameNumbering(name, np.array(known, dtype=np.int64))
    return None
