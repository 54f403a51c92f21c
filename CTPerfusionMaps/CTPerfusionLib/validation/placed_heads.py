"""A head that lies badly: turned, cut off, on a table, in an odd field of view; what is brain stays known."""

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from scipy.spatial.transform import Rotation

from .labelled_head import AIR, AIR_HU, LOST, SKULL, LabelledHead, Mask


def tilted(head: LabelledHead, about_x: float = 0.0, about_z: float = 0.0) -> LabelledHead:
    """Return the head turned by degrees about the axes of the image, through the middle of the grid."""
    series = head.series
    rotation = Rotation.from_euler("xz", [about_x, about_z], degrees=True).as_matrix()
    steps = np.diag(series.spacing)
    to_source = np.linalg.inv(steps) @ rotation.T @ steps
    order = np.ix_([2, 1, 0], [2, 1, 0])
    matrix = to_source[order]
    middle = (np.array(series.shape) - 1) / 2
    offset = middle - matrix @ middle
    voxels = np.stack(
        [
            ndimage.affine_transform(frame, matrix, offset, order=1, mode="constant", cval=AIR_HU)
            for frame in series.voxels
        ]
    )
    labels = ndimage.affine_transform(head.labels, matrix, offset, order=0, mode="constant", cval=AIR)
    # Thick slices of a turned head mix bone and brain, where no label is right.
    inside = ndimage.affine_transform(head.inside.astype(np.float32), matrix, offset, order=1)
    mixed = (inside > 0.01) & (inside < 0.99) & (labels > SKULL)
    return LabelledHead(series.with_voxels(voxels), np.where(mixed, LOST, labels).astype(np.uint8))


def sheared(head: LabelledHead, degrees: float) -> LabelledHead:
    """Return the head scanned with a tilted gantry: each slice lies further back than the one below."""
    series = head.series
    to_ras = series.ijk_to_ras.copy()
    to_ras[1, 2] += np.tan(np.radians(degrees)) * series.spacing[2]
    shift = np.tan(np.radians(degrees)) * series.spacing[2] / series.spacing[1]
    voxels, labels = np.full_like(series.voxels, AIR_HU), np.zeros_like(head.labels)
    for index in range(series.n_slices):
        step = round(shift * (index - series.n_slices / 2))
        voxels[:, index] = _moved(series.voxels[:, index], step, AIR_HU)
        labels[index] = _moved(head.labels[index], step, AIR)
    return LabelledHead(replace(series, voxels=voxels, ijk_to_ras=to_ras), labels)


def slab(head: LabelledHead, first: int, last: int) -> LabelledHead:
    """Return some of the slices, from `first` to before `last`."""
    series = head.series
    times = series.times[:, first:last] if series.has_slice_times else series.times
    part = replace(series, voxels=series.voxels[:, first:last], times=times)
    return LabelledHead(part, head.labels[first:last])


def cut_off(head: LabelledHead, millimetres: float, padding: float | None = None) -> LabelledHead:
    """Return the head whose left part (in the image) lies outside the field of view.

    With `padding` in HU those columns stay as padding, else the image is moved and they are gone.
    """
    columns = round(millimetres / head.series.spacing[0])
    voxels, labels = head.series.voxels.copy(), head.labels.copy()
    first = int(np.flatnonzero((labels > AIR).any(axis=(0, 1)))[0])
    if padding is None:
        voxels, labels = voxels[..., first + columns :], labels[..., first + columns :]
    else:
        voxels[..., : first + columns] = padding
        labels[..., : first + columns] = AIR
    return LabelledHead(replace(head.series, voxels=np.ascontiguousarray(voxels)), labels)


def padded(head: LabelledHead, value: float) -> LabelledHead:
    """Return the head in a round field of view with `value` HU around it."""
    _, rows, columns = head.labels.shape
    j, i = np.indices((rows, columns))
    outside: Mask = np.asarray(np.hypot((j - rows / 2) / rows, (i - columns / 2) / columns) > 0.5)
    voxels = head.series.voxels.copy()
    voxels[..., outside] = value
    return LabelledHead(head.series.with_voxels(voxels), np.where(outside, AIR, head.labels))


def padded_air(head: LabelledHead) -> LabelledHead:
    """Return the head in air of -1024 HU, as scanners give it that clip there."""
    voxels = head.series.voxels.copy()
    voxels[:, head.labels == AIR] = -1024.0
    return LabelledHead(head.series.with_voxels(voxels), head.labels)


def with_table(head: LabelledHead, gap: float = 0.0) -> LabelledHead:
    """Return the head on a curved head rest of foam and shell, `gap` mm below the skin, with a blanket."""
    voxels, labels = head.series.voxels.copy(), head.labels
    _, rows, columns = labels.shape
    lowest = np.array([np.flatnonzero(plane.any(axis=1))[-1] for plane in labels > AIR if plane.any()]).max()
    j, i = np.indices((rows, columns))
    drop = ((i - columns / 2) * head.series.spacing[0]) ** 2 / 400.0
    height = (j - lowest) * head.series.spacing[1] - gap + drop
    shell, foam = (height > 14.0) & (height <= 20.0), (height > 0.0) & (height <= 14.0)
    air = labels == AIR
    voxels[:, air & foam] += 920.0
    voxels[:, air & shell] += 1100.0
    blanket = (np.abs(height + 150.0) < 4.0) & (np.abs(i - columns / 2) * head.series.spacing[0] < 90.0)
    voxels[:, air & blanket] += 850.0
    return LabelledHead(head.series.with_voxels(voxels), labels)


def _moved(array: NDArray[Any], step: int, fill: float) -> NDArray[Any]:
    """Return an array (..., Y, X) moved by `step` rows."""
    moved = np.full_like(array, fill)
    if step >= 0:
        moved[..., step:, :] = array[..., : array.shape[-2] - step, :]
    else:
        moved[..., :step, :] = array[..., -step:, :]
    return moved
