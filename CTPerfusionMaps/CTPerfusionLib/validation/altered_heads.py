"""A head with something in it, or a face in front of it: metal, calcium, blood, fluid, air, orbits."""

import numpy as np
from scipy import ndimage

from .labelled_head import (
    AIR,
    AIR_HU,
    ARTERY,
    FLUID,
    FOREIGN,
    GREY,
    LOST,
    METAL_HU,
    SCALP,
    SKULL,
    VEIN,
    WHITE,
    LabelledHead,
    Mask,
    ball,
)


def with_object(
    head: LabelledHead, centre: tuple[float, float, float], radius: float, hu: float, label: int
) -> LabelledHead:
    """Return the head with a ball of constant `hu` inside the skull: calcium, clot, blood, fluid, air."""
    return head.changed(ball(head, centre, radius) & head.inside, hu, label)


def with_tube(
    head: LabelledHead,
    start: tuple[float, float, float],
    end: tuple[float, float, float],
    radius: float,
    hu: float,
) -> LabelledHead:
    """Return the head with a straight drain from `start` to `end`, mm from the middle of the brain."""
    along = np.array(end) - np.array(start)
    away = head.position - np.array(start)[:, None, None, None]
    share = np.clip(np.tensordot(along, away, axes=1) / (along @ along), 0.0, 1.0)
    distance = np.linalg.norm(away - share * along[:, None, None, None], axis=0)
    pixel = head.series.spacing[0]
    return head.changed(distance <= max(radius, 0.6 * pixel), hu, FOREIGN)


def with_metal(
    head: LabelledHead, centre: tuple[float, float, float], radius: float = 3.0, streak: float = 100.0
) -> LabelledHead:
    """Return the head with a clip at a place in mm: saturated, with bright and dark rays in its slices.

    The rays have `streak` HU at twice the radius and fade with distance; tissue that they change by more
    than 30 HU gets the class `LOST`.
    """
    metal: Mask = ball(head, centre, radius)
    x, y, _ = head.position - np.array(centre)[:, None, None, None]
    distance = np.maximum(np.hypot(x, y), radius)
    rays = streak * np.sin(12.0 * np.arctan2(y, x)) * np.minimum(2.0 * radius / distance, 1.0)
    in_slice = np.flatnonzero(metal.any(axis=(1, 2)))
    rays[np.setdiff1d(np.arange(len(metal)), in_slice)] = 0.0
    rays[head.labels == AIR] = 0.0
    spoilt = head.series.voxels + rays.astype(np.float32)
    spoilt[:, metal] = METAL_HU
    lost = (np.abs(rays) > 30.0) & np.isin(head.labels, (FLUID, GREY, WHITE, ARTERY, VEIN))
    labels = np.where(metal, FOREIGN, np.where(lost, LOST, head.labels)).astype(np.uint8)
    return LabelledHead(head.series.with_voxels(np.minimum(spoilt, METAL_HU)), labels)


def swollen(head: LabelledHead) -> LabelledHead:
    """Return the head without any fluid: sulci and ventricles filled by the tissue beside them."""
    steps = (head.series.spacing[2], head.series.spacing[1], head.series.spacing[0])
    nearest = ndimage.distance_transform_edt(~head.tissue, steps, return_distances=False, return_indices=True)
    fluid = head.labels == FLUID
    voxels, labels = head.series.voxels.copy(), head.labels.copy()
    source = tuple(axis[fluid] for axis in nearest)
    voxels[:, fluid] = head.series.voxels[:, *source]
    labels[fluid] = head.labels[source]
    return LabelledHead(head.series.with_voxels(voxels), labels)


def with_face(head: LabelledHead, slices: slice) -> LabelledHead:
    """Return the head with orbits and sinuses in front of the brain in some slices.

    Each orbit has a wall of 1.5 mm of bone, fat, a globe of 12 mm radius and a muscle cone; between them lie
    air cells with walls of the same thickness.
    """
    for side in (-1.0, 1.0):
        head = _with_orbit(head, side, slices)
    x, y, _ = head.position
    front = _front_of_brain(head)
    chosen = np.zeros(len(head.labels), dtype=bool)
    chosen[slices] = True
    cells = (np.abs(x) < 11.0) & (y < front - 6.0) & (y > front - 40.0) & chosen[:, None, None]
    cells &= head.labels == SCALP
    walls = cells & (np.mod(x + 3.5, 7.0) < 1.5)
    head = head.changed(cells & ~walls, AIR_HU, AIR)
    return head.changed(walls, 400.0, SKULL)


def _with_orbit(head: LabelledHead, side: float, slices: slice) -> LabelledHead:
    x, y, _ = head.position
    front = _front_of_brain(head)
    chosen = np.zeros(len(head.labels), dtype=bool)
    chosen[slices] = True
    here = chosen[:, None, None] & (head.labels == SCALP)
    u, v = x - side * 31.0, y - (front - 22.0)
    cone = (np.abs(u) < 18.0 * np.clip((8.0 - v) / 34.0, 0.0, 1.0) + 2.0) & (v < 8.0)
    wall = (np.abs(u) < 18.0 * np.clip((8.0 - v) / 34.0, 0.0, 1.0) + 3.5) & (v < 9.5)
    globe, muscle = np.hypot(u, v + 14.0) < 12.0, np.abs(np.abs(u) - 7.0) < 1.5
    head = head.changed(here & wall & ~cone, 500.0, SKULL)
    head = head.changed(here & cone, -80.0, SCALP)
    head = head.changed(here & cone & muscle, 50.0, SCALP)
    return head.changed(here & globe, 12.0, SCALP)


def _front_of_brain(head: LabelledHead) -> float:
    return float(head.position[1][head.inside].min())
