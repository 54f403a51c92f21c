"""The plane that divides a head into left and right."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class SymmetryPlane:
    """A plane that divides the head into left and right.

    Attributes
    ----------
    normal : ndarray, shape (3,)
        Unit vector in RAS that points to the patient's right.
    offset : float
        Distance of the plane from the RAS origin along `normal`, in mm.
    correlation : float or None
        Mean correlation of the head with its mirror image along the midline; None for a plane that was not
        found on the head.
    """

    normal: NDArray[np.float64]
    offset: float
    correlation: float | None = None

    def reflection(self) -> NDArray[np.float64]:
        """Return the (4, 4) RAS matrix that carries each point to its mirror image."""
        matrix = np.eye(4)
        matrix[:3, :3] -= 2.0 * np.outer(self.normal, self.normal)
        matrix[:3, 3] = 2.0 * self.offset * self.normal
        return matrix

    def distance(self, shape: tuple[int, int, int], ijk_to_ras: NDArray[Any]) -> NDArray[np.float32]:
        """Return the signed distance of each voxel in mm, positive on the right, shape (Z, Y, X)."""
        slices, rows, columns = (np.arange(count, dtype=np.float32) for count in shape)
        steps = self.normal @ np.asarray(ijk_to_ras, dtype=float)[:3]
        return np.asarray(
            columns * np.float32(steps[0])
            + rows[:, None] * np.float32(steps[1])
            + slices[:, None, None] * np.float32(steps[2])
            + np.float32(steps[3] - self.offset)
        )

    def moved(self, shift: float, slopes: NDArray[np.float64], frame: NDArray[np.float64]) -> "SymmetryPlane":
        """Return the plane through the points that lie off this one by a linear amount.

        Parameters
        ----------
        shift : float
            Distance in mm from this plane at the origin of the frame.
        slopes : ndarray, shape (2,)
            Change of that distance per mm along the two directions.
        frame : ndarray, shape (3, 3)
            Rows: the origin, a point on this plane; two orthogonal unit vectors in it.
        """
        origin, directions = frame[0], frame[1:]
        normal = self.normal - slopes @ directions
        normal = normal / np.linalg.norm(normal)
        return SymmetryPlane(normal, float(normal @ (origin + shift * self.normal)))
