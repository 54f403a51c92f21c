"""Which frames can be looked at at all: finite values, a head and no slice missing."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...parallel import for_each_chunk
from ...progress import ProgressCallback, ignore_progress
from ...series import PerfusionSeries
from .rejection import Rejection, RejectionReason
from .table_positions import Indices, table_positions

AIR_LIMIT = -200.0
"""HU above which a voxel is not air."""

STRIDE = 4
"""Every fourth row and column tells how much of a frame is head."""

SMALLEST_HEAD = 0.01
"""Share of a frame's voxels that must not be air."""

LEAST_OF_TYPICAL = 0.5
"""Share of the solid voxels of the median frame that each frame must have."""


LEAST_OF_SLICE = 0.1
"""Share of its solid voxels in the median frame below which a slice is blank."""

LARGE_SLICE = 0.5
"""Share of the largest slice's solid voxels from which on no movement can take a slice out of the head."""


def unusable_frames(series: PerfusionSeries) -> tuple[Rejection, ...]:
    """Return the frames that show no head, lack a slice or hold values that are not finite.

    Parameters
    ----------
    series : PerfusionSeries
    """
    rejected = screen_frames(series, table_positions(series.times, series.n_slices), ignore_progress)
    return tuple(Rejection(frame, rejected[frame]) for frame in sorted(rejected))


def screen_frames(
    series: PerfusionSeries, positions: tuple[Indices, ...], on_progress: ProgressCallback
) -> dict[int, RejectionReason]:
    """Return the frames that no registration should see, with the reason.

    A frame is out when one of its table positions is.
    """
    is_finite = np.ones(series.n_frames, dtype=bool)
    solid = np.zeros((series.n_frames, series.n_slices))
    varies = np.zeros(solid.shape, dtype=bool)

    def look_at(frame: int) -> None:
        is_finite[frame] = _is_finite(series.voxels[frame])
        sparse = series.voxels[frame][:, ::STRIDE, ::STRIDE]
        solid[frame] = (sparse > AIR_LIMIT).mean(axis=(1, 2))
        varies[frame] = sparse.max(axis=(1, 2)) > sparse.min(axis=(1, 2))

    for_each_chunk(look_at, range(series.n_frames), on_progress)
    shows_head = np.all([_shows_head(solid[:, slices].mean(axis=1)) for slices in positions], axis=0)
    has_blank = _has_blank_slice(solid, varies, shows_head)
    return (
        _each(has_blank, RejectionReason.BLANK_SLICE)
        | _each(~shows_head, RejectionReason.NO_HEAD)
        | _each(~is_finite, RejectionReason.NOT_FINITE)
    )


def _shows_head(solid: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return which frames show a head as large as most do, from the share of solid voxels of each."""
    shows = solid >= SMALLEST_HEAD
    return np.asarray(shows & (solid >= LEAST_OF_TYPICAL * (np.median(solid[shows]) if shows.any() else 0.0)))


def _has_blank_slice(
    solid: NDArray[np.float64], varies: NDArray[np.bool_], shows_head: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """Return which frames lack a slice, shape (T,), that others show in the middle of the head.

    `solid` and `varies`, shape (T, Z), tell the share of solid voxels and whether there are several values.
    """
    if not shows_head.any():
        return ~shows_head
    typical = np.median(solid[shows_head] * varies[shows_head], axis=0)
    is_large = typical >= LARGE_SLICE * typical.max()
    is_blank = ~varies | (solid < LEAST_OF_SLICE * typical)
    return np.asarray((is_blank & is_large).any(axis=1))


def _each(frames: NDArray[np.bool_], reason: RejectionReason) -> dict[int, RejectionReason]:
    return {int(frame): reason for frame in np.flatnonzero(frames)}


def _is_finite(frame: NDArray[Any]) -> bool:
    # One sum per slice is quicker than a flag per voxel; sums of HU cannot overflow.
    return frame.dtype.kind != "f" or bool(np.isfinite(frame.sum(axis=(1, 2), dtype=np.float64)).all())
