"""What is done about images that are missing from frames: dropped, filled in, or refused."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..errors import SeriesError
from ..series import Finding, Severity
from .frame_table import MISSING, FrameTable

_MAX_DROPPED_AT_END = 2
"""Incomplete frames at the start, and at the end, that are left out: scans are cut off there."""

_MAX_FILLED_FRACTION = 0.02
"""Part of the images that may be filled in from their neighbours in time."""

_MIN_FILLED_COUNT = 2
"""Images that may be filled in however small the study is."""

_NAMED_IMAGES = 3
"""Missing images that a message names."""


@dataclass(frozen=True, eq=False)
class CompleteTable:
    """A frame table in which every cell has a time, and every missing image has both neighbours in time.

    Attributes
    ----------
    table : FrameTable
    kept_frames : ndarray of int
        Which frames of the original table are left.
    findings : tuple of Finding
    """

    table: FrameTable
    kept_frames: NDArray[np.intp]
    findings: tuple[Finding, ...]

    @property
    def filled(self) -> list[tuple[int, int]]:
        """The (frame, slice) pairs to interpolate from frames just before and after."""
        return [(int(frame), int(index)) for frame, index in np.argwhere(self.table.images == MISSING)]


def complete(table: FrameTable, positions: NDArray[np.float64]) -> CompleteTable:
    """Leave out frames cut off at either end and give missing images inside the scan a time.

    Parameters
    ----------
    table : FrameTable
        With times.
    positions : ndarray, shape (Z,)
        Slice positions in mm, for messages.

    Raises
    ------
    SeriesError
        If too much is missing; the sentence names position and time.
    """
    kept = _frames_without_cut_ends(table, positions)
    images, times = table.images[kept], table.times[kept]
    findings = []
    n_dropped = len(table.images) - len(kept)
    if n_dropped:
        findings.append(
            Finding(
                "incomplete_frames",
                Severity.WARNING,
                f"{n_dropped} incomplete frame{'s' if n_dropped > 1 else ''} at the start or end of the scan "
                f"{'were' if n_dropped > 1 else 'was'} left out.",
                "Nothing, unless the scan ends too early.",
                value=float(n_dropped),
                limit=float(2 * _MAX_DROPPED_AT_END),
            )
        )
    missing = np.argwhere(images == MISSING)
    if len(missing):
        names = _names(missing, times, positions)
        _refuse_unless_isolated(images, missing, names)
        findings.append(
            Finding(
                "missing_slices",
                Severity.WARNING,
                f"{len(missing)} missing image{'s were' if len(missing) > 1 else ' was'} interpolated from "
                f"the frames before and after: {names}.",
                "Export the study again if it is complete on the scanner.",
                value=float(len(missing)),
                limit=_fill_limit(images),
            )
        )
        times = _with_missing_times(images, times)
    return CompleteTable(FrameTable(images, times), kept, tuple(findings))


def _frames_without_cut_ends(table: FrameTable, positions: NDArray[np.float64]) -> NDArray[np.intp]:
    whole = np.flatnonzero(np.all(table.images != MISSING, axis=1))
    n_frames = len(table.images)
    if not whole.size:
        names = _names(np.argwhere(table.images == MISSING), table.times, positions)
        raise _too_much_missing(names, "no frame is complete")
    n_before, n_after = int(whole[0]), n_frames - 1 - int(whole[-1])
    if max(n_before, n_after) > _MAX_DROPPED_AT_END:
        cut = np.arange(n_frames) < whole[0] if n_before >= n_after else np.arange(n_frames) > whole[-1]
        names = _names(np.argwhere((table.images == MISSING) & cut[:, None]), table.times, positions)
        raise _too_much_missing(names, f"the {max(n_before, n_after)} frames at one end are incomplete")
    return np.arange(whole[0], whole[-1] + 1)


def _refuse_unless_isolated(images: NDArray[np.intp], missing: NDArray[np.intp], names: str) -> None:
    if len(missing) > _fill_limit(images):
        raise _too_much_missing(names, f"{len(missing)} of {images.size} images are missing")
    for frame, index in missing:
        if MISSING in (images[frame - 1, index], images[frame + 1, index]):
            raise _too_much_missing(names, "an image and its neighbour in time are both missing")


def _fill_limit(images: NDArray[np.intp]) -> float:
    return float(max(_MIN_FILLED_COUNT, int(_MAX_FILLED_FRACTION * images.size)))


def _with_missing_times(images: NDArray[np.intp], times: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give missing images the time of the nearest slice in their frame, between their neighbours' times."""
    filled = times.copy()
    for frame, index in np.argwhere(images == MISSING):
        present = np.flatnonzero(images[frame] != MISSING)
        nearest = present[np.argmin(np.abs(present - index))]
        before, after = times[frame - 1, index], times[frame + 1, index]
        margin = 0.1 * (after - before)
        filled[frame, index] = np.clip(times[frame, nearest], before + margin, after - margin)
    return filled


def _names(missing: NDArray[np.intp], times: NDArray[np.float64], positions: NDArray[np.float64]) -> str:
    """Name missing images by position and by the time of their frame."""
    named = [
        f"slice at {positions[index]:.1f} mm, {_frame_time(times, frame):.1f} s"
        for frame, index in missing[:_NAMED_IMAGES]
    ]
    return "; ".join(_with_ellipsis(named, len(missing)))


def _with_ellipsis(named: list[str], count: int) -> Iterable[str]:
    return named if count <= len(named) else [*named, f"and {count - len(named)} more"]


def _frame_time(times: NDArray[np.float64], frame: int) -> float:
    return float(np.nanmean(times[frame]))


def _too_much_missing(names: str, what: str) -> SeriesError:
    return SeriesError(
        f"Too many images are missing from the series: {what} (first: {names})",
        "export the study again with all of its images",
    )
