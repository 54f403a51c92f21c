"""Frames put onto the reference frame, and where the scan covers it."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...parallel import for_each_chunk
from ...progress import ProgressCallback
from ...series import PerfusionSeries, grid_centre, motion_matrix
from .rigid_fit import HEAD_RADIUS, Matrix
from .table_positions import Indices, position_grid

STILL = 0.07
"""mm; a frame in which no part of the skull has moved farther stays as it is.

That is about the error of the fit, and a seventh of a clinical pixel: resampling would cost sharpness and
even out noise for nothing.
"""

COARSE_PIXEL = 0.8
"""mm; larger pixels are interpolated along a spline in the plane too: a linear blend would be too soft."""

EXCHANGE = 0.25
"""Of a slice: how far an end slice may move along the body before unknown anatomy shows in it."""

COVERED_PERCENT = 90
"""A voxel is valid when at least this share of the used frames has imaged it."""


def resample_frames(
    series: PerfusionSeries,
    positions: tuple[Indices, ...],
    motion: Matrix,
    used: NDArray[np.bool_],
    reference: int,
    on_progress: ProgressCallback,
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Bring the used frames to the position of the reference frame.

    Parameters
    ----------
    series : PerfusionSeries
    positions : tuple of ndarray
        The slices of each table position, each resampled on its own.
    motion : ndarray, shape (P, T, 6)
    used : ndarray of bool, shape (T,)
    reference : int
    on_progress : callable

    Returns
    -------
    registered : ndarray of float32, shape (T_used, Z, Y, X)
        HU.
    valid : ndarray of bool, shape (Z, Y, X)
    """
    from .kernels.resampling import bend_in_plane, count_covered, near_bone_or_air, resample, soft_tissue

    frames = np.flatnonzero(used)
    registered = np.empty((len(frames), *series.shape), dtype=np.float32)
    covered = np.zeros(series.shape, dtype=np.int16)
    parts = [slice(int(slices[0]), int(slices[-1]) + 1) for slices in positions]
    splines = [_second_derivatives(len(slices)) for slices in positions]
    hard = near_bone_or_air(series.voxels[reference])
    _, rows, columns = series.shape
    is_coarse = max(series.spacing[:2]) > COARSE_PIXEL
    in_plane = (_second_derivatives(rows), _second_derivatives(columns)) if is_coarse else None
    to_voxels = np.stack(
        [_to_voxels(series, slices, motion[p, frames]) for p, slices in enumerate(positions)]
    )

    def put_in_place(index: int) -> None:
        for position, part in enumerate(parts):
            source, target = series.voxels[frames[index], part], registered[index, part]
            if is_still(motion[position, frames[index]]):
                target[...] = source
            else:
                source = np.ascontiguousarray(source)
                soft = soft_tissue(source, hard[part], _inverse(to_voxels[position, index]))
                curvature = np.tensordot(splines[position], soft, axes=1)
                resample(source, curvature, to_voxels[position, index], target)
                if in_plane is not None:
                    along_rows, along_columns = in_plane[0] @ soft, soft @ in_plane[1].T
                    bend_in_plane(along_columns, along_rows, to_voxels[position, index], target)

    for_each_chunk(put_in_place, range(len(frames)), on_progress)
    for position, part in enumerate(parts):
        count_covered(to_voxels[position], covered[part])
    return registered, 100 * covered.astype(int) >= COVERED_PERCENT * len(frames)


def _inverse(to_voxels: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the (3, 4) map back."""
    matrix = np.vstack([to_voxels, [0.0, 0.0, 0.0, 1.0]])
    return np.asarray(np.linalg.inv(matrix)[:3], dtype=np.float32)


def exchanged_slices(
    series: PerfusionSeries, positions: tuple[Indices, ...], motion: Matrix, used: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """Return the end slices into which anatomy from beyond the scan has come, shape (Z,).

    An inner slice is blended from slices that the reference frame shows too. At the ends of the scan the
    unknown comes in, such as the bone of the skull base, and looks like enhancement.

    Parameters
    ----------
    series : PerfusionSeries
    positions : tuple of ndarray
    motion : ndarray, shape (P, T, 6)
    used : ndarray of bool, shape (T,)
    """
    exchanged = np.zeros(series.n_slices, dtype=bool)
    angles = np.linspace(0.0, 2.0 * np.pi, 8, endpoint=False)
    column, row = (np.asarray(series.shape[:0:-1]) - 1) / 2.0
    columns = column + HEAD_RADIUS / series.spacing[0] * np.cos(angles)
    rows = row + HEAD_RADIUS / series.spacing[1] * np.sin(angles)
    for position, slices in enumerate(positions):
        to_voxels = _to_voxels(series, slices, motion[position, used])
        for end in {0, series.n_slices - 1} & set(slices.tolist()):
            here = float(end - slices[0])
            points = np.stack([columns, rows, np.full_like(columns, here), np.ones_like(columns)])
            exchanged[end] = bool((np.abs(to_voxels[:, 2] @ points - here) > EXCHANGE).any())
    return exchanged


def _second_derivatives(n_slices: int) -> NDArray[np.float32]:
    """Return the matrix (Z, Z) that gives a natural cubic spline's second derivatives at its slices.

    They solve m[k-1] + 4 m[k] + m[k+1] = 6 (f[k-1] - 2 f[k] + f[k+1]) and vanish at both ends.
    """
    inner = max(n_slices - 2, 0)
    bends = np.eye(inner, n_slices) - 2 * np.eye(inner, n_slices, 1) + np.eye(inner, n_slices, 2)
    smooth = 4 * np.eye(inner) + np.eye(inner, k=1) + np.eye(inner, k=-1)
    matrix = np.zeros((n_slices, n_slices), dtype=np.float32)
    matrix[1 : 1 + inner] = np.linalg.solve(smooth, 6 * bends)
    return matrix


def is_still(motion: NDArray[Any]) -> bool:
    """Whether six parameters move nothing in the head far enough to resample for."""
    turning = HEAD_RADIUS * np.radians(np.linalg.norm(motion[3:]))
    return bool(np.linalg.norm(motion[:3]) + turning <= STILL)


def _to_voxels(series: PerfusionSeries, slices: Indices, motion: Matrix) -> NDArray[np.float32]:
    """Return the maps from voxels of the reference frame to those of each frame, shape (T, 3, 4)."""
    grid = position_grid(series.ijk_to_ras, slices)
    centre = grid_centre(series.ijk_to_ras, series.shape)
    matrices = np.stack([motion_matrix(parameters, centre) for parameters in motion])
    return np.asarray((np.linalg.inv(grid) @ matrices @ grid)[:, :3], dtype=np.float32)
