"""A small head with an oblique, asymmetric skull that is known at every point of space."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from CTPerfusionLib.series import PerfusionSeries, TimeSource, grid_centre, motion_error, motion_matrix

SHAPE = (6, 96, 96)
SPACING = (2.0, 2.0, 5.0)
SUBSLICES = 5


def step(distance, width=1.5):
    """Return 1 inside and 0 outside of a surface at `distance` 0 mm, blurred by the scanner."""
    return 0.5 * (1.0 - np.tanh(distance / width))


def head_at(points, contrast):
    """Return HU at points (N, 3), mm from the centre of the scanned slab."""
    x, y, z = points.T
    angle = np.arctan2(y, x)
    radius = np.hypot(x / 0.8, y)
    outline = (
        78.0 + 4.0 * np.cos(2 * angle + 0.4) + 3.0 * np.sin(3 * angle + 0.03 * z) - 0.003 * (z + 50.0) ** 2
    )
    depth = radius - outline
    vessel = np.hypot(x - 20.0, y + 10.0) - 4.0
    brain = step(depth + 9.0) * (35.0 + contrast * 8.0 + contrast * 300.0 * step(vessel))
    skull = (step(depth + 3.0) - step(depth + 9.0)) * 900.0
    scalp = (step(depth) - step(depth + 3.0)) * 20.0
    return brain + skull + scalp - 1000.0 * (1.0 - step(depth))


def scan(motion, contrast, noise=4.0, orientation=None):
    """Scan the head in thick slices at each of its positions `motion`, shape (T, 6)."""
    random = np.random.default_rng(7)
    to_ras = np.eye(4)
    to_ras[:3, :3] = (np.eye(3) if orientation is None else orientation) * SPACING
    to_ras[:3, 3] = [-40.0, 12.0, 300.0]
    centre = grid_centre(to_ras, SHAPE)
    k, j, i = np.indices((SHAPE[0] * SUBSLICES, *SHAPE[1:])).reshape(3, -1)
    ijk = np.stack([i, j, (k + 0.5) / SUBSLICES - 0.5, np.ones(i.size)])
    found = to_ras @ ijk
    frames = []
    for parameters, amount in zip(motion, contrast, strict=True):
        at_rest = (np.linalg.inv(motion_matrix(parameters, centre)) @ found)[:3].T - centre
        fine = head_at(at_rest, amount).reshape(SHAPE[0], SUBSLICES, *SHAPE[1:])
        frames.append(fine.mean(axis=1) + noise * random.normal(size=SHAPE))
    voxels = np.clip(np.round(frames), -1024, 3071).astype(np.int16)
    return PerfusionSeries(voxels, np.arange(len(motion), dtype=float), to_ras, TimeSource.SIMULATED)


@pytest.fixture(scope="session")
def scan_head() -> Callable[..., PerfusionSeries]:
    return scan


@pytest.fixture(scope="session")
def a_moving_head() -> tuple[PerfusionSeries, np.ndarray]:
    """A head that drifts, jerks and takes up contrast, and where it was."""
    random = np.random.default_rng(3)
    motion = np.cumsum(random.normal(size=(8, 6)) * 0.2, axis=0)
    motion[5] += [3.0, -2.0, 1.0, 1.5, -1.0, 4.0]
    motion -= motion[0]
    return scan(motion, [0.0, 0.0, 0.1, 0.6, 1.0, 0.7, 0.4, 0.3]), motion


@pytest.fixture(scope="session")
def mean_error() -> Callable[..., float]:
    def error(series, measured, true):
        bone = np.argwhere(series.voxels[0] > 300)[:, ::-1]
        points = (np.column_stack([bone, np.ones(len(bone))]) @ series.ijk_to_ras.T)[:, :3]
        return motion_error(measured, true, points, grid_centre(series.ijk_to_ras, series.shape))

    return error


@pytest.fixture(scope="session")
def a_still_head() -> PerfusionSeries:
    """A head that takes up contrast and does not move."""
    return scan(np.zeros((8, 6)), [0.0, 0.0, 0.2, 0.6, 1.0, 0.6, 0.4, 0.3])


@pytest.fixture(scope="session")
def a_long_still_head(a_still_head) -> PerfusionSeries:
    """Twelve frames of a head that does not move; some can be lost."""
    voxels = np.concatenate([a_still_head.voxels, a_still_head.voxels[4:]])
    return replace(a_still_head, voxels=voxels, times=np.arange(12.0))


@pytest.fixture(scope="session")
def a_smeared_frame() -> Callable[[float], np.ndarray]:
    """A frame of a head that moved by so many mm to and fro in the meantime, (Z, Y, X)."""

    def frame(apart: float) -> np.ndarray:
        there = np.array([0.55, 0.45, 0.0, 0.0, 0.0, 0.3]) * apart / 2
        both = scan(np.stack([there, -there]), np.zeros(2)).voxels
        return both.mean(axis=0).astype(np.int16)

    return frame
