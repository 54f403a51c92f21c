"""The part of a volume that a computation needs to look at."""

from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

Scalar = TypeVar("Scalar", bound=np.generic)


@dataclass(frozen=True)
class Box:
    """A block of voxels inside a volume.

    Attributes
    ----------
    slices, rows, columns : slice
    shape : tuple of int
        Shape (Z, Y, X) of the volume.
    """

    slices: slice
    rows: slice
    columns: slice
    shape: tuple[int, ...]

    @classmethod
    def all_of(cls, shape: tuple[int, ...]) -> "Box":
        """Return the box that is the whole volume."""
        return cls(slice(0, shape[0]), slice(0, shape[1]), slice(0, shape[2]), shape)

    @classmethod
    def around(cls, mask: NDArray[np.bool_], pad: tuple[int, int] = (0, 0)) -> "Box":
        """Return the smallest box that holds a mask and `pad` rows and columns around it."""
        slices = np.flatnonzero(mask.any(axis=(1, 2)))
        if slices.size == 0:
            return cls(slice(0, 0), slice(0, 0), slice(0, 0), mask.shape)
        image: NDArray[np.bool_] = np.any(mask[slices[0] : slices[-1] + 1], axis=0)
        rows, columns = np.flatnonzero(image.any(axis=1)), np.flatnonzero(image.any(axis=0))
        return cls(
            slice(int(slices[0]), int(slices[-1]) + 1),
            slice(max(0, int(rows[0]) - pad[0]), min(mask.shape[1], int(rows[-1]) + pad[0] + 1)),
            slice(max(0, int(columns[0]) - pad[1]), min(mask.shape[2], int(columns[-1]) + pad[1] + 1)),
            mask.shape,
        )

    def part_of(self, volume: NDArray[Scalar]) -> NDArray[Scalar]:
        """Return what a volume (Z, Y, X) holds in the box, as a view."""
        return volume[self.slices, self.rows, self.columns]

    def whole(self, part: NDArray[Any]) -> NDArray[Any]:
        """Return the volume that holds `part` in the box and zeros around it, shape (Z, Y, X)."""
        volume = np.zeros(self.shape, dtype=part.dtype)
        self.part_of(volume)[...] = part
        return volume
