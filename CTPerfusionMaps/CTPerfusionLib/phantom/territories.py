"""Vascular territories of the hemispheres by weighted distance to their arteries' supply."""

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from .scalar_field import ScalarField

Polyline = tuple[tuple[float, float, float], ...]

ANTERIOR_SUPPLY: Polyline = (
    (6, 62, -8), (5, 58, 12), (5, 44, 32), (6, 22, 52), (7, 0, 62), (8, -22, 66), (9, -42, 62), (6, 20, 22),
)  # fmt: skip
MIDDLE_SUPPLY: Polyline = (
    (34, 6, -14), (40, -2, 0), (46, 8, 8), (44, 34, 4), (48, 22, 24), (50, -6, 30), (54, -28, 20),
    (52, -50, 16), (48, -58, 32), (46, -34, 46), (42, 4, 48), (26, 4, 6), (28, -14, 24), (56, -20, -12),
    (50, 2, -28),
)  # fmt: skip
POSTERIOR_SUPPLY: Polyline = (
    (10, -16, 6), (16, -40, -4), (12, -62, 2), (10, -80, 4), (14, -94, 4), (24, -52, -12), (36, -66, -14),
    (26, -84, -8), (12, -64, 26), (30, -30, -20),
)  # fmt: skip


def middle_cerebral_margin(grid: ScalarField, sign: int) -> NDArray[np.float32]:
    """Return how deep each point lies in the middle cerebral artery's territory, mm, shape (Z, Y, X).

    Half the difference between the distance to the neighbours' supply and to its own, so zero on the
    watershed; negative outside and in the other hemisphere.

    Parameters
    ----------
    grid : ScalarField
        Its points are used, not its values.
    sign : int
        +1 for the right hemisphere, -1 for the left.
    """
    x, y, z = np.broadcast_arrays(*grid.axes())
    points = np.stack([sign * x, y, z], axis=-1).reshape(-1, 3)
    own = _distance(points, MIDDLE_SUPPLY)
    neighbours = np.minimum(_distance(points, ANTERIOR_SUPPLY), _distance(points, POSTERIOR_SUPPLY))
    margin = np.minimum((neighbours - own) / 2.0, points[:, 0] - 6.0)
    return np.asarray(margin.reshape(grid.values.shape), dtype=np.float32)


def posterior_share(grid: ScalarField) -> NDArray[np.float32]:
    """Return 1 in the posterior cerebral artery's territory of both hemispheres and 0 elsewhere, smooth."""
    x, y, z = np.broadcast_arrays(*grid.axes())
    points = np.stack([np.abs(x), y, z], axis=-1).reshape(-1, 3)
    others = np.minimum(_distance(points, MIDDLE_SUPPLY), _distance(points, ANTERIOR_SUPPLY))
    share = 1.0 / (1.0 + np.exp(-(others - _distance(points, POSTERIOR_SUPPLY)) / 6.0))
    return np.asarray(share.reshape(grid.values.shape), dtype=np.float32)


def _distance(points: NDArray[np.float64], supply: Polyline) -> NDArray[np.float32]:
    distance, _ = cKDTree(np.array(supply, dtype=float)).query(points, workers=-1)
    return np.asarray(distance, dtype=np.float32)
