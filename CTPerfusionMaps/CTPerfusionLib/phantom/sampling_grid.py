"""The grids of the simulation: the scanner's voxels, and the finer ones in which the head is built."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .scanner_scheme import ScannerScheme

FIELD_OF_VIEW = 250.0
"""mm; 512 pixels of 0.488 mm."""

MATRIX = {"clinical": 512, "tiny": 128}

SUB_SLICES = 5
"""Thin slices that are averaged into one; 1 mm each at 5 mm."""

COARSEST_FINE_PIXEL = 1.0
"""mm; in-plane size that the fine grid does not exceed."""


@dataclass(frozen=True)
class SamplingGrid:
    """Scanner voxels and their subdivision.

    Attributes
    ----------
    shape : tuple of int
        (Z, Y, X) of one frame.
    pixel : float
        mm.
    slice_thickness : float
        mm.
    subdivision : int
        Fine pixels per pixel along rows and columns.
    margin : int
        Fine slices below and above the slab, which motion may bring into it.
    """

    shape: tuple[int, int, int]
    pixel: float
    slice_thickness: float
    subdivision: int
    margin: int

    @property
    def fine_shape(self) -> tuple[int, int, int]:
        """Shape (Z, Y, X) of the fine grid."""
        slices, rows, columns = self.shape
        return slices * SUB_SLICES + 2 * self.margin, rows * self.subdivision, columns * self.subdivision

    @property
    def ijk_to_ras(self) -> NDArray[np.float64]:
        """Matrix (4, 4) of the scanner grid: columns run to the left, rows to posterior, slices up."""
        return _centred_axial(self.shape, self.pixel, self.slice_thickness)

    @property
    def fine_ijk_to_ras(self) -> NDArray[np.float64]:
        """Matrix (4, 4) of the fine grid."""
        return _centred_axial(
            self.fine_shape, self.pixel / self.subdivision, self.slice_thickness / SUB_SLICES
        )

    def fine_points(self, index: int) -> NDArray[np.float32]:
        """Return the RAS mm of fine slice `index`, shape (rows x columns, 3)."""
        _, rows, columns = self.fine_shape
        matrix = self.fine_ijk_to_ras
        x = matrix[0, 3] + matrix[0, 0] * np.arange(columns)
        y = matrix[1, 3] + matrix[1, 1] * np.arange(rows)
        z = matrix[2, 3] + matrix[2, 2] * index
        points = np.empty((rows, columns, 3), np.float32)
        points[..., 0] = x[None, :]
        points[..., 1] = y[:, None]
        points[..., 2] = z
        return points.reshape(-1, 3)

    def averaged(self, fine: NDArray[np.floating[Any]]) -> NDArray[np.float32]:
        """Return means of a fine volume over the voxels of the scanner grid, shape `shape`."""
        slices, rows, columns = self.shape
        inner = fine[self.margin : self.margin + slices * SUB_SLICES]
        blocks = inner.reshape(slices, SUB_SLICES, rows, self.subdivision, columns, self.subdivision)
        return np.asarray(blocks.mean(axis=(1, 3, 5), dtype=np.float32))


def _centred_axial(shape: tuple[int, int, int], pixel: float, thickness: float) -> NDArray[np.float64]:
    slices, rows, columns = shape
    matrix = np.diag([-pixel, -pixel, thickness, 1.0])
    matrix[:3, 3] = [pixel * (columns - 1) / 2, pixel * (rows - 1) / 2, -thickness * (slices - 1) / 2]
    return matrix


def sampling_grid(scheme: ScannerScheme, size: str, through_plane: float) -> SamplingGrid:
    """Return the grids for a scanner scheme.

    Parameters
    ----------
    scheme : ScannerScheme
    size : str
        ``clinical`` or ``tiny``.
    through_plane : float
        mm by which motion may carry tissue along the slab's normal.
    """
    matrix = MATRIX[size]
    pixel = FIELD_OF_VIEW / matrix
    return SamplingGrid(
        shape=(scheme.n_slices, matrix, matrix),
        pixel=pixel,
        slice_thickness=scheme.slice_thickness,
        subdivision=int(np.ceil(pixel / COARSEST_FINE_PIXEL)),
        margin=int(np.ceil(through_plane * SUB_SLICES / scheme.slice_thickness)),
    )
