"""What the skull encloses, also where a piece of it is missing or lies outside the field of view.

The bone of a slice and all that it surrounds is found by filling. After a craniectomy that leaks. Seen from
the middle of the slice a missing piece is a run of directions without any bone below the skin, which no
healthy skull has: orbits and cheeks have bone behind them. There the brain is taken to reach up to the
scalp, however far it bulges or has sunk.
"""

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from ..series import voxel_spacing
from ..series.geometry import FloatArray
from .morphology import Mask, Spacing, closed, eroded, filled

BONE_LIMIT = 300.0
"""HU above which a voxel is bone."""

SUTURE = 5.0
"""Radius in mm that closes sutures, foramina and thin bone."""

SCALP = 10.0
"""mm of skin, muscle and dura over the brain where bone is missing."""

SKULL_DEPTH = 16.0
"""mm below the skin within which an intact vault lies, but for the thickest muscle."""

FACE_DEPTH = 60.0
"""mm below the skin within which there is bone in every direction where the skull is intact: the apex of the
orbit lies about 50 mm deep."""

WIDEST_HOLE = 0.55
"""Share of directions that may lack bone; the neck below the skull lacks it in more."""

FACE_ANGLE = 60.0
"""Degrees from straight ahead within which the face lies."""

BASE_SHARE = 0.1
"""Share of the head that bone encloses in a slice of the skull base; no hole is looked for in its face."""

_DIRECTIONS = 120
_MARGIN = 4
_CUT_DEPTH = 3.0
_SMALLEST_SLICE = 30.0


def inside_skull(image: NDArray[np.float32], head: Mask, unmeasured: Mask, ijk_to_ras: FloatArray) -> Mask:
    """Return the inside of the skull without the bone, shape (Z, Y, X).

    Parameters
    ----------
    image : ndarray, shape (Z, Y, X)
        HU without contrast.
    head : ndarray of bool, shape (Z, Y, X)
    unmeasured : ndarray of bool, shape (Z, Y, X)
        Outside the field of view; a head that ends there is cut off, which is no hole.
    ijk_to_ras : ndarray, shape (4, 4)
        Says how large voxels are and where the face is.
    """
    spacing = voxel_spacing(ijk_to_ras)
    bone = head & (image > BONE_LIMIT)
    cut = _cut_surface(head, unmeasured)
    enclosed = filled(closed(bone, SUTURE, spacing) | cut) & ~bone
    is_base = enclosed.sum(axis=(1, 2)) > BASE_SHARE * head.sum(axis=(1, 2))
    lid = _scalp_over_holes(bone, head, cut, is_base, ijk_to_ras)
    if lid.any():
        # Bone that ends at a cut surface leaves a gap beside the lid.
        enclosed = filled(closed(bone | lid, SUTURE, spacing) | cut) & ~(bone | lid)
    return enclosed


def _cut_surface(head: Mask, unmeasured: Mask) -> Mask:
    """Return the voxels of the head at the border of the image or of the field of view."""
    border = np.ones(head.shape[1:], dtype=bool)
    border[1:-1, 1:-1] = False
    if unmeasured.any():
        neighbours = ndimage.generate_binary_structure(2, 2)[None]
        return np.asarray(head & (border | ndimage.binary_dilation(unmeasured, neighbours)))
    return head & border


def _scalp_over_holes(
    bone: Mask, head: Mask, cut: Mask, is_base: NDArray[np.bool_], ijk_to_ras: FloatArray
) -> Mask:
    """Return the scalp where bone is missing and, up to the skull, beside such places: a tight lid."""
    spacing = voxel_spacing(ijk_to_ras)
    skin, skull, end = (_outermost(mask, head, spacing) for mask in (head, bone, cut))
    elsewhere = (is_base[:, None] & _faces_forward(ijk_to_ras)) | (end > skin - _CUT_DEPTH)
    holes = _holes(skin - skull, np.where(elsewhere, 0.0, skin))
    lid = np.zeros_like(head)
    around = _widened(holes, _MARGIN)
    beside = around & ~holes & (skull > 0.0)
    shallow = ~eroded(head, SCALP, spacing) if holes.any() else lid
    for index in np.flatnonzero(holes.any(axis=1)):
        direction, radius = _polar(head[index], spacing)
        outside = beside[index][direction] & (radius > skull[index][direction])
        lid[index] = head[index] & (around[index][direction] & shallow[index] | outside)
    return lid


def _outermost(mask: Mask, head: Mask, spacing: Spacing) -> NDArray[np.float64]:
    """Return how far `mask` reaches in each direction of each slice, mm, 0 where it does not; (Z, D)."""
    reach = np.zeros((len(mask), _DIRECTIONS))
    for index, plane in enumerate(mask):
        rows, columns = np.nonzero(plane & ~_interior(plane))
        if rows.size:
            direction, radius = _directions_of(rows, columns, _middle(head[index]), spacing)
            np.maximum.at(reach[index], direction, radius)
    return reach


def _interior(plane: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return the pixels whose four neighbours belong to `plane` too."""
    interior = np.zeros_like(plane)
    beside = plane[1:-1, :-2] & plane[1:-1, 2:]
    interior[1:-1, 1:-1] = beside & plane[:-2, 1:-1] & plane[2:, 1:-1]
    return interior


def _polar(head: NDArray[np.bool_], spacing: Spacing) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """Return direction and distance (mm) of each pixel from the middle of a slice's head."""
    grid = np.indices(head.shape)
    return _directions_of(grid[0], grid[1], _middle(head), spacing)


def _middle(head: NDArray[np.bool_]) -> tuple[float, float]:
    """Return row and column of the middle of a slice's head, which must not be empty."""
    rows, columns = np.nonzero(head)
    return float(rows.min() + rows.max()) / 2.0, float(columns.min() + columns.max()) / 2.0


def _directions_of(
    rows: NDArray[np.intp], columns: NDArray[np.intp], middle: tuple[float, float], spacing: Spacing
) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    y, x = (rows - middle[0]) * spacing[1], (columns - middle[1]) * spacing[0]
    turns = np.arctan2(y, x) / (2.0 * np.pi) + 0.5
    return np.minimum((turns * _DIRECTIONS).astype(np.intp), _DIRECTIONS - 1), np.hypot(x, y)


def _faces_forward(ijk_to_ras: FloatArray) -> NDArray[np.bool_]:
    """Return which directions point to the face, shape (D,)."""
    angles = (np.arange(_DIRECTIONS) + 0.5) / _DIRECTIONS * 2.0 * np.pi - np.pi
    steps = np.asarray(ijk_to_ras, dtype=float)[:3, :2]
    column, row = (steps / np.linalg.norm(steps, axis=0))[1]
    return np.asarray(np.cos(angles) * column + np.sin(angles) * row > np.cos(np.radians(FACE_ANGLE)))


def _holes(depth: NDArray[np.float64], skin: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return the directions of each slice in which a piece of skull is missing, shape (Z, D).

    Surely missing is bone that lies too deep even for the face. Near the skull base other bone comes into
    view behind a hole; there directions are taken that adjoin sure ones, also in the next slice.
    """
    is_large = np.median(skin, axis=1, keepdims=True) > _SMALLEST_SLICE
    lacking = (depth > SKULL_DEPTH) & (skin > 0.0) & is_large
    sure = lacking & (depth > np.minimum(FACE_DEPTH, 0.9 * skin))
    around = np.tile(lacking, (1, 3))
    labels, count = ndimage.label(around)
    kept = np.zeros(count + 1, dtype=bool)
    kept[labels[np.tile(sure, (1, 3))]] = True
    kept[0] = False
    holes = kept[labels][:, _DIRECTIONS : 2 * _DIRECTIONS]
    return np.asarray(holes & (holes.mean(axis=1, keepdims=True) <= WIDEST_HOLE))


def _widened(holes: NDArray[np.bool_], steps: int) -> NDArray[np.bool_]:
    widened = holes.copy()
    for step in range(1, steps + 1):
        widened |= np.roll(holes, step, axis=1) | np.roll(holes, -step, axis=1)
    return widened
