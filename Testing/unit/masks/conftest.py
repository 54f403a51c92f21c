"""A small head drawn from ellipses: scalp, skull, CSF, grey and white matter, vessels, a dead area."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest

from CTPerfusionLib.series import PerfusionSeries, TimeSource

HEAD_REST_MM = 6.0


@dataclass(frozen=True, eq=False)
class DrawnHead:
    series: PerfusionSeries
    brain: np.ndarray
    csf: np.ndarray
    dead: np.ndarray
    dark_white: np.ndarray
    artery: np.ndarray
    vein: np.ndarray
    calcification: np.ndarray
    onset: float


def bolus(times: np.ndarray, onset: float, rise: float = 4.5) -> np.ndarray:
    """Gamma variate with peak 1 at onset + rise."""
    u = np.maximum(times - onset, 0.0) / rise
    return u**3 * np.exp(3.0 * (1.0 - u))


def draw_head(
    *,
    pixel: float = 1.0,
    times: np.ndarray | None = None,
    onset: float = 9.0,
    contrast: float = 1.0,
    noise: float = 6.0,
    n_slices: int = 3,
    opening: float = 0.0,
    tilt: float = 0.0,
    shift: float = 0.0,
    seed: int = 0,
) -> DrawnHead:
    """Draw a head: `opening` (mm) is a hole in its skull, `shift` (mm) and `tilt` (degrees) move it."""
    times = np.arange(60) * 0.75 if times is None else times
    size = round(220.0 / pixel)
    x, y = np.meshgrid(*[(np.arange(size) - (size - 1) / 2) * pixel] * 2)
    x = x - shift
    angle = np.deg2rad(tilt)
    x, y = np.cos(angle) * x + np.sin(angle) * y, np.cos(angle) * y - np.sin(angle) * x

    def ellipse(a: float, b: float, x0: float = 0.0, y0: float = 0.0) -> np.ndarray:
        return ((x - x0) / a) ** 2 + ((y - y0) / b) ** 2 <= 1.0

    scalp, skull, inside = ellipse(78, 98), ellipse(72, 92), ellipse(66, 86)
    brain, white, ventricle = ellipse(63, 83), ellipse(52, 72), ellipse(8, 24)
    dead, dark_white = ellipse(12, 16, 38, 10), ellipse(8, 20, -22, 0)
    artery = ellipse(2.6, 2.6, -12, -40) | ellipse(2.6, 2.6, 12, -40)
    vein = ellipse(4.5, 4.5, 0, 80)
    calcification = ellipse(2.5, 2.5, 0, 45)

    rest = (y > 98 + 1) & (y < 98 + 1 + HEAD_REST_MM) & (np.abs(x) < 60)
    baseline = np.full((size, size), -1000.0)
    for region, value in (
        (rest, 60.0), (scalp, 20.0), (skull, 1000.0), (inside, 8.0), (brain, 36.0), (white, 28.0),
        (dark_white, 22.0), (dead, 27.0), (ventricle, 8.0), (artery | vein, 42.0), (calcification, 200.0),
    ):  # fmt: skip
        baseline[region] = value
    baseline[skull & ~inside & (y < 0) & (np.abs(x) < opening / 2)] = 20.0

    times_by_slice = times if times.ndim == 2 else np.repeat(times[:, None], n_slices, axis=1)
    voxels = np.empty((len(times), n_slices, size, size), dtype=np.float32)
    random = np.random.default_rng(seed)
    amplitudes = np.zeros((3, size, size))
    amplitudes[0][brain] = 9.0
    amplitudes[0][white] = 4.0
    amplitudes[0][dark_white] = 2.5
    amplitudes[0][dead | ventricle | calcification] = 0.0
    amplitudes[1][artery] = 300.0
    amplitudes[2][vein] = 200.0
    amplitudes[0][artery | vein] = 0.0
    for index in range(n_slices):
        t = times_by_slice[:, index]
        curves = contrast * np.stack([bolus(t, onset + 1, 6.0), bolus(t, onset), bolus(t, onset + 5, 6.0)])
        voxels[:, index] = baseline + np.tensordot(curves.T, amplitudes, axes=1)
    voxels += random.normal(0.0, noise, voxels.shape).astype(np.float32)

    def stack(plane: np.ndarray) -> np.ndarray:
        return np.repeat(plane[None], n_slices, axis=0)

    series = PerfusionSeries(voxels, times, np.diag([pixel, pixel, 5.0, 1.0]), TimeSource.SIMULATED)
    return DrawnHead(
        series, stack(inside), stack((inside & ~brain & ~vein) | ventricle), stack(dead), stack(dark_white),
        stack(artery), stack(vein), stack(calcification), onset,
    )  # fmt: skip


@pytest.fixture(scope="session")
def draw() -> Callable[..., DrawnHead]:
    return draw_head


@pytest.fixture(scope="session")
def head() -> DrawnHead:
    return draw_head()
