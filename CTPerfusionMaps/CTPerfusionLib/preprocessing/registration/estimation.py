"""The motion of a scan alone, without judging or resampling anything."""

import numpy as np

from ...progress import ProgressCallback, ignore_progress
from ...series import PerfusionSeries
from .alignment import motion_about
from .registration_methods import DEFAULT_REGISTRATION_METHOD, registration_method
from .rigid_fit import Matrix
from .table_positions import position_grid, share_of, table_positions


def estimate_motion(
    series: PerfusionSeries,
    *,
    method: str = DEFAULT_REGISTRATION_METHOD,
    reference: int = 0,
    seed: int = 0,
    on_progress: ProgressCallback = ignore_progress,
) -> Matrix:
    """Say where the head is in each frame relative to the reference frame, for any number of frames.

    Parameters
    ----------
    series : PerfusionSeries
        Finite values; a head in every frame.
    method : str
        One of `REGISTRATION_METHODS`.
    reference : int
    seed : int
        For the choice of sample points.
    on_progress : callable

    Returns
    -------
    ndarray, shape (P, T, 6)
        By the convention of :mod:`CTPerfusionLib.series.motion`, for each table position; NaN where no
        position was found.

    Raises
    ------
    ConfigurationError
        If there is no such method or its package is missing.
    """
    estimate = registration_method(method).estimate
    positions = table_positions(series.times, series.n_slices)
    motion = [
        motion_about(
            series,
            slices,
            estimate(
                series.voxels[:, slices[0] : slices[-1] + 1], position_grid(series.ijk_to_ras, slices),
                reference=reference, usable=np.ones(series.n_frames, dtype=bool), seed=seed,
                on_progress=share_of(on_progress, position, len(positions)),
            ),
        )
        for position, slices in enumerate(positions)
    ]  # fmt: skip
    return np.stack(motion)
