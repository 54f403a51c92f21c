"""Rigid head motion: one convention for what the phantom simulates and registration measures.

Six parameters describe where the head is in a frame: translation (x, y, z) in mm and rotation about the
x, y and z axis in degrees. A point of the head at rest, p in RAS mm, is found in that frame at
R (p - c) + c + t with R = Rz Ry Rx and c the centre of the voxel grid.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from .geometry import FloatArray


def grid_centre(ijk_to_ras: FloatArray, shape: tuple[int, int, int]) -> NDArray[np.float64]:
    """Return the centre of a grid of `shape` (Z, Y, X) in RAS mm, shape (3,)."""
    slices, rows, columns = shape
    centre = np.array([(columns - 1) / 2, (rows - 1) / 2, (slices - 1) / 2, 1.0])
    return np.asarray((np.asarray(ijk_to_ras, dtype=float) @ centre)[:3])


def motion_matrix(parameters: FloatArray, centre: FloatArray) -> NDArray[np.float64]:
    """Return the (4, 4) RAS matrix that carries the head at rest to its position in a frame.

    Parameters
    ----------
    parameters : ndarray, shape (6,)
        Translation in mm, then rotation about x, y, z in degrees.
    centre : ndarray, shape (3,)
        Centre of rotation in RAS mm.
    """
    rotation = Rotation.from_euler("xyz", np.asarray(parameters[3:], dtype=float), degrees=True).as_matrix()
    matrix = np.eye(4)
    matrix[:3, :3] = rotation
    matrix[:3, 3] = np.asarray(centre) - rotation @ np.asarray(centre) + np.asarray(parameters[:3])
    return matrix


def motion_parameters(matrix: FloatArray, centre: FloatArray) -> NDArray[np.float64]:
    """Return the six parameters, shape (6,), of a rigid (4, 4) RAS matrix: the inverse of `motion_matrix`."""
    rotation = np.asarray(matrix, dtype=float)[:3, :3]
    translation = np.asarray(matrix)[:3, 3] - np.asarray(centre) + rotation @ np.asarray(centre)
    return np.concatenate([translation, Rotation.from_matrix(rotation).as_euler("xyz", degrees=True)])


def motion_error(
    measured: FloatArray, true: FloatArray, points: FloatArray, centre: FloatArray
) -> NDArray[np.float64]:
    """Return the mean distance in mm between measured and true positions of `points`, shape (T,).

    Both motions are taken relative to their own first frame, since only that is observable.

    Parameters
    ----------
    measured, true : ndarray, shape (T, 6)
    points : ndarray, shape (N, 3)
        RAS mm, in the position of the first frame.
    centre : ndarray, shape (3,)
    """
    homogeneous: NDArray[Any] = np.column_stack([points, np.ones(len(points))])
    to_measured = _relative_to_first(measured, centre)
    to_true = _relative_to_first(true, centre)
    differences = np.einsum("tij,nj->tni", to_measured - to_true, homogeneous)[..., :3]
    return np.asarray(np.linalg.norm(differences, axis=2).mean(axis=1))


def _relative_to_first(motion: FloatArray, centre: FloatArray) -> NDArray[np.float64]:
    matrices = np.stack([motion_matrix(parameters, centre) for parameters in motion])
    return matrices @ np.linalg.inv(matrices[0])
