"""The scan: the head with contrast at each moment, moved, averaged over slices, with noise."""

from collections.abc import Iterator
from itertools import pairwise
from threading import Lock

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from ..progress import ProgressCallback, ignore_progress, reported
from ..series import motion_matrix
from .head_model import AIR_HU, Enhancing, HeadModel
from .kinetics import UnitResponses
from .sampling_grid import FIELD_OF_VIEW, SUB_SLICES, SamplingGrid
from .scanner_noise import ScannerNoise

HU_RANGE = (-1024, 3071)

_ONE_AT_A_TIME = Lock()
"""Held while a frame is rendered: the process ends if two threads enter parallel loops of numba at once,
unless it was built with one of its better thread pools."""


class _ContrastComponent:
    """Voxels of one kind, ready to be evaluated for any range of fine slices at any time."""

    def __init__(
        self, enhancing: Enhancing, responses: UnitResponses, voxels_per_slice: int, depth: int
    ) -> None:
        self.voxels = enhancing.voxels
        self.weight = enhancing.weight
        self.delay = responses.delay_index(enhancing.delay)
        self.transit = responses.transit_index(enhancing.mtt)
        self._responses = responses
        self._starts = np.searchsorted(enhancing.voxels, voxels_per_slice * np.arange(depth + 1))

    def part(self, slices: range) -> slice:
        return slice(int(self._starts[slices.start]), int(self._starts[slices.stop]))

    def enhance(
        self, head: NDArray[np.float32], baseline: NDArray[np.float32], slices: range, time: float
    ) -> None:
        from .kernels.rendering import add_contrast

        part = self.part(slices)
        table = self._responses.table(time)
        arguments = (self.weight[part], self.delay[part], self.transit[part], table)
        add_contrast(head, self.voxels[part], baseline, *arguments)


def acquire(
    head: HeadModel,
    grid: SamplingGrid,
    times: NDArray[np.float64],
    motion: NDArray[np.float64],
    tissue_responses: UnitResponses,
    vessel_responses: UnitResponses,
    noise: ScannerNoise,
    *,
    on_progress: ProgressCallback = ignore_progress,
) -> NDArray[np.int16]:
    """Return the frames in HU, int16, shape (T, Z, Y, X).

    Parameters
    ----------
    head : HeadModel
    grid : SamplingGrid
    times : ndarray, shape (T,) or (T, Z)
        Mid-exposure times in s.
    motion : ndarray, shape (T, 6)
        By the convention of :mod:`CTPerfusionLib.series.motion`; the grid's centre is the RAS origin.
    tissue_responses, vessel_responses : UnitResponses
    noise : ScannerNoise
    on_progress : callable
    """
    from .kernels.rendering import image_slab

    depth, rows, columns = grid.fine_shape
    tissue = _ContrastComponent(head.tissue, tissue_responses, rows * columns, depth)
    vessels = _ContrastComponent(head.vessels, vessel_responses, rows * columns, depth)
    unenhanced = head.baseline.ravel()[head.tissue.voxels]
    current = head.baseline.copy()
    flat = current.ravel()
    frames = np.empty((len(times), *grid.shape), np.int16)
    image = np.full(grid.shape, AIR_HU, np.float32)
    noisy = np.empty(grid.shape, np.float32)
    bounds = _columns_with_head(head.baseline, motion, grid)
    for frame in reported(range(len(times)), on_progress):
        to_rest = _to_rest(motion[frame], grid)
        for time, slices in _simultaneous(times[frame], grid.shape[0]):
            needed = _fine_slices(slices, to_rest, grid)
            first = grid.margin + slices.start * SUB_SLICES
            part = image[slices.start : slices.stop]
            with _ONE_AT_A_TIME:
                tissue.enhance(flat, unenhanced[tissue.part(needed)], needed, time)
                vessels.enhance(flat, flat[vessels.voxels[vessels.part(needed)]], needed, time)
                image_slab(current, to_rest, first, SUB_SLICES, grid.subdivision, bounds, part)
        np.add(image, noise.images(grid.shape[0]), out=noisy)
        frames[frame] = np.clip(np.rint(noisy, out=noisy), *HU_RANGE, out=noisy)
    return frames


def _to_rest(motion: NDArray[np.float64], grid: SamplingGrid) -> NDArray[np.float64]:
    """Return the (3, 4) map from fine indices of a moved frame to those of the head at rest."""
    fine = grid.fine_ijk_to_ras
    moved = motion_matrix(motion, np.zeros(3))
    return np.ascontiguousarray((np.linalg.inv(fine) @ np.linalg.inv(moved) @ fine)[:3])


def _columns_with_head(
    baseline: NDArray[np.float32], motion: NDArray[np.float64], grid: SamplingGrid
) -> NDArray[np.int64]:
    """Return the range of columns of each row that the head may reach in any frame, shape (rows, 2)."""
    _, rows, columns = grid.shape
    solid = (baseline > AIR_HU + 1.0).any(axis=0)
    solid = solid.reshape(rows, grid.subdivision, columns, grid.subdivision).any(axis=(1, 3))
    turn = np.radians(np.linalg.norm(motion[:, 3:], axis=1)) * FIELD_OF_VIEW / 2
    reach = 1 + int(np.ceil((np.linalg.norm(motion[:, :3], axis=1) + turn).max() / grid.pixel))
    solid = ndimage.maximum_filter(solid, 2 * reach + 1)
    first, last = solid.argmax(axis=1), columns - solid[:, ::-1].argmax(axis=1)
    return np.stack([first, np.where(solid.any(axis=1), last, first)], axis=1)


def _simultaneous(times: NDArray[np.float64] | np.float64, n_slices: int) -> Iterator[tuple[float, range]]:
    """Yield each run of neighbouring slices of one frame that share a time."""
    slice_times = np.broadcast_to(times, (n_slices,))
    starts = [0, *(np.flatnonzero(np.diff(slice_times)) + 1), n_slices]
    for start, stop in pairwise(starts):
        yield float(slice_times[start]), range(int(start), int(stop))


def _fine_slices(slices: range, to_rest: NDArray[np.float64], grid: SamplingGrid) -> range:
    """Return the fine slices of the head at rest that `slices` of a moved frame look at."""
    depth, rows, columns = grid.fine_shape
    bounds = grid.margin + slices.start * SUB_SLICES, grid.margin + slices.stop * SUB_SLICES - 1
    corners = [(i, j, k, 1.0) for i in (0, columns - 1) for j in (0, rows - 1) for k in bounds]
    heights = np.array(corners) @ to_rest[2]
    low = int(np.clip(np.floor(heights.min()), 0, depth - 1))
    high = int(np.clip(np.floor(heights.max()) + 3, low + 1, depth))
    return range(low, high)
