"""The plane between the two halves of the head, near enough to tell left vessels from right ones."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

MIDLINE_WIDTH = 5.0
"""mm on either side of the plane that belong to neither half: the anterior cerebral arteries lie there."""

_FINE_ENOUGH = 100
_LARGEST_TURN = np.radians(40.0)


class Side(StrEnum):
    """Where in the patient's head a vessel lies."""

    RIGHT = "right"
    LEFT = "left"
    MIDLINE = "midline"


@dataclass(frozen=True, eq=False)
class Midplane:
    """A plane in RAS space.

    Attributes
    ----------
    normal : ndarray, shape (3,)
        Unit vector towards the patient's right.
    point : ndarray, shape (3,)
        mm, on the plane.
    ijk_to_ras : ndarray, shape (4, 4)
    """

    normal: NDArray[np.float64]
    point: NDArray[np.float64]
    ijk_to_ras: NDArray[np.float64]

    def offsets(self, voxels: NDArray[np.intp]) -> NDArray[np.float64]:
        """Return how far to the right of the plane voxels (N, 3) lie, shape (N,), mm."""
        points = voxels @ self.ijk_to_ras[:3, :3].T + self.ijk_to_ras[:3, 3]
        return np.asarray((points - self.point) @ self.normal)

    def sides(self, voxels: NDArray[np.intp]) -> NDArray[np.str_]:
        """Return the :class:`Side` of each of the voxels (N, 3), shape (N,)."""
        offsets = self.offsets(voxels)
        halves = np.where(offsets > 0, Side.RIGHT.value, Side.LEFT.value)
        return np.where(np.abs(offsets) <= MIDLINE_WIDTH, Side.MIDLINE.value, halves)


def find_midplane(head: NDArray[np.bool_], ijk_to_ras: NDArray[np.float64]) -> Midplane:
    """Return the plane through the centres of the head's slices along its longer axis.

    Heads are longer than wide, so the turn about the body axis is that of the principal axis of the
    outline, and the lean to a side is that of the centres of the slices.

    Parameters
    ----------
    head : ndarray of bool, shape (Z, Y, X)
        Filled outline.
    ijk_to_ras : ndarray, shape (4, 4)
    """
    step = max(1, min(head.shape[1:]) // _FINE_ENOUGH)
    points = np.argwhere(head[:, ::step, ::step])[:, ::-1] * [step, step, 1]
    ras = points @ ijk_to_ras[:3, :3].T + ijk_to_ras[:3, 3]
    if len(ras) < 3:
        return Midplane(np.array([1.0, 0.0, 0.0]), ijk_to_ras[:3, 3], ijk_to_ras)
    middle = ras.mean(axis=0)
    across, along, up = (ras - middle).T
    lean = float(across @ up / (up @ up)) if np.ptp(up) > 0 else 0.0
    forward = float(along @ up / (up @ up)) if np.ptp(up) > 0 else 0.0
    across, along = across - lean * up, along - forward * up
    covariance = np.cov(across, along)
    turn = 0.5 * np.arctan2(2.0 * covariance[0, 1], covariance[1, 1] - covariance[0, 0])
    turn = float(np.clip(turn, -_LARGEST_TURN, _LARGEST_TURN))
    normal = np.array([np.cos(turn), -np.sin(turn), 0.0])
    normal[2] = -(normal[0] * lean + normal[1] * forward)
    return Midplane(normal / np.linalg.norm(normal), middle, ijk_to_ras)
