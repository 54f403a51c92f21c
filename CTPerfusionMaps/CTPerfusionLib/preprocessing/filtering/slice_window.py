"""The slices around the one that is filtered, for filters that compare every voxel with its neighbours."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...parallel import for_each_chunk
from ...progress import ProgressCallback, part_of
from .bounding_box import bounding_box
from .neighbourhood import Neighbourhood

OUTSIDE = np.float32(1e4)
"""Guide outside the mask: so far from every guide inside that the weight vanishes."""


@dataclass(frozen=True, eq=False)
class NeighbouringSlices:
    """A slice of the window, and where its neighbours lie there.

    Attributes
    ----------
    slice : int
    slots : ndarray of int64, shape (S,)
        Places of the neighbouring slices in the window, in ascending order of slices.
    half_widths : ndarray of int64, shape (S, 2 reach_y + 1)
        Reach in columns for each slice and row offset; -1 where there is nothing.
    """

    slice: int
    slots: NDArray[np.int64]
    half_widths: NDArray[np.int64]


class SliceWindow:
    """The slices in reach, in the memory order of the compiled loops.

    Only these few are copied, cut to the bounding box of the mask; a slice that comes into reach takes the
    place of the one that has left it. A result may therefore overwrite the voxels slice by slice.

    Attributes
    ----------
    box : tuple of slice
        Rows and columns of the bounding box of the mask.
    mask : ndarray of bool, shape (Z, Y, X)
        Cut to the box.
    voxels : ndarray of float32, shape (S, Y + 2 Ry, T, X + 2 Rx + extra)
        The slices, padded; zero outside the mask.
    guide : ndarray of float32, shape (S, Y + 2 Ry, X + 2 Rx + extra)
        Padded; `OUTSIDE` outside the mask.
    """

    def __init__(
        self,
        voxels: NDArray[Any],
        mask: NDArray[np.bool_],
        guide: NDArray[Any],
        neighbourhood: Neighbourhood,
        extra_columns: int,
    ) -> None:
        self.box = bounding_box(mask)
        self.mask = np.ascontiguousarray(mask[:, *self.box])
        self._source = voxels[:, :, *self.box]
        self._source_guide = guide[:, *self.box]
        self._neighbourhood = neighbourhood
        self._n_slots = 2 * neighbourhood.reach_z + 1
        n_frames, _, rows, columns = self._source.shape
        padded_rows = rows + 2 * neighbourhood.reach_y
        padded_columns = columns + 2 * neighbourhood.reach_x + extra_columns
        self.voxels = np.zeros((self._n_slots, padded_rows, n_frames, padded_columns), dtype=np.float32)
        self.guide = np.full((self._n_slots, padded_rows, padded_columns), OUTSIDE)

    def for_each_row(
        self, function: Callable[[NeighbouringSlices, int], None], on_progress: ProgressCallback
    ) -> None:
        """Move through the slices: call a function with each row of the bounding box, on all cores.

        A row takes some milliseconds; the function must not start threads of its own.
        """
        n_slices, rows = self.mask.shape[:2]
        loaded = 0
        for middle in range(n_slices):
            while loaded < min(n_slices, middle + self._neighbourhood.reach_z + 1):
                on_progress(middle / n_slices)
                self._load(loaded)
                loaded += 1
            around = NeighbouringSlices(middle, *self._slices_around(middle))
            report = part_of(on_progress, middle / n_slices, (middle + 1) / n_slices)
            for_each_chunk(partial(function, around), range(rows), report)

    def _load(self, slice_index: int) -> None:
        slot = slice_index % self._n_slots
        mask = self.mask[slice_index]
        rows = slice(self._neighbourhood.reach_y, self._neighbourhood.reach_y + mask.shape[0])
        columns = slice(self._neighbourhood.reach_x, self._neighbourhood.reach_x + mask.shape[1])
        inside = np.where(mask, self._source[:, slice_index], 0)
        self.voxels[slot, rows, :, columns] = inside.transpose(1, 0, 2)
        self.guide[slot, rows, columns] = np.where(mask, self._source_guide[slice_index], OUTSIDE)

    def _slices_around(self, middle: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        reach = self._neighbourhood.reach_z
        slices = np.arange(middle - reach, middle + reach + 1)
        absent = (slices < 0) | (slices >= len(self.mask))
        half_widths = np.where(absent[:, None], -1, self._neighbourhood.half_widths)
        return slices % self._n_slots, half_widths
