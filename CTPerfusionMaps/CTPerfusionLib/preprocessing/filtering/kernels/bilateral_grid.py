"""Compiled loops of the fast bilateral filter: rows into coarse cells, their blur, and back.

All inner loops run over consecutive numbers and are vectorised. A row of cells is the sum of the rows of
voxels above and below it, so two rows of sums are kept, which swap places from one row of cells to the next.
Columns are counted without a sign, as numba would otherwise look for negative ones in the inner loops.
"""

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

FloatArray = NDArray[np.float32]

_NONE = np.float32(0.0)
_HALF = np.float32(0.5)
_ONE = np.uint64(1)


@njit(nogil=True, fastmath=True, error_model="numpy", cache=True)
def add_frames(voxels: Any, z: int, first: int, last: int, left: int, sums: FloatArray) -> None:
    """Add rows `first` to `last` - 1 of slice `z` of frames (T, Z, Y, X), from column `left`, to `sums`."""
    for frame in range(voxels.shape[0]):
        for y in range(first, last):
            total = sums[y - first]
            source = voxels[frame, z, y][left : left + total.size]
            for x in range(total.size):
                total[x] += np.float32(source[x])


@njit(nogil=True, fastmath=True, error_model="numpy", cache=True)
def evaluate_terms(
    guide: Any, mask: Any, table: FloatArray, lowest: float, step: float, basis: FloatArray
) -> None:
    """Fill `basis` (K, Y, X) with the terms of the range weight at the guide, zero outside the mask."""
    n_terms, n_levels = table.shape
    scale = np.float32(1.0 / step)
    start = np.float32(lowest)
    for y in range(mask.shape[0]):
        for x in range(mask.shape[1]):
            if mask[y, x]:
                place = min(max((guide[y, x] - start) * scale, _NONE), np.float32(n_levels - 1))
                level = min(int(place), n_levels - 2)
                part = place - np.float32(level)
                for k in range(n_terms):
                    basis[k, y, x] = table[k, level] + part * (table[k, level + 1] - table[k, level])


@njit(nogil=True, fastmath=True, error_model="numpy", cache=True)
def _take(source: Any, marker: FloatArray, left: Any, start: Any, stop: Any, values: FloatArray) -> None:
    # What lies outside the mask may be NaN, which a weight of zero would not remove.
    for x in range(start, stop):
        value = np.float32(source[left + x])
        values[x] = value if marker[x] > _NONE else _NONE


@njit(nogil=True, fastmath=True, error_model="numpy", cache=True)
def _share(
    values: FloatArray, basis: FloatArray, part: Any, start: Any, stop: Any, near: FloatArray, far: FloatArray
) -> None:
    rest = np.float32(1.0) - part
    for x in range(start, stop):
        product = basis[x] * values[x]
        near[x] += rest * product
        far[x] += part * product


@njit(nogil=True, fastmath=True, error_model="numpy", cache=True)
def _halve(fine: FloatArray, count: int, coarse: FloatArray) -> None:
    # Points 0 to 2 count of a row are shared out to every second one of them, 0 to count.
    coarse[0] = fine[0] + _HALF * fine[1]
    for j in range(1, count):
        coarse[j] = fine[2 * j] + _HALF * (fine[2 * j - 1] + fine[2 * j + 1])
    coarse[count] = fine[2 * count] + _HALF * fine[2 * count - 1]


@njit(nogil=True, fastmath=True, error_model="numpy", cache=True)
def _double(coarse: FloatArray, count: int, fine: FloatArray) -> None:
    for j in range(count):
        fine[2 * j] = coarse[j]
        fine[2 * j + 1] = _HALF * (coarse[j] + coarse[j + 1])
    fine[2 * count] = coarse[count]


@njit(nogil=True, fastmath=True, error_model="numpy", cache=True)
def _into_cells(sums: FloatArray, cell: int, half_row: FloatArray, cells: FloatArray) -> None:
    # `sums` has one point more than its cells have voxels.
    count = (sums.size - 1) // cell
    if cell == 4:
        _halve(sums, 2 * count, half_row)
        _halve(half_row, count, cells)
    elif cell == 2:
        _halve(sums, count, cells)
    else:
        for x in range(sums.size):
            cells[x] = sums[x]


@njit(nogil=True, fastmath=True, error_model="numpy", cache=True)
def _from_cells(cells: FloatArray, cell: int, half_row: FloatArray, row: FloatArray) -> None:
    count = (row.size - 1) // cell
    if cell == 4:
        _double(cells, count, half_row)
        _double(half_row, 2 * count, row)
    elif cell == 2:
        _double(cells, count, row)
    else:
        for x in range(row.size):
            row[x] = cells[x]


@njit(nogil=True, fastmath=True, error_model="numpy", cache=True)
def gather_cells(
    voxels: Any, corner: Any, basis: FloatArray, spans: Any, cell_y: int, cell_x: int, pad: int, cells: Any
) -> None:
    """Share out the products of voxels and basis to the corners of coarse cells.

    Parameters
    ----------
    voxels : ndarray, shape (F, Z, Y, X)
        C order.
    corner : tuple of int
        Row and column of `voxels` where `basis` begins.
    basis : ndarray of float32, shape (K, Z, B cell_y, C cell_x)
        Zero outside the mask; the first one is positive inside.
    spans : ndarray of int64, shape (Z, B + 1, 2)
        First and last + 1 column of the rows above and below each row of corners, multiples of `cell_x`.
    cell_y, cell_x : int
    pad : int
        Corners of zeros around each plane of `cells`.
    cells : ndarray of float32, shape (F, Z, K, B + 1 + 2 pad, C + 1 + 2 pad)
        Zero where `spans` do not reach.
    """
    n_frames, n_slices = voxels.shape[:2]
    n_terms, width = basis.shape[0], basis.shape[3]
    top, left = corner[0], np.uint64(corner[1])
    sums = np.zeros((2, n_frames, n_terms, width + 1), np.float32)
    values = np.zeros((cell_y, width), np.float32)
    half_row = np.zeros(width // 2 + 2, np.float32)
    for z in range(n_slices):
        for b in range(spans.shape[1]):
            start, stop = np.uint64(spans[z, b, 0]), np.uint64(spans[z, b, 1])
            if stop <= start:
                continue
            present = min(stop, np.uint64(voxels.shape[3]) - left)
            first, last = b * cell_y, min((b + 1) * cell_y, basis.shape[2], voxels.shape[2] - top)
            near, far = sums[b & 1], sums[1 - (b & 1)]
            for frame in range(n_frames):
                for y in range(first, last):
                    source = voxels[frame, z, top + y]
                    _take(source, basis[0, z, y], left, start, present, values[y - first])
                for y in range(first, last):
                    part = np.float32(y - first) / np.float32(cell_y)
                    for k in range(n_terms):
                        strength = basis[k, z, y]
                        _share(values[y - first], strength, part, start, stop, near[frame, k], far[frame, k])
                for k in range(n_terms):
                    done = near[frame, k][start : stop + _ONE]
                    row = cells[frame, z, k, b + pad]
                    _into_cells(done, cell_x, half_row, row[pad + spans[z, b, 0] // cell_x :])
                    done[:] = _NONE


@njit(nogil=True, fastmath=True, error_model="numpy", cache=True)
def _add_neighbours(source: FloatArray, weights: FloatArray, stride: int, sums: FloatArray) -> None:
    # Planes are padded, so their rows can be taken for one long row.
    margin = (weights.size - 1) * stride
    length = source.size - 2 * margin
    target = sums[margin : margin + length]
    weight = weights[0]
    middle = source[margin : margin + length]
    for i in range(length):
        target[i] += weight * middle[i]
    for distance in range(1, weights.size):
        weight = weights[distance]
        before = source[margin - distance * stride : margin - distance * stride + length]
        after = source[margin + distance * stride : margin + distance * stride + length]
        for i in range(length):
            target[i] += weight * (before[i] + after[i])


@njit(nogil=True, fastmath=True, error_model="numpy", cache=True)
def _add_slices(cells: Any, z: int, distance: int, k: int, plane: FloatArray) -> None:
    plane[:] = _NONE
    for neighbour in (z - distance, z + distance):
        if 0 <= neighbour < cells.shape[0]:
            source = cells[neighbour, k]
            for i in range(plane.size):
                plane[i] += source[i]
        if distance == 0:
            break


@njit(nogil=True, fastmath=True, error_model="numpy", cache=True)
def blur_cells(cells: Any, stencil_y: FloatArray, stencil_x: FloatArray, width: int, blurred: Any) -> None:
    """Blur planes of coarse cells and add up neighbouring slices.

    Parameters
    ----------
    cells : ndarray of float32, shape (F, Z, K, P)
        Padded planes, flattened.
    stencil_y, stencil_x : ndarray of float32, shape (G, R + 1)
        For slices 0 to G - 1 away.
    width : int
        Length of a row of a plane.
    blurred : ndarray of float32, shape (F, Z, K, P)
        Receives the result; what lies in its padding means nothing.
    """
    size = cells.shape[3]
    plane, half_way = np.zeros(size, np.float32), np.zeros(size, np.float32)
    for frame in range(cells.shape[0]):
        for z in range(cells.shape[1]):
            for k in range(cells.shape[2]):
                target = blurred[frame, z, k]
                target[:] = _NONE
                for distance in range(min(stencil_y.shape[0], cells.shape[1])):
                    _add_slices(cells[frame], z, distance, k, plane)
                    half_way[:] = _NONE
                    _add_neighbours(plane, stencil_x[distance], 1, half_way)
                    _add_neighbours(half_way, stencil_y[distance], width, target)


@njit(nogil=True, fastmath=True, error_model="numpy", cache=True)
def _add_term(
    gain: FloatArray,
    above: FloatArray,
    below: FloatArray,
    part: Any,
    start: Any,
    stop: Any,
    sums: FloatArray,
) -> None:
    for x in range(start, stop):
        sums[x] += gain[x] * (above[x] + part * (below[x] - above[x]))


@njit(nogil=True, fastmath=True, error_model="numpy", cache=True)
def _put(sums: FloatArray, marker: FloatArray, left: Any, start: Any, stop: Any, target: Any) -> None:
    # The old value is read in any case: a store on condition would not be vectorised.
    for x in range(start, stop):
        old, new = target[left + x], sums[x]
        target[left + x] = new if marker[x] > _NONE else old
        sums[x] = _NONE


@njit(nogil=True, fastmath=True, error_model="numpy", cache=True)
def spread_cells(
    cells: Any, gain: FloatArray, spans: Any, cell_y: int, cell_x: int, pad: int, corner: Any, filtered: Any
) -> None:
    """Interpolate blurred cells at the voxels of the mask and add up their terms.

    Parameters
    ----------
    cells : ndarray of float32, shape (F, Z, K, B + 1 + 2 pad, C + 1 + 2 pad)
    gain : ndarray of float32, shape (K, Z, B cell_y, C cell_x)
        Factors of the terms; the first one is positive inside the mask and zero outside.
    spans, cell_y, cell_x, pad, corner
        As in :func:`gather_cells`.
    filtered : ndarray of float32, shape (F, Z, Y, X)
        C order; receives the result inside the mask.
    """
    n_frames, n_slices = filtered.shape[:2]
    n_terms, width = gain.shape[0], gain.shape[3]
    top, left = corner[0], np.uint64(corner[1])
    rows = np.zeros((2, n_frames, n_terms, width + 1), np.float32)
    sums = np.zeros(width, np.float32)
    half_row = np.zeros(width // 2 + 2, np.float32)
    for z in range(n_slices):
        for b in range(spans.shape[1]):
            offset = pad + spans[z, b, 0] // cell_x
            start, stop = np.uint64(spans[z, b, 0]), np.uint64(spans[z, b, 1])
            if stop <= start:
                continue
            above, below = rows[1 - (b & 1)], rows[b & 1]
            # The voxels above this row of corners lie within its own span and within that of the row before.
            first, last = max(b - 1, 0) * cell_y, min(b * cell_y, filtered.shape[2] - top)
            from_column = max(start, np.uint64(spans[z, max(b - 1, 0), 0]))
            to_column = min(stop, np.uint64(spans[z, max(b - 1, 0), 1]))
            present = min(to_column, np.uint64(filtered.shape[3]) - left)
            for frame in range(n_frames):
                for k in range(n_terms):
                    corners = cells[frame, z, k, b + pad][offset:]
                    _from_cells(corners, cell_x, half_row, below[frame, k][start : stop + _ONE])
                for y in range(first, last):
                    part = np.float32(y - first) / np.float32(cell_y)
                    for k in range(n_terms):
                        strength = gain[k, z, y]
                        _add_term(
                            strength, above[frame, k], below[frame, k], part, from_column, to_column, sums
                        )
                    _put(sums, gain[0, z, y], left, from_column, present, filtered[frame, z, top + y])
