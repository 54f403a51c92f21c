"""Eight slices of a mask as the eight bits of one image, so that one operation treats all of them."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

SLICES = 8
"""As many slices share an image: the bits of a byte."""

Window = tuple[slice, slice]
"""Rows and columns."""


def slice_blocks(n_slices: int) -> Iterator[slice]:
    """Yield the slices that share an image."""
    for start in range(0, n_slices, SLICES):
        yield slice(start, min(start + SLICES, n_slices))


def pack(mask: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """Return up to eight slices (Z, Y, X) as one image (Y, X): slice z is bit z."""
    bits = np.zeros(mask.shape[1:], dtype=np.uint8)
    for index, image in enumerate(mask):
        bits |= image.view(np.uint8) << np.uint8(index)
    return bits


def unpack_into(mask: NDArray[np.bool_], bits: NDArray[np.uint8]) -> None:
    """Write the bits of an image (Y, X) to the slices of a mask (Z, Y, X)."""
    for index, image in enumerate(mask):
        image[:] = bits & np.uint8(1 << index)


def window_of(image: NDArray[Any], pad: tuple[int, int] = (0, 0)) -> Window | None:
    """Return the part of an image that is not zero with `pad` rows and columns around it; None for none."""
    rows = np.flatnonzero(image.any(axis=1))
    if rows.size == 0:
        return None
    columns = np.flatnonzero(image[rows[0] : rows[-1] + 1].any(axis=0))
    return (
        slice(max(0, int(rows[0]) - pad[0]), int(rows[-1]) + pad[0] + 1),
        slice(max(0, int(columns[0]) - pad[1]), int(columns[-1]) + pad[1] + 1),
    )


class Disk:
    """A disk of given radius in mm on pixels of given size, with which images of bits are dilated.

    Parameters
    ----------
    radius : float
        Pixels up to this distance in mm belong to the disk; for 0, the central pixel alone.
    spacing : tuple of float
        Distance of neighbours (in a row, in a column) in mm.
    """

    def __init__(self, radius: float, spacing: tuple[float, float]) -> None:
        column_step, row_step = spacing
        limit = radius * (1.0 + 1e-9)
        heights = np.arange(int(limit / row_step) + 1) * row_step
        steps = np.arange(int(limit / column_step) + 2) * column_step
        inside = np.sqrt(heights[:, None] ** 2 + steps[None] ** 2) <= limit
        self._half_widths = [int(count) - 1 for count in inside.sum(axis=1)]  # by distance in rows

    def dilate(self, bits: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Return the bits (Y, X) of all pixels within the disk around a pixel that has the bit.

        Rows lie in memory one after the other with a gap between them that is as wide as the disk, so that
        a shift in either direction is an offset in memory.
        """
        if self._half_widths == [0]:
            return bits
        rows, columns = bits.shape
        stride = columns + self._half_widths[0]
        padded = np.zeros((rows, stride), dtype=np.uint8)
        padded[:, :columns] = bits
        points = padded.reshape(-1)
        widened, result = points.copy(), np.zeros_like(points)
        width = 0
        for height in range(len(self._half_widths) - 1, -1, -1):
            while width < self._half_widths[height]:
                width += 1
                _or_shifted(widened, points, width)
            if height:
                _or_shifted(result, widened, height * stride)
            else:
                result |= widened
        return result.reshape(rows, stride)[:, :columns]


def _or_shifted(target: NDArray[np.uint8], source: NDArray[np.uint8], offset: int) -> None:
    """Add what lies `offset` before and behind each place."""
    if offset < len(target):
        target[offset:] |= source[:-offset]
        target[:-offset] |= source[offset:]
