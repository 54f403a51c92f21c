"""The voxels around a voxel that a spatial filter averages, and their Gaussian weights."""

import numpy as np

CUT_OFF = 2.5
"""Neighbours farther than this many spatial SD are left out: 4 % of the weight in a plane."""


class Neighbourhood:
    """Gaussian weights within the cut-off, and how far each row of neighbours reaches.

    Parameters
    ----------
    spacing : tuple of float
        Voxel size (column step, row step, slice step) in mm.
    sigma : float
        mm.

    Attributes
    ----------
    reach_x, reach_y, reach_z : int
        Farthest neighbours in voxels.
    weights : ndarray of float32, shape (2 reach_z + 1, 2 reach_y + 1, 2 reach_x + 1)
        1 at the voxel itself, 0 beyond the cut-off, which is a sphere.
    half_widths : ndarray of int64, shape (2 reach_z + 1, 2 reach_y + 1)
        Reach in columns for each slice and row offset; -1 where nothing is within the cut-off.
    """

    def __init__(self, spacing: tuple[float, float, float], sigma: float) -> None:
        radius = CUT_OFF * sigma
        self.reach_x, self.reach_y, self.reach_z = (int(radius / step) for step in spacing)
        z = np.arange(-self.reach_z, self.reach_z + 1)[:, None, None] * spacing[2]
        y = np.arange(-self.reach_y, self.reach_y + 1)[:, None] * spacing[1]
        x = np.arange(-self.reach_x, self.reach_x + 1) * spacing[0]
        squared_distance = x**2 + y**2 + z**2
        inside = squared_distance <= radius**2
        self.weights = np.where(inside, np.exp(-squared_distance / (2 * sigma**2)), 0.0).astype(np.float32)
        self.half_widths = np.where(inside.any(axis=2), (np.count_nonzero(inside, axis=2) - 1) // 2, -1)
