"""Vessels drawn into the fine grid with partial volume."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .head_pose import HeadPose
from .sampling_grid import SamplingGrid
from .vessel_atlas import Vessel, VesselKind


@dataclass(frozen=True, eq=False)
class VesselRaster:
    """Vessels on the fine grid.

    Attributes
    ----------
    fraction : ndarray of float32, shape (Z, Y, X) of the fine grid
        Volume fraction of vessel.
    voxels : ndarray of int64, shape (N,)
        Flat indices of all voxels with vessel, ascending.
    weight, delay, transit : ndarray of float32, shape (N,)
        Share of flowing blood, delay and transit time (s) in each.
    is_artery : ndarray of bool, shape (N,)
    clot_voxels, clot_fraction : ndarray, shape (K,)
        Flat indices and fraction of thrombus.
    """

    fraction: NDArray[np.float32]
    voxels: NDArray[np.int64]
    weight: NDArray[np.float32]
    delay: NDArray[np.float32]
    transit: NDArray[np.float32]
    is_artery: NDArray[np.bool_]
    clot_voxels: NDArray[np.int64]
    clot_fraction: NDArray[np.float32]

    def averaged(self, kind: str, grid: SamplingGrid) -> NDArray[np.float32]:
        """Return the fraction of ``artery`` or ``vein`` on the scanner grid."""
        fine = np.zeros(grid.fine_shape, np.float32)
        chosen = self.voxels[self.is_artery == (kind == VesselKind.ARTERY)]
        fine.ravel()[chosen] = self.fraction.ravel()[chosen]
        return grid.averaged(fine)


@dataclass(frozen=True, eq=False)
class _Sample:
    """A short cylinder of one vessel in scanner coordinates."""

    start: NDArray[np.float64]
    stop: NDArray[np.float64]
    radius: float
    delay: float
    vessel: Vessel


def rasterise(vessels: Sequence[Vessel], pose: HeadPose, grid: SamplingGrid) -> VesselRaster:
    """Draw `vessels` into the fine grid; where two meet, the one that fills more of a voxel owns it."""
    fraction = np.zeros(grid.fine_shape, np.float32)
    owner = np.full(grid.fine_shape, -1, np.int32)
    samples = [sample for vessel in vessels for sample in _samples(vessel, pose)]
    for number, sample in enumerate(samples):
        _draw(sample, number, fraction, owner, grid)
    voxels = np.flatnonzero(fraction.ravel() > 0.01)
    fraction[fraction <= 0.01] = 0.0
    owners = owner.ravel()[voxels]
    filled = fraction.ravel()[voxels]
    clotted = np.array([sample.vessel.clotted for sample in samples])[owners]
    return VesselRaster(
        fraction=fraction,
        voxels=voxels,
        weight=np.where(clotted, 0.0, filled).astype(np.float32),
        delay=np.array([sample.delay for sample in samples], np.float32)[owners],
        transit=np.array([sample.vessel.transit for sample in samples], np.float32)[owners],
        is_artery=np.array([sample.vessel.kind is VesselKind.ARTERY for sample in samples])[owners],
        clot_voxels=voxels[clotted],
        clot_fraction=filled[clotted],
    )


def _samples(vessel: Vessel, pose: HeadPose) -> list[_Sample]:
    line, path = vessel.centre_line()
    points = pose.to_scanner(line)
    along = path / max(path[-1], 1e-6)
    radius = 0.5 * (vessel.calibre[0] + (vessel.calibre[1] - vessel.calibre[0]) * along)
    delay = np.maximum(vessel.arrival + vessel.speed * path / 10.0, 0.0)
    return [
        _Sample(points[n], points[n + 1], float(radius[n]), float(delay[n]), vessel)
        for n in range(len(points) - 1)
    ]


def _draw(
    sample: _Sample, number: int, fraction: NDArray[np.float32], owner: NDArray[np.int32], grid: SamplingGrid
) -> None:
    matrix = grid.fine_ijk_to_ras
    steps, origin = np.diag(matrix)[:3], matrix[:3, 3]
    ends = (np.stack([sample.start, sample.stop]) - origin) / steps
    reach = sample.radius / np.abs(steps) + 1.5
    low = np.maximum(np.floor(ends.min(axis=0) - reach), 0).astype(int)
    high = np.minimum(np.ceil(ends.max(axis=0) + reach) + 1, np.array(fraction.shape[::-1])).astype(int)
    if np.any(high <= low):
        return
    x, y, z = (origin[axis] + steps[axis] * np.arange(low[axis], high[axis]) for axis in range(3))
    offset = [
        z[:, None, None] - sample.start[2],
        y[None, :, None] - sample.start[1],
        x[None, None, :] - sample.start[0],
    ]
    direction = (sample.stop - sample.start)[::-1]
    length = float(direction @ direction)
    along = np.clip(sum(o * d for o, d in zip(offset, direction, strict=True)) / length, 0.0, 1.0)
    distance = np.sqrt(sum((o - along * d) ** 2 for o, d in zip(offset, direction, strict=True)))
    # The edge is as wide as a fine voxel, so its mean over a scanner voxel is the true partial volume.
    edge = float(np.abs(steps).mean())
    filled = np.clip((sample.radius - distance) / edge + 0.5, 0.0, 1.0).astype(np.float32)
    box = tuple(slice(low[axis], high[axis]) for axis in (2, 1, 0))
    wins = filled > fraction[box]
    fraction[box][wins] = filled[wins]
    owner[box][wins] = number
