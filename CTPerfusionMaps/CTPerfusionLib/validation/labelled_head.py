"""A simulated head with the class of each voxel, from which harder heads are made."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from ..series import PerfusionSeries

Mask = NDArray[np.bool_]

AIR, SCALP, SKULL, FLUID, GREY, WHITE, ARTERY, VEIN = range(8)
"""The classes of the head phantom."""

FOREIGN = 8
"""The class of what is no part of a healthy head and must not be analysed: metal, calcium, trapped air."""

LOST = 9
"""The class of tissue whose values cannot be trusted; it may be analysed or not."""

AIR_HU, METAL_HU, SCALP_HU = -1000.0, 3071.0, 45.0


@dataclass(frozen=True, eq=False)
class LabelledHead:
    """A perfusion series of a head, and what each voxel is.

    Attributes
    ----------
    series : PerfusionSeries
        float32 HU, without motion.
    labels : ndarray of uint8, shape (Z, Y, X)
        The classes of the head phantom, `FOREIGN` and `LOST`.
    """

    series: PerfusionSeries
    labels: NDArray[np.uint8]

    @property
    def tissue(self) -> Mask:
        """Grey and white matter, shape (Z, Y, X)."""
        return np.isin(self.labels, (GREY, WHITE))

    @property
    def inside(self) -> Mask:
        """Tissue, fluid and vessels, shape (Z, Y, X)."""
        return np.isin(self.labels, (FLUID, GREY, WHITE, ARTERY, VEIN))

    @property
    def forbidden(self) -> Mask:
        """What must not be analysed: outside the brain, or foreign to it, shape (Z, Y, X)."""
        return np.isin(self.labels, (AIR, SCALP, SKULL, FOREIGN))

    @property
    def position(self) -> NDArray[np.float64]:
        """Place of each voxel in mm (x to the left of the image's right, y, z) from the middle of the brain.

        Shape (3, Z, Y, X).
        """
        k, j, i = np.indices(self.labels.shape, dtype=float)
        steps = np.array(self.series.spacing)[:, None, None, None]
        place = np.stack([i, j, k]) * steps
        middle = place[:, self.inside].mean(axis=1)
        return np.asarray(place - middle[:, None, None, None])

    def changed(self, region: Mask, curve: Any, label: int) -> "LabelledHead":
        """Return the head with `curve` (a number, or broadcasting to (T, N)) in a region, with its noise."""
        voxels = self.series.voxels.copy()
        old = voxels[:, region]
        noise = old - _smooth_in_time(old)
        voxels[:, region] = curve + noise
        return LabelledHead(self.series.with_voxels(voxels), np.where(region, label, self.labels))


def labelled(series: PerfusionSeries, labels: NDArray[np.uint8]) -> LabelledHead:
    """Return a phantom's series and labels as a head that can be altered."""
    return LabelledHead(series.with_voxels(series.voxels.astype(np.float32)), labels)


def ball(head: LabelledHead, centre: tuple[float, float, float], radius: float) -> Mask:
    """Return the voxels within `radius` mm of a place in mm from the middle of the brain, at least one."""
    distance = np.linalg.norm(head.position - np.array(centre)[:, None, None, None], axis=0)
    return np.asarray(distance <= max(radius, float(distance.min())))


def depth_and_nearest(
    plane: Mask, steps: tuple[float, float]
) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
    """Return each pixel's distance in mm to the nearest pixel of `plane`, and its row and column."""
    if not plane.any():
        return np.full(plane.shape, np.inf), np.zeros((2, *plane.shape), dtype=np.intp)
    distance, nearest = ndimage.distance_transform_edt(~plane, steps, return_indices=True)
    return distance, nearest


def _smooth_in_time(curves: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.asarray(ndimage.uniform_filter1d(curves, 5, axis=0, mode="nearest"))
