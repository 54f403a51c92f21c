"""The residual motion of all frames of a series, in mm."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...parallel import for_each_chunk
from ...progress import ProgressCallback, ignore_progress, part_of
from ...series import PerfusionSeries
from .frame_screening import screen_frames
from .residual_judge import FrameResidual, ResidualJudge
from .rigid_fit import Matrix
from .table_positions import position_grid, share_of, table_positions

SMEAR_TO_SQUARE = 7.0
"""Mean square displacement of the head over that across its edges, which show one direction of three and
saturate at the width of an edge; from averages of two frames of head phantoms."""

SMEAR_SCATTER = 0.2
"""mm^2; smears of this size differ from frame to frame without movement and count for less."""

SMEAR_AT_REST = (0.2, 0.5)
"""mm^2; limits of the smear without movement, which comes from voxels: 0.1 in clinical ones, 0.3 in 2 mm."""


def residual_motion(
    series: PerfusionSeries,
    *,
    reference: int = 0,
    seed: int = 0,
    on_progress: ProgressCallback = ignore_progress,
) -> NDArray[np.float64]:
    """Measure how far the head is from where the reference frame shows it, in a series as it is.

    Parameters
    ----------
    series : PerfusionSeries
        Registered or not.
    reference : int
    seed : int
        For the choice of edge points.
    on_progress : callable

    Returns
    -------
    ndarray of float64, shape (T,)
        mm, the largest over the table positions; NaN for frames that show no head.

    Raises
    ------
    ValueError
        If there is no frame `reference`.
    """
    if not 0 <= reference < series.n_frames:
        raise ValueError(f"reference must be a frame from 0 to {series.n_frames - 1}, got {reference}")
    positions = table_positions(series.times, series.n_slices)
    is_usable = np.ones(series.n_frames, dtype=bool)
    is_usable[list(screen_frames(series, positions, part_of(on_progress, 0.0, 0.1)))] = False
    if not is_usable[reference]:
        return np.full(series.n_frames, np.nan)
    at_rest = np.tile(np.eye(4), (series.n_frames, 1, 1))
    parts = [
        judge_position(
            series.voxels[:, slices[0] : slices[-1] + 1], position_grid(series.ijk_to_ras, slices), at_rest,
            reference=reference, judged=is_usable, seed=seed, from_afar=True,
            on_progress=share_of(part_of(on_progress, 0.1, 1.0), n, len(positions)),
        )
        for n, slices in enumerate(positions)
    ]  # fmt: skip
    on_progress(1.0)
    return np.asarray(np.max([residual_mm(part) for part in parts], axis=0))


def judge_position(
    frames: NDArray[Any],
    ijk_to_ras: Matrix,
    matrices: Matrix,
    *,
    reference: int,
    judged: NDArray[np.bool_],
    seed: int,
    from_afar: bool = False,
    on_progress: ProgressCallback,
) -> list[FrameResidual | None]:
    """Judge the frames of one table position, shape (T, Z, Y, X); None for those that are not `judged`.

    `matrices`, shape (T, 4, 4), say where the head is taken to be, as in `MotionEstimate`.
    """
    judge = ResidualJudge(frames[reference], ijk_to_ras, np.random.default_rng([seed, 1]))
    residuals: list[FrameResidual | None] = [None] * len(frames)

    def look_at(frame: int) -> None:
        residuals[frame] = judge(frames[frame], matrices[frame], from_afar=from_afar)

    if judge.is_able:
        for_each_chunk(look_at, [int(frame) for frame in np.flatnonzero(judged)], on_progress)
    return residuals


def residual_mm(residuals: list[FrameResidual | None]) -> NDArray[np.float64]:
    """Put the parts of each frame's residual together, shape (T,) in mm; NaN where there is none.

    Voxels smear every frame that moved by a fraction of one. What most frames of a series share is therefore
    taken for no movement within an exposure, within `SMEAR_AT_REST`.
    """
    known = [residual for residual in residuals if residual is not None]
    if not known:
        return np.full(len(residuals), np.nan)
    at_rest = float(np.clip(np.median([residual.smear for residual in known]), *SMEAR_AT_REST))
    return np.array([np.nan if residual is None else _total(residual, at_rest) for residual in residuals])


def _total(residual: FrameResidual, at_rest: float) -> float:
    smear = max(residual.smear - at_rest, -residual.smear, 0.0)
    across = SMEAR_TO_SQUARE * smear**2 / (smear + SMEAR_SCATTER)
    return float(np.sqrt(residual.position**2 + residual.regional**2 + across))
