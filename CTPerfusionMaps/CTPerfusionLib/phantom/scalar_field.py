"""Scalar fields in space: the form in which anatomy travels from the template to the scanner."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage


@dataclass(frozen=True, eq=False)
class ScalarField:
    """A volume with its place in space.

    Attributes
    ----------
    values : ndarray of float32, shape (Z, Y, X)
        x ascends to the patient's right-to-left axis of RAS, that is all axes ascend with RAS mm.
    origin : ndarray, shape (3,)
        RAS mm of the first voxel's centre.
    step : float
        Isotropic voxel size in mm.
    """

    values: NDArray[np.float32]
    origin: NDArray[np.float64]
    step: float

    def at(self, points: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the field at `points`, RAS mm, shape (N, 3), as an array of shape (N,)."""
        from .kernels.sampling import sample_trilinear

        return np.asarray(sample_trilinear(self.values, points, self.origin, self.step))

    def like(self, values: NDArray[np.floating]) -> "ScalarField":
        """Return a field with other `values` on the same grid."""
        return ScalarField(np.ascontiguousarray(values, dtype=np.float32), self.origin, self.step)

    def axes(self) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
        """Return x, y and z of the grid in mm, shaped to broadcast against `values`."""
        depth, height, width = self.values.shape
        x = self.origin[0] + self.step * np.arange(width)[None, None, :]
        y = self.origin[1] + self.step * np.arange(height)[None, :, None]
        z = self.origin[2] + self.step * np.arange(depth)[:, None, None]
        return x, y, z


def smooth_noise(
    shape: tuple[int, int, int], scale: float, random: np.random.Generator
) -> NDArray[np.float32]:
    """Return Gaussian noise of unit SD with a correlation length of `scale` voxels, shape `shape`.

    The noise is drawn on a grid of `scale` / 2 voxels and interpolated, which costs little at any scale.
    """
    coarse = tuple(max(4, int(np.ceil(2 * size / scale)) + 3) for size in shape)
    values = ndimage.gaussian_filter(random.standard_normal(coarse).astype(np.float32), 1.0, mode="wrap")
    values = (values - values.mean()) / values.std()
    grids = [
        np.linspace(0.5, coarse_size - 1.5, size) for coarse_size, size in zip(coarse, shape, strict=True)
    ]
    for axis, grid in enumerate(grids):
        lower = np.clip(np.floor(grid).astype(int), 1, coarse[axis] - 3)
        fraction = grid - lower
        weights = _cubic_weights(fraction)
        values = sum(
            np.take(values, lower + offset - 1, axis=axis) * _along(weights[offset], axis)
            for offset in range(4)
        )
    return np.asarray(values, dtype=np.float32)


def _cubic_weights(fraction: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the four weights of cubic B-spline interpolation, shape (4, N)."""
    t = fraction
    return np.stack([(1 - t) ** 3, 3 * t**3 - 6 * t**2 + 4, -3 * t**3 + 3 * t**2 + 3 * t + 1, t**3]) / 6.0


def _along(weights: NDArray[np.float64], axis: int) -> NDArray[np.float32]:
    shape = [1, 1, 1]
    shape[axis] = -1
    return weights.reshape(shape).astype(np.float32)


def smooth_step(values: NDArray[np.floating], start: float, stop: float) -> NDArray[np.float32]:
    """Return 0 below `start`, 1 above `stop`, and a cubic between them."""
    t = np.clip((values - start) / (stop - start), 0.0, 1.0)
    return np.asarray(t * t * (3.0 - 2.0 * t), dtype=np.float32)
