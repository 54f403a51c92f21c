"""Which frames can be looked at at all: finite values and a head."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...parallel import for_each_chunk
from ...progress import ProgressCallback
from ...series import PerfusionSeries
from .rejection import RejectionReason
from .table_positions import Indices

AIR_LIMIT = -200.0
"""HU above which a voxel is not air."""

STRIDE = 4
"""Every fourth row and column tells how much of a frame is head."""

SMALLEST_HEAD = 0.01
"""Share of a frame's voxels that must not be air."""

LEAST_OF_TYPICAL = 0.5
"""Share of the solid voxels of the median frame that each frame must have."""


def screen_frames(
    series: PerfusionSeries, positions: tuple[Indices, ...], on_progress: ProgressCallback
) -> dict[int, RejectionReason]:
    """Return the frames that no registration should see, with the reason.

    A frame is out when one of its table positions is.
    """
    is_finite = np.ones(series.n_frames, dtype=bool)
    solid = np.zeros((series.n_frames, len(positions)))

    def look_at(frame: int) -> None:
        is_finite[frame] = _is_finite(series.voxels[frame])
        sparse = series.voxels[frame][:, ::STRIDE, ::STRIDE]
        solid[frame] = [np.mean(sparse[slices] > AIR_LIMIT) for slices in positions]

    for_each_chunk(look_at, range(series.n_frames), on_progress)
    has_head = solid >= SMALLEST_HEAD
    for position in range(len(positions)):
        shown = solid[has_head[:, position], position]
        typical = np.median(shown) if len(shown) else 0.0
        has_head[:, position] &= solid[:, position] >= LEAST_OF_TYPICAL * typical
    rejected = {int(frame): RejectionReason.NO_HEAD for frame in np.flatnonzero(~has_head.all(axis=1))}
    return rejected | {int(frame): RejectionReason.NOT_FINITE for frame in np.flatnonzero(~is_finite)}


def _is_finite(frame: NDArray[Any]) -> bool:
    # One sum per slice is quicker than a flag per voxel; sums of HU cannot overflow.
    return frame.dtype.kind != "f" or bool(np.isfinite(frame.sum(axis=(1, 2), dtype=np.float64)).all())
