"""The mean of all frames inside a box, the guide of the bilateral filter, on all cores."""

import numpy as np
from numpy.typing import NDArray

from ...parallel import for_each_chunk
from ...progress import ProgressCallback

_ROWS = 32


def temporal_mean(
    voxels: NDArray[np.float32], box: tuple[slice, slice], on_progress: ProgressCallback
) -> NDArray[np.float32]:
    """Return the mean over frames, shape (Z, Y, X), of the rows of a box and zero elsewhere.

    Parameters
    ----------
    voxels : ndarray of float32, shape (T, Z, Y, X)
    box : tuple of slice
        Rows and columns.
    on_progress : callable
    """
    from .kernels.bilateral_grid import add_frames

    rows, columns = box
    mean = np.zeros(voxels.shape[1:], dtype=np.float32)

    def average(chunk: tuple[int, int]) -> None:
        z, first = chunk
        last = min(first + _ROWS, rows.stop)
        sums = np.zeros((last - first, columns.stop - columns.start), dtype=np.float32)
        add_frames(voxels, z, first, last, columns.start, sums)
        mean[z, first:last, columns] = sums / np.float32(len(voxels))

    chunks = [(z, first) for z in range(len(mean)) for first in range(rows.start, rows.stop, _ROWS)]
    for_each_chunk(average, chunks, on_progress)
    return mean
