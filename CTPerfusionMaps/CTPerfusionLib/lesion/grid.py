"""A coarser grid in the plane of the slices, on which head symmetry and smooth maps are computed."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from ..series import voxel_spacing


@dataclass(frozen=True, eq=False)
class ReducedGrid:
    """A grid whose voxels are blocks of `row_factor` x `column_factor` voxels of one slice.

    Attributes
    ----------
    full_shape : tuple of int
        Shape (Z, Y, X) of the original grid.
    row_factor, column_factor : int
    ijk_to_ras : ndarray, shape (4, 4)
        Of the reduced grid.
    """

    full_shape: tuple[int, int, int]
    row_factor: int
    column_factor: int
    ijk_to_ras: NDArray[np.float64]

    @property
    def shape(self) -> tuple[int, int, int]:
        """Shape (Z, y, x) of the reduced grid; an incomplete block at the far edge is left out."""
        slices, rows, columns = self.full_shape
        return slices, rows // self.row_factor, columns // self.column_factor

    @property
    def spacing(self) -> tuple[float, float, float]:
        """Voxel size (column step, row step, slice step) in mm."""
        return voxel_spacing(self.ijk_to_ras)

    def reduce(self, array: NDArray[Any]) -> NDArray[np.float32]:
        """Return the mean of each block of a (Z, Y, X) array, shape (Z, y, x)."""
        slices, rows, columns = self.shape
        inside = array[:, : rows * self.row_factor, : columns * self.column_factor]
        blocks = inside.reshape(slices, rows, self.row_factor, columns, self.column_factor)
        return np.asarray(blocks.mean(axis=(2, 4), dtype=np.float32))

    def expand_slice(self, array: NDArray[Any]) -> NDArray[np.float32]:
        """Return a (y, x) slice of the reduced grid on the full grid, (Y, X), by linear interpolation."""
        factors = np.array([self.row_factor, self.column_factor], dtype=float)
        return np.asarray(
            ndimage.affine_transform(
                np.asarray(array, dtype=np.float32),
                np.diag(1.0 / factors),  # for a vector, older SciPy prints a warning at each call
                offset=(1.0 - factors) / (2.0 * factors),
                output_shape=self.full_shape[1:],
                order=1,
                mode="nearest",
            )
        )


def reduced_grid(shape: tuple[int, int, int], ijk_to_ras: NDArray[Any], pixel_size: float) -> ReducedGrid:
    """Return the grid over a volume of `shape` (Z, Y, X) whose pixels come closest to `pixel_size` mm."""
    column_step, row_step, _ = voxel_spacing(ijk_to_ras)
    column_factor = max(1, round(pixel_size / column_step))
    row_factor = max(1, round(pixel_size / row_step))
    to_full = np.diag([float(column_factor), float(row_factor), 1.0, 1.0])
    to_full[:2, 3] = [(column_factor - 1) / 2, (row_factor - 1) / 2]
    return ReducedGrid(shape, row_factor, column_factor, np.asarray(ijk_to_ras, dtype=float) @ to_full)
