"""A head after decompressive craniectomy: a piece of the vault is missing, the brain bulges or has sunk."""

import numpy as np
from scipy import ndimage

from .labelled_head import AIR, FLUID, SCALP, SCALP_HU, SKULL, LabelledHead, Mask, depth_and_nearest

_VAULT = 0.7
"""Share of the largest slice that the inside of the skull has in slices of the vault."""

_DEEPEST_VAULT = 22.0
"""mm below the skin in which the bone of the vault lies."""


def craniectomy(
    head: LabelledHead,
    width: float,
    *,
    left: bool = False,
    slices: slice = slice(None),
    bulge: float = 0.0,
    sunken: float = 0.0,
) -> LabelledHead:
    """Return the head without the bone of one side of the vault over `width` mm, from front to back.

    Parameters
    ----------
    head : LabelledHead
    width : float
        mm.
    left : bool
        On the left of the image rather than the right.
    slices : slice
        In these slices of the vault; all of them by default.
    bulge : float
        mm by which the brain comes out of the hole, into bone and scalp; 6 mm of scalp remain.
    sunken : float
        mm by which skin and brain lie deeper than before.
    """
    x, y, _ = head.position
    side = -x if left else x
    chosen = np.zeros(len(head.labels), dtype=bool)
    chosen[slices] = True
    size = head.inside.sum(axis=(1, 2))
    chosen &= size > _VAULT * size.max()
    window = (side > 0) & (np.abs(y) < width / 2) & chosen[:, None, None]
    # Voxels that hold a little bone and much of something else lose it too.
    row_step, column_step = head.series.spacing[1], head.series.spacing[0]
    depth = np.stack([depth_and_nearest(plane == AIR, (row_step, column_step))[0] for plane in head.labels])
    window &= depth < _DEEPEST_VAULT
    bright = head.series.voxels.mean(axis=0) > 90.0
    beside = ndimage.binary_dilation(head.labels == SKULL, np.ones((1, 5, 5), dtype=bool))
    hole = window & ((head.labels == SKULL) | (beside & bright & np.isin(head.labels, (SCALP, FLUID))))
    opened = head.changed(hole, SCALP_HU, SCALP)
    if bulge > 0:
        return _bulging(opened, hole, bulge, window)
    return _sunken(opened, sunken, left=left, width=width, chosen=chosen) if sunken > 0 else opened


def _bulging(head: LabelledHead, hole: Mask, bulge: float, window: Mask) -> LabelledHead:
    row_step, column_step = head.series.spacing[1], head.series.spacing[0]
    planes = [depth_and_nearest(plane, (row_step, column_step)) for plane in head.inside]
    outward = np.stack([distance for distance, _ in planes])
    skin = np.stack([depth_and_nearest(plane == AIR, (row_step, column_step))[0] for plane in head.labels])
    room = window & (outward > 0) & (outward <= bulge) & ((skin > 6.0) | hole) & (head.labels != AIR)
    voxels, labels = head.series.voxels.copy(), head.labels.copy()
    tissue = [depth_and_nearest(plane, (row_step, column_step))[1] for plane in head.tissue]
    for index in np.flatnonzero(room.any(axis=(1, 2))):
        rows, columns = tissue[index][:, room[index]]
        voxels[:, index, room[index]] = head.series.voxels[:, index, rows, columns]
        labels[index, room[index]] = head.labels[index, rows, columns]
    return LabelledHead(head.series.with_voxels(voxels), labels)


def _sunken(head: LabelledHead, depth: float, *, left: bool, width: float, chosen: Mask) -> LabelledHead:
    """Move the columns of one side inwards, most in the middle of the hole."""
    x, y, _ = head.position
    pixel = head.series.spacing[0]
    amount = depth * np.clip(1.0 - (2.0 * y / width) ** 2, 0.0, None) * np.clip(np.abs(x) / 60.0, 0.0, 1.0)
    amount = np.where((x < 0) == left, amount, 0.0) * chosen[:, None, None] / pixel
    k, j, i = np.indices(head.labels.shape)
    source = np.clip(np.rint(i + np.where(x < 0, -amount, amount)), 0, head.labels.shape[2] - 1).astype(int)
    return LabelledHead(
        head.series.with_voxels(head.series.voxels[:, k, j, source]), head.labels[k, j, source]
    )
