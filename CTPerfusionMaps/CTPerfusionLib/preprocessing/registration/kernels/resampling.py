"""Compiled resampling of a frame, and where it has data.

No threads are started: frames are shared out among the cores instead.
"""

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray
from scipy import ndimage

from .registration import is_inside, transformed

FloatArray = NDArray[np.float32]

_ZERO, _SIXTH, _HALF = np.float32(0.0), np.float32(1.0 / 6.0), np.float32(0.5)
_ONE, _TWO = np.float32(1.0), np.float32(2.0)

_AIR, _BONE = np.float32(-60.0), np.float32(130.0)
"""HU in the reference frame beyond which a voxel holds air or bone; fat and blood lie between."""

_BRIGHTEST_BLOOD = np.float32(600.0)
_BRAIN = np.float32(35.0)

_FAR = 1_000_000
"""Columns; more than any row has."""


@njit(nogil=True, fastmath=True, cache=True)
def _columns_until_next(position: Any, whole: int, slope: Any, first: int, last: int) -> int:
    # How many columns it takes until the whole part of a position changes, which `first` and `last` bound.
    if slope > _ZERO and whole < last:
        distance = np.float32(whole + 1) - position
    elif slope < _ZERO and whole > first:
        distance = np.float32(whole) - position
    else:
        return _FAR
    return int(min(distance / slope, np.float32(_FAR))) + 1


def near_bone_or_air(reference: NDArray[Any]) -> NDArray[np.bool_]:
    """Return which voxels of the reference frame hold bone or air or touch any."""
    hard = (reference > _BONE) | (reference < _AIR)
    return np.asarray(ndimage.maximum_filter(hard, size=3))


@njit(nogil=True, fastmath=True, cache=True)
def soft_tissue(frame: Any, hard: Any, to_reference: FloatArray) -> FloatArray:
    """Return a frame (Z, Y, X) with brain in place of bone and air, HU.

    A spline through bone or air would swing far into the brain beside it. Where they are is taken from the
    reference frame, since an artery full of contrast may look like bone: were it treated so only while it
    is full, its curve would lose its shape.

    Parameters
    ----------
    frame : ndarray, shape (Z, Y, X)
    hard : ndarray of bool, shape (Z, Y, X)
        Of :func:`near_bone_or_air`.
    to_reference : ndarray of float32, shape (3, 4)
        Maps (column, row, slice) of the frame to those of the reference frame.
    """
    slices, rows, columns = frame.shape
    result = np.empty(frame.shape, np.float32)
    for slice_index in range(slices):
        for row_index in range(rows):
            for column in range(columns):
                value = np.float32(frame[slice_index, row_index, column])
                x, y, z = transformed(to_reference, column, row_index, slice_index)
                if is_inside(frame.shape, x, y, z):
                    is_hard = hard[int(z + _HALF), int(y + _HALF), int(x + _HALF)]
                else:
                    is_hard = value > _BONE or value < _AIR
                soft = min(max(value, _AIR), _BRIGHTEST_BLOOD)
                result[slice_index, row_index, column] = _BRAIN if is_hard else soft
    return result


@njit(nogil=True, fastmath=True, cache=True)
def _blend_row(
    image: Any, bends: FloatArray, first: int, strides: Any, shares: Any, result: FloatArray
) -> None:
    # One run of columns whose eight neighbours all move on by one voxel from column to column.
    right, below, above = strides
    u, v, w, along_x, along_y, along_z = shares
    count = len(result)
    image00 = image[first : first + count]
    image01 = image[first + right : first + right + count]
    image10 = image[first + below : first + below + count]
    image11 = image[first + below + right : first + below + right + count]
    bend00 = bends[first : first + count]
    bend01 = bends[first + right : first + right + count]
    bend10 = bends[first + below : first + below + count]
    bend11 = bends[first + below + right : first + below + right + count]
    first += above
    upper00 = image[first : first + count]
    upper01 = image[first + right : first + right + count]
    upper10 = image[first + below : first + below + count]
    upper11 = image[first + below + right : first + below + right + count]
    upper_bend00 = bends[first : first + count]
    upper_bend01 = bends[first + right : first + right + count]
    upper_bend10 = bends[first + below : first + below + count]
    upper_bend11 = bends[first + below + right : first + below + right + count]
    for column in range(count):
        step = np.float32(column)
        share_x = u + along_x * step
        share_y = min(max(v + along_y * step, _ZERO), _ONE)
        share_z = min(max(w + along_z * step, _ZERO), _ONE)
        near = _bilinear(image00[column], image01[column], image10[column], image11[column], share_x, share_y)
        far = _bilinear(upper00[column], upper01[column], upper10[column], upper11[column], share_x, share_y)
        bend = _bilinear(bend00[column], bend01[column], bend10[column], bend11[column], share_x, share_y)
        far_bend = _bilinear(
            upper_bend00[column], upper_bend01[column], upper_bend10[column], upper_bend11[column],
            share_x, share_y,
        )  # fmt: skip
        bend = (_TWO - share_z) * bend + (_ONE + share_z) * far_bend
        result[column] = near + share_z * (far - near) - share_z * (_ONE - share_z) * _SIXTH * bend


@njit(nogil=True, fastmath=True, cache=True)
def _bilinear(first: Any, right: Any, below: Any, both: Any, share_x: Any, share_y: Any) -> Any:
    upper = np.float32(first) + share_x * (np.float32(right) - np.float32(first))
    lower = np.float32(below) + share_x * (np.float32(both) - np.float32(below))
    return upper + share_y * (lower - upper)


@njit(nogil=True, fastmath=True, cache=True)
def resample(frame: Any, curvature: FloatArray, to_voxels: FloatArray, resampled: FloatArray) -> None:
    """Fill `resampled` with the frame at transformed voxel positions.

    Interpolation is linear in the plane and follows a cubic spline across the slices, which are far apart: at
    a share w between slices with the second derivatives m and n of the spline it is the linear blend less
    w (1 - w) ((2 - w) m + (1 + w) n) / 6. Beyond the border the border's value holds. Head motion turns a row
    by little, so along most of it the neighbours of one column lie beside those of the column before: such
    runs are blended with vector instructions.

    Parameters
    ----------
    frame : ndarray, shape (Z, Y, X)
        Contiguous.
    curvature : ndarray of float32, shape (Z, Y, X)
        Second derivatives across the slices, HU per slice distance squared.
    to_voxels : ndarray of float32, shape (3, 4)
        Maps (column, row, slice) of the result to those of the frame.
    resampled : ndarray of float32, shape (Z, Y, X)
    """
    slices, rows, columns = frame.shape
    image, bends = frame.ravel(), curvature.ravel()
    below, above = min(rows - 1, 1) * columns, min(slices - 1, 1) * rows * columns
    last_j, last_k = max(rows - 2, 0), max(slices - 2, 0)
    along_x, along_y, along_z = to_voxels[0, 0], to_voxels[1, 0], to_voxels[2, 0]
    drift_x = along_x - _ONE
    for slice_index in range(resampled.shape[0]):
        for row_index in range(resampled.shape[1]):
            row = resampled[slice_index, row_index]
            column = 0
            while column < len(row):
                x, y, z = transformed(to_voxels, column, row_index, slice_index)
                j, k = min(int(max(y, _ZERO)), last_j), min(int(max(z, _ZERO)), last_k)
                offset = int(np.floor(x)) - column
                start = (k * rows + j) * columns
                v, w = y - np.float32(j), z - np.float32(k)
                if 0 <= column + offset < columns - 1:
                    i = column + offset
                    count = min(
                        len(row) - column,
                        columns - 1 - i,
                        _columns_until_next(x - np.float32(column), offset, drift_x, -_FAR, _FAR),
                        _columns_until_next(y, j, along_y, 0, last_j),
                        _columns_until_next(z, k, along_z, 0, last_k),
                    )
                    right, u = 1, x - np.float32(i)
                else:
                    i, count, right, u = (0 if x < _ZERO else columns - 1), 1, 0, _ZERO
                shares = (u, v, w, drift_x, along_y, along_z)
                _blend_row(
                    image, bends, start + i, (right, below, above), shares, row[column : column + count]
                )
                column += count


@njit(nogil=True, fastmath=True, cache=True)
def _departure(near: Any, far: Any, share: Any) -> Any:
    # How far a cubic spline with these second derivatives lies from the linear blend of its two samples.
    return share * (share - _ONE) * _SIXTH * ((_TWO - share) * near + (_ONE + share) * far)


@njit(nogil=True, fastmath=True, cache=True)
def _whole_and_share(position: Any, last: int) -> tuple[int, Any]:
    whole = min(int(max(position, _ZERO)), last)
    return whole, min(max(position - np.float32(whole), _ZERO), _ONE)


@njit(nogil=True, fastmath=True, cache=True)
def bend_in_plane(
    along_columns: FloatArray, along_rows: FloatArray, to_voxels: FloatArray, resampled: FloatArray
) -> None:
    """Add to a frame that was blended linearly in the plane how far a cubic spline lies from that.

    The spline's term in both directions at once is left out; half-way between pixels it is about 1 % of the
    contrast of one pixel, where that of each direction is 5 %.

    Parameters
    ----------
    along_columns, along_rows : ndarray of float32, shape (Z, Y, X)
        Second derivatives of the frame along rows and columns of pixels, HU per pixel squared.
    to_voxels : ndarray of float32, shape (3, 4)
        Maps (column, row, slice) of the result to those of the frame.
    resampled : ndarray of float32, shape (Z, Y, X)
    """
    slices, rows, columns = resampled.shape
    right, below, above = min(columns - 1, 1), min(rows - 1, 1), min(slices - 1, 1)
    for slice_index in range(slices):
        for row_index in range(rows):
            for column in range(columns):
                x, y, z = transformed(to_voxels, column, row_index, slice_index)
                i, u = _whole_and_share(x, max(columns - 2, 0))
                j, v = _whole_and_share(y, max(rows - 2, 0))
                k, w = _whole_and_share(z, max(slices - 2, 0))
                change = _ZERO
                for level, share in ((k, _ONE - w), (k + above, w)):
                    bends, others = along_columns[level], along_rows[level]
                    upper = _departure(bends[j, i], bends[j, i + right], u)
                    lower = _departure(bends[j + below, i], bends[j + below, i + right], u)
                    left = _departure(others[j, i], others[j + below, i], v)
                    other = _departure(others[j, i + right], others[j + below, i + right], v)
                    change += share * (upper + v * (lower - upper) + left + u * (other - left))
                resampled[slice_index, row_index, column] += change


@njit(nogil=True, fastmath=True, cache=True)
def count_covered(to_voxels: FloatArray, covered: Any) -> None:
    """Count for each voxel in how many frames its position lies in the scanned slab.

    Parameters
    ----------
    to_voxels : ndarray of float32, shape (T, 3, 4)
        Maps (column, row, slice) to those of each frame.
    covered : ndarray of int16, shape (Z, Y, X)
        Goes up by one per frame.
    """
    slices, rows, columns = covered.shape
    for matrix in to_voxels:
        for slice_index in range(slices):
            for row_index in range(rows):
                row = covered[slice_index, row_index]
                for column in range(columns):
                    x, y, z = transformed(matrix, column, row_index, slice_index)
                    row[column] += np.int16(is_inside((slices, rows, columns), x, y, z))
