"""One frame of the phantom: contrast in every fine voxel, then the scanner's view of the moved head."""

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray


@njit(parallel=True, nogil=True, fastmath=True, cache=True)
def add_contrast(
    head: NDArray[np.float32],
    voxels: NDArray[np.int64],
    baseline: NDArray[np.float32],
    weight: NDArray[np.float32],
    delay_index: NDArray[np.float32],
    transit_index: NDArray[np.float32],
    table: NDArray[np.float32],
) -> None:
    """Set `head` (flat) at `voxels` to baseline + weight x response; indices into `table` are fractional."""
    for n in prange(voxels.shape[0]):
        row = int(delay_index[n])
        column = int(transit_index[n])
        v = delay_index[n] - row
        u = transit_index[n] - column
        early = (1 - u) * table[row, column] + u * table[row, column + 1]
        late = (1 - u) * table[row + 1, column] + u * table[row + 1, column + 1]
        head[voxels[n]] = baseline[n] + weight[n] * ((1 - v) * early + v * late)


@njit(parallel=True, nogil=True, fastmath=True, cache=True)
def image_slab(
    head: NDArray[np.float32],
    to_rest: NDArray[np.float64],
    first_fine_slice: int,
    sub_slices: int,
    subdivision: int,
    columns_with_head: NDArray[np.int64],
    images: NDArray[np.float32],
) -> None:
    """Average the head at rest, `head` (Z, Y, X) fine, over the voxels of slices of a moved frame.

    `to_rest` (3, 4) maps fine (column, row, slice) of the frame to those of the head at rest. Its rotation
    shortens the slab by less than half a percent, so each line of sight crosses `sub_slices` + 1 fine slices,
    the first and last in part. `columns_with_head` (rows, 2) bounds where there is anything but air.
    """
    depth, height, width = head.shape
    share = np.float32(1.0 / (sub_slices * subdivision * subdivision))
    slices, rows, _ = images.shape
    for line in prange(slices * rows):
        row = line % rows
        index = line // rows
        for column in range(columns_with_head[row, 0], columns_with_head[row, 1]):
            total = np.float32(0.0)
            for b in range(subdivision):
                for a in range(subdivision):
                    i = column * subdivision + a
                    j = row * subdivision + b
                    k = first_fine_slice + index * sub_slices
                    x = to_rest[0, 0] * i + to_rest[0, 1] * j + to_rest[0, 2] * k + to_rest[0, 3]
                    y = to_rest[1, 0] * i + to_rest[1, 1] * j + to_rest[1, 2] * k + to_rest[1, 3]
                    z = to_rest[2, 0] * i + to_rest[2, 1] * j + to_rest[2, 2] * k + to_rest[2, 3]
                    lowest = int(np.floor(z))
                    w = np.float32(z - lowest)
                    x += (lowest - z) * to_rest[0, 2]
                    y += (lowest - z) * to_rest[1, 2]
                    for s in range(sub_slices + 1):
                        weight = np.float32(1.0)
                        if s == 0:
                            weight -= w
                        elif s == sub_slices:
                            weight = w
                        u_x = min(max(x + s * to_rest[0, 2], 0.0), width - 1.001)
                        u_y = min(max(y + s * to_rest[1, 2], 0.0), height - 1.001)
                        c = int(u_x)
                        r = int(u_y)
                        m = min(max(lowest + s, 0), depth - 1)
                        u = np.float32(u_x - c)
                        v = np.float32(u_y - r)
                        near = head[m, r, c] + u * (head[m, r, c + 1] - head[m, r, c])
                        far = head[m, r + 1, c] + u * (head[m, r + 1, c + 1] - head[m, r + 1, c])
                        total += weight * (near + v * (far - near))
            images[index, row, column] = total * share
