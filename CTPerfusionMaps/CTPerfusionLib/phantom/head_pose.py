"""How one head lies in the scanner: similarity, tilt and an individual smooth warp of the template."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from .scalar_field import ScalarField, smooth_noise

WARP_SCALE = 40.0
"""mm; correlation length of the individual deformation."""

WARP_AMPLITUDE = 1.7
"""mm; SD of each component of the individual deformation."""


@dataclass(frozen=True, eq=False)
class HeadPose:
    """Maps scanner coordinates to template coordinates, both RAS mm.

    Attributes
    ----------
    linear : ndarray, shape (3, 3)
    centre : ndarray, shape (3,)
        The template point at the centre of the scanner's field.
    warp : tuple of three ScalarField
        Displacement in template mm as a function of scanner coordinates.
    """

    linear: NDArray[np.float64]
    centre: NDArray[np.float64]
    warp: tuple[ScalarField, ScalarField, ScalarField]

    def to_template(self, points: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the template coordinates of scanner `points`, shape (N, 3)."""
        displacement = np.stack([field.at(points) for field in self.warp], axis=1)
        return np.asarray(points @ self.linear.T + self.centre + displacement, dtype=np.float32)

    def to_scanner(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the scanner coordinates of template `points`, shape (N, 3), by fixed-point iteration."""
        inverse = np.linalg.inv(self.linear)
        found = (points - self.centre) @ inverse.T
        for _ in range(12):
            displacement = np.stack([field.at(found.astype(np.float32)) for field in self.warp], axis=1)
            found = (points - self.centre - displacement) @ inverse.T
        return np.asarray(found)


def random_pose(centre_z: float, random: np.random.Generator) -> HeadPose:
    """Return a random pose with the template height `centre_z` (mm) at the middle of the scanned slab."""
    size = random.uniform(0.93, 1.01)
    scale = size * random.normal(1.0, [0.02, 0.02, 0.015])
    angles = random.normal([4.0, 0.0, 0.0], [3.0, 1.5, 2.5])
    rotation = Rotation.from_euler("xyz", angles, degrees=True).as_matrix()
    linear = np.diag(1.0 / scale) @ rotation
    step = 4.0
    shape = (61, 73, 61)
    origin = -0.5 * step * (np.array(shape[::-1], dtype=float) - 1.0)
    warp = tuple(
        ScalarField(WARP_AMPLITUDE * smooth_noise(shape, WARP_SCALE / step, random), origin, step)
        for _ in range(3)
    )
    return HeadPose(linear, np.array([0.0, -18.0, centre_z]), (warp[0], warp[1], warp[2]))
