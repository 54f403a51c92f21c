"""The times of a Slicer sequence, be it in a file or in a scene: one resolver for both.

A sequence that this library made has the time as its index, and the times of slices that differ with each
frame. One that Slicer made from DICOM has the frame number as its index, without a unit; its times stand in
the attribute ``MultiVolume.FrameLabels``, in the unit that ``MultiVolume.FrameIdentifyingDICOMTagUnits``
names.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from ..series import TimeSource

SLICE_TIMES_ATTRIBUTE = "CTPerfusion.SliceTimes"
"""Of a frame: its exact time in seconds, or those of its slices, separated by commas."""

_FRAME_LABELS = "MultiVolume.FrameLabels"
_FRAME_LABEL_UNITS = "MultiVolume.FrameIdentifyingDICOMTagUnits"

_SECONDS_PER_UNIT: Mapping[str, float] = MappingProxyType(
    {"s": 1.0, "sec": 1.0, "second": 1.0, "seconds": 1.0, "ms": 1e-3, "msec": 1e-3, "milliseconds": 1e-3,
     "min": 60.0, "minutes": 60.0}
)  # fmt: skip

_INDEX_PRECISION = 1.5e-3
"""Seconds by which the index, written with three decimals, may differ from the mean of slice times."""


@dataclass(frozen=True)
class SequenceIndex:
    """What a sequence says about when its frames were acquired.

    Attributes
    ----------
    name, unit : str
        Of the index, as the sequence calls them.
    values : sequence of str
        The index of each frame.
    attributes : mapping of str to str
        Of the sequence.
    slice_times : sequence of str
        Of each frame, its `SLICE_TIMES_ATTRIBUTE`; empty strings where it has none.
    """

    name: str
    unit: str
    values: Sequence[str]
    attributes: Mapping[str, str]
    slice_times: Sequence[str]

    @property
    def words(self) -> str:
        """What the index is, for a message."""
        return f"named {self.name or 'nothing'!r} with unit {self.unit or 'none'!r}"


def sequence_times(
    index: SequenceIndex, n_frames: int, n_slices: int
) -> tuple[NDArray[np.float64] | None, TimeSource]:
    """Return the times in seconds from the first, shape (T,) or (T, Z), None where unknown, and their source.

    The index counts, where its unit is one of time: the user sees it and may correct it. The slice times of
    the frames refine it as long as they agree with it.
    """
    indexed = _scaled(index.values, index.unit)
    labels = index.attributes.get(_FRAME_LABELS, "").replace(",", " ").split()
    labelled = _scaled(labels, index.attributes.get(_FRAME_LABEL_UNITS, ""))
    for times, source in ((indexed, TimeSource.SEQUENCE_INDEX), (labelled, TimeSource.FRAME_LABELS)):
        if times is not None and len(times) == n_frames and np.all(np.diff(times) > 0):
            refined = _by_slice(index.slice_times, times, n_slices)
            return np.asarray(refined - refined.min()), source
    return None, TimeSource.SEQUENCE_INDEX


def slice_times_text(times: NDArray[np.float64]) -> str:
    """Return the time of one frame, shape () or (Z,), as its `SLICE_TIMES_ATTRIBUTE`, without loss."""
    return ",".join(repr(float(time)) for time in np.atleast_1d(times))


def _by_slice(texts: Sequence[str], times: NDArray[np.float64], n_slices: int) -> NDArray[np.float64]:
    try:
        exact = np.array([[float(time) for time in text.split(",")] for text in texts])
    except ValueError:  # some frames have none, or not the same number
        return times
    if exact.shape not in ((len(times), 1), (len(times), n_slices)) or not np.all(np.diff(exact, axis=0) > 0):
        return times
    agrees = np.abs(exact.mean(axis=1) - times).max() <= _INDEX_PRECISION
    return times if not agrees else exact[:, 0] if exact.shape[1] == 1 else exact


def _scaled(values: Sequence[str], unit: str) -> NDArray[np.float64] | None:
    scale = _SECONDS_PER_UNIT.get(unit.strip().lower())
    try:
        times = None if scale is None else np.array(values, dtype=np.float64) * scale
    except ValueError:
        return None
    return times if times is not None and times.size and np.isfinite(times).all() else None
