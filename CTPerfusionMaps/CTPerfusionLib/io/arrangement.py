"""Images in their frames and slices, each with its time."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import SeriesError
from ..series import Finding, Severity, TimeSource
from .frame_table import MISSING, FrameTable, arrange_by_number, arrange_by_time
from .numbering import FrameNumbering, frame_numbering
from .records import ImageRecord
from .time_resolver import SAME_TIME, ResolvedTimes, follows_numbering, resolve_times
from .user_times import UserTimes


@dataclass(frozen=True, eq=False)
class Arrangement:
    """Images of one scan, arranged.

    Attributes
    ----------
    table : FrameTable
        Indices into the images that were arranged; each has a time.
    source : TimeSource
    repeats : tuple of (int, int)
        Images that show the same slice at the same time as another one: (index, index of the other).
    findings : tuple of Finding
    """

    table: FrameTable
    source: TimeSource
    repeats: tuple[tuple[int, int], ...]
    findings: tuple[Finding, ...]


def arrange(
    images: Sequence[ImageRecord], slices: NDArray[np.integer[Any]], given: UserTimes | None
) -> Arrangement:
    """Arrange the images of one scan by frame and slice.

    Parameters
    ----------
    images : sequence of ImageRecord
        Without copies of the same image.
    slices : ndarray, shape (N,)
        Slice index of each image.
    given : UserTimes or None
        Times that take precedence over those of the headers.

    Raises
    ------
    SeriesError
        If there are no usable times, or the images cannot be arranged without doubt.
    """
    numbering = frame_numbering(images, slices)
    numbers = None if numbering is None else numbering.numbers
    if given is None:
        resolved = resolve_times(images, slices, numbers)
        table, repeats = _arrange_by_time(slices, resolved.seconds)
        return Arrangement(table, resolved.source, repeats, _source_findings(resolved, slices, numbering))
    try:
        resolved = resolve_times(images, slices, numbers)
    except SeriesError:
        table, repeats = _arrange_by_number(slices, numbering), ()
        finding = given.finding(None)
    else:
        table, repeats = _arrange_by_time(slices, resolved.seconds)
        finding = given.finding(table.times)
    return Arrangement(_with_times(table, given), given.source, repeats, (finding,))


def _arrange_by_time(
    slices: NDArray[np.integer[Any]], seconds: NDArray[np.float64]
) -> tuple[FrameTable, tuple[tuple[int, int], ...]]:
    """Arrange the first image of each slice and time; return the table and what repeats these images."""
    first_of = _first_at_same_time(slices, seconds)
    is_first = first_of == np.arange(len(slices))
    kept, repeats = np.flatnonzero(is_first), np.flatnonzero(~is_first)
    table = arrange_by_time(slices[kept], seconds[kept])
    images = np.where(table.images == MISSING, MISSING, kept[table.images])
    return FrameTable(images, table.times), tuple(
        zip(repeats.tolist(), first_of[repeats].tolist(), strict=True)
    )


def _arrange_by_number(slices: NDArray[np.integer[Any]], numbering: FrameNumbering | None) -> FrameTable:
    if numbering is None:
        raise SeriesError(
            "The headers say neither when the images were acquired nor in which order",
            "export the original images of the scan",
        )
    return arrange_by_number(slices, numbering)


def _first_at_same_time(slices: NDArray[np.integer[Any]], seconds: NDArray[np.float64]) -> NDArray[np.intp]:
    """Return for each image the first one of its slice at its time: mostly itself."""
    order = np.lexsort((seconds, slices))
    is_new = np.ones(len(order), dtype=bool)
    is_new[1:] = (np.diff(slices[order]) != 0) | (np.diff(seconds[order]) > SAME_TIME)
    first_of = np.empty(len(order), dtype=np.intp)
    first_of[order] = order[np.maximum.accumulate(np.where(is_new, np.arange(len(order)), 0))]
    return first_of


def _with_times(table: FrameTable, given: UserTimes) -> FrameTable:
    times = given.for_frames(*table.images.shape)
    return FrameTable(table.images, np.broadcast_to(times.reshape(len(times), -1), table.images.shape).copy())


def _source_findings(
    resolved: ResolvedTimes, slices: NDArray[np.integer[Any]], numbering: FrameNumbering | None
) -> tuple[Finding, ...]:
    findings = []
    if resolved.skipped:
        findings.append(
            Finding(
                "time_source",
                Severity.INFO,
                f"Times were taken from {resolved.source}, since {' and '.join(resolved.skipped)}.",
                "Give the times with --times or --interval if these are wrong.",
            )
        )
    if numbering is not None and not follows_numbering(resolved.seconds, slices, numbering.numbers):
        findings.append(
            Finding(
                "frame_order",
                Severity.WARNING,
                f"{resolved.source} and {numbering.name} put the frames in different orders; "
                f"the order of {resolved.source} was used.",
                "Check the time curves of the arteries.",
            )
        )
    return tuple(findings)
