"""A pass over the voxels of a mask that reads and writes each once and computes next to nothing."""

from typing import Any

from numba import njit


@njit(nogil=True, cache=True)
def scale_masked(frame: Any, mask: Any, factor: Any) -> None:
    """Multiply a frame (Z, Y, X) by a factor in place, where the mask of the same shape is true."""
    slices, rows, columns = frame.shape
    for z in range(slices):
        for y in range(rows):
            for x in range(columns):
                if mask[z, y, x]:
                    frame[z, y, x] *= factor
