"""Which image shows which slice in which frame."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import SeriesError
from .numbering import FrameNumbering

MISSING = -1

_FRAME_GAP = 0.25
"""Part of the interval that separates frames, and that one frame spans at most, if the table stands still."""

_MAX_UNCOUNTED_FRAMES = 0.1
"""Frames beyond those of the fullest slice, as a part of them, that missing images can explain."""

_MAX_MISALIGNMENT = 0.5
"""Part of the interval by which an image may miss the time that other slices let expect."""

_INCOMPLETE_REMEDY = "export the study again with all of its images"

Seconds = NDArray[np.float64]
Indices = NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class FrameTable:
    """Images arranged by frame and slice.

    Attributes
    ----------
    images : ndarray of int, shape (T, Z)
        Index of the image, `MISSING` where there is none.
    times : ndarray, shape (T, Z)
        Seconds; NaN where the image is missing or times are not known.
    """

    images: Indices
    times: Seconds


def arrange_by_time(slices: NDArray[np.integer[Any]], seconds: Seconds) -> FrameTable:
    """Arrange images into frames by their acquisition times.

    Images of a still table share the time of their frame. Where the table moves, the k-th image of every
    slice belongs to frame k; a slice that lacks images is aligned with the nearest complete one.

    Parameters
    ----------
    slices : ndarray, shape (N,)
        Slice index of each image, 0 to Z - 1.
    seconds : ndarray, shape (N,)
        Different among the images of one slice.

    Raises
    ------
    SeriesError
        If the images cannot be arranged into frames without doubt.
    """
    n_slices = int(slices.max()) + 1
    of_slice = [_sorted_by_time(np.flatnonzero(slices == index), seconds) for index in range(n_slices)]
    frame_of = _simultaneous_frames(slices, seconds)
    if frame_of is None:
        frame_of = np.empty(len(slices), dtype=np.intp)
        for images, frames in zip(of_slice, _aligned_frames([seconds[i] for i in of_slice]), strict=True):
            frame_of[images] = frames
    return _table(slices, frame_of, seconds)


def arrange_by_number(slices: NDArray[np.integer[Any]], numbering: FrameNumbering) -> FrameTable:
    """Arrange images into frames by how the headers number them, without times.

    Raises
    ------
    SeriesError
        If images are missing and the numbers do not say in which frames.
    """
    n_slices = int(slices.max()) + 1
    counts = np.bincount(slices)
    labels, frame_of = np.unique(numbering.numbers, return_inverse=True)
    if not _is_explained(len(labels), int(counts.max())):
        if counts.min() != counts.max():
            raise SeriesError(
                "Images are missing, and without acquisition times the headers do not say in which frames",
                _INCOMPLETE_REMEDY,
            )
        frame_of = np.empty(len(slices), dtype=np.intp)
        for index in range(n_slices):
            images = np.flatnonzero(slices == index)
            frame_of[images[np.argsort(numbering.numbers[images])]] = np.arange(len(images))
    return _table(slices, frame_of, np.full(len(slices), np.nan))


def _sorted_by_time(images: Indices, seconds: Seconds) -> Indices:
    return images[np.argsort(seconds[images], kind="stable")]


def _is_explained(n_frames: int, fullest: int) -> bool:
    return fullest <= n_frames <= fullest + max(2, _MAX_UNCOUNTED_FRAMES * fullest)


def _simultaneous_frames(slices: NDArray[np.integer[Any]], seconds: Seconds) -> Indices | None:
    """Return the frame of each image if the slices of a frame share its time, else None."""
    fullest = int(np.bincount(slices).max())
    order = np.argsort(seconds, kind="stable")
    apart = _FRAME_GAP * (seconds.max() - seconds.min()) / max(fullest - 1, 1)
    frame_of = np.empty(len(slices), dtype=np.intp)
    frame_of[order] = np.concatenate([[0], np.cumsum(np.diff(seconds[order]) > apart)])
    n_frames = int(frame_of.max()) + 1
    first, last = np.full(n_frames, np.inf), np.full(n_frames, -np.inf)
    np.minimum.at(first, frame_of, seconds)
    np.maximum.at(last, frame_of, seconds)
    is_unique = len(set(zip(frame_of.tolist(), slices.tolist(), strict=True))) == len(slices)
    is_still = bool(np.all(last - first <= apart))
    return frame_of if is_unique and is_still and _is_explained(n_frames, fullest) else None


def _aligned_frames(times: list[Seconds]) -> list[Indices]:
    """Return the frames of the images of each slice, given the ascending times of each.

    Slices that lack images are aligned one after another, those next to known slices first.
    """
    fullest = max(len(own) for own in times)
    interval = (max(own[-1] for own in times) - min(own[0] for own in times)) / max(fullest - 1, 1)
    frames = [np.arange(len(own)) for own in times]
    known = {index: own for index, own in enumerate(times) if len(own) == fullest}
    lacking = [index for index in range(len(times)) if index not in known]
    while lacking:
        index = min(lacking, key=lambda lacking: min(abs(lacking - other) for other in known))
        lacking.remove(index)
        alignment = min(
            (_align(times[index], expected) for expected in _expected_times(index, known)),
            key=lambda alignment: alignment.misfit,
        )
        if alignment.misfit > _MAX_MISALIGNMENT * interval:
            raise SeriesError(
                f"Images are missing, and their times do not say in which frames (slice {index + 1} has "
                f"{len(times[index])} images, others have {fullest})",
                _INCOMPLETE_REMEDY,
            )
        frames[index] = alignment.frames
        known[index] = alignment.times
    return frames


def _expected_times(index: int, known: dict[int, Seconds]) -> Iterator[Seconds]:
    """Yield possible times of a slice: those of the nearest known ones, and a line through both."""
    nearest, *others = sorted(known, key=lambda other: (abs(other - index), other))
    yield known[nearest]
    for other in others[:1]:
        yield known[other]
        yield known[nearest] + (known[nearest] - known[other]) * (index - nearest) / (nearest - other)


@dataclass(frozen=True, eq=False)
class _Alignment:
    """How the images of a slice fit frames: largest misfit in s, frame of each, and times of all frames."""

    misfit: float
    frames: Indices
    times: Seconds


def _align(times: Seconds, expected: Seconds) -> _Alignment:
    """Match ascending times one to one with those expected of all frames, up to a constant offset."""
    n_missing = len(expected) - len(times)
    lags = np.arange(n_missing + 1)
    offsets = np.concatenate([times[0] - expected[lags], times[-1] - expected[len(times) - 1 + lags]])
    alignments = []
    for offset in sorted(offsets.tolist(), key=abs):
        shifted = expected + offset
        frames = _cheapest_matches(np.abs(times[:, None] - shifted[None, :]), n_missing)
        misfit = float(np.abs(times - shifted[frames]).max())
        shifted[frames] = times
        alignments.append(_Alignment(misfit, frames, shifted))
    return min(alignments, key=lambda alignment: alignment.misfit)


def _cheapest_matches(cost: Seconds, n_missing: int) -> Indices:
    """Return the strictly ascending columns, one per row, that have the least total cost.

    Row i can only take columns i to i + n_missing, so dynamic programming runs over the lag.
    """
    n_rows = len(cost)
    lags = np.arange(n_missing + 1)
    total = np.zeros(n_missing + 1)
    previous = np.zeros((n_rows, n_missing + 1), dtype=np.intp)
    for row in range(n_rows):
        cheapest = np.minimum.accumulate(total)
        previous[row] = np.maximum.accumulate(np.where(total == cheapest, lags, 0))
        total = cheapest + cost[row, row + lags]
    lag = int(np.argmin(total))
    matches = np.empty(n_rows, dtype=np.intp)
    for row in range(n_rows - 1, -1, -1):
        matches[row] = row + lag
        lag = int(previous[row, lag])
    return matches


def _table(slices: NDArray[np.integer[Any]], frame_of: Indices, seconds: Seconds) -> FrameTable:
    shape = int(frame_of.max()) + 1, int(slices.max()) + 1
    images = np.full(shape, MISSING, dtype=np.intp)
    times = np.full(shape, np.nan)
    images[frame_of, slices] = np.arange(len(slices))
    times[frame_of, slices] = seconds
    return FrameTable(images, times)
