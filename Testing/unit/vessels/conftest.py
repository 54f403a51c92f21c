"""A block of brain with vessels of known curves, without any anatomy around it."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest

from CTPerfusionLib.preprocessing import Baseline, TissueMasks
from CTPerfusionLib.series import PerfusionSeries, TimeSource

ONSET = 9.0
ARTERY_PEAK, VEIN_PEAK = 300.0, 220.0
CINE = np.arange(80) * 0.5


def bolus(times: np.ndarray, onset: float, rise: float = 4.5) -> np.ndarray:
    """Gamma variate with peak 1 at onset + rise."""
    u = np.maximum(times - onset, 0.0) / rise
    return u**3 * np.exp(3.0 * (1.0 - u))


@dataclass(frozen=True, eq=False)
class Block:
    series: PerfusionSeries
    masks: TissueMasks
    baseline: Baseline
    arteries: np.ndarray
    collateral: np.ndarray
    vein: np.ndarray

    def inside(self, voxels: np.ndarray, region: np.ndarray) -> float:
        """Return the share of voxels (column, row, slice) that lie in a region (Z, Y, X)."""
        return float(region[tuple(voxels.T[::-1])].mean())


def make_block(
    *,
    times: np.ndarray = CINE,
    fill: float = 1.0,
    with_vessels: bool = True,
    collateral_peak: float = 340.0,
    noise: float = 5.0,
    seed: int = 0,
) -> Block:
    """Return a block of 4 slices of 48 x 48 voxels of 1 x 1 x 5 mm; arteries hold `fill` of their voxels."""
    shape = (4, 48, 48)
    rows, columns = np.mgrid[:48, :48]

    def disc(row: float, column: float, radius: float) -> np.ndarray:
        plane = np.hypot(rows - row, columns - column) <= radius
        return np.repeat(plane[None], 4, axis=0)

    arteries = disc(10, 12, 2.2) | disc(10, 35, 2.2)
    rims = (disc(10, 12, 3.2) | disc(10, 35, 3.2)) & ~arteries
    collateral, vein = disc(25, 40, 2.2), disc(42, 24, 3.5)
    by_slice = times if times.ndim == 2 else np.repeat(times[:, None], 4, axis=1)
    voxels = np.full((len(times), *shape), 34.0)
    for index in range(4):
        t = by_slice[:, index]
        layers = [(np.ones(shape, dtype=bool), 8.0 * bolus(t, ONSET + 1.0, 6.0))]
        if with_vessels:
            artery = ARTERY_PEAK * fill * bolus(t, ONSET)
            layers += [
                (arteries, artery),
                (rims, 0.5 * artery),
                (collateral, collateral_peak * bolus(t, ONSET + 3.0, 5.0)),
                (vein, VEIN_PEAK * bolus(t, ONSET + 5.0, 6.0)),
            ]
        for region, curve in layers:
            voxels[:, index][:, region[index]] = 34.0 + curve[:, None]
    voxels += np.random.default_rng(seed).normal(0.0, noise, voxels.shape)
    series = PerfusionSeries(
        voxels.astype(np.float32), times, np.diag([1.0, 1.0, 5.0, 1.0]), TimeSource.SIMULATED
    )
    counts = (by_slice < ONSET).sum(axis=0)
    image = np.stack([series.voxels[:count, index].mean(axis=0) for index, count in enumerate(counts)])
    everywhere, nowhere = np.ones(shape, dtype=bool), np.zeros(shape, dtype=bool)
    vessels = arteries | rims | collateral | vein
    masks = TissueMasks(everywhere, everywhere, nowhere, vessels, nowhere, nowhere, ~vessels)
    return Block(series, masks, Baseline(image, counts, ONSET, noise), arteries, collateral, vein)


@pytest.fixture(scope="session")
def block() -> Block:
    return make_block()


@pytest.fixture(scope="session")
def build_block() -> Callable[..., Block]:
    return make_block


@pytest.fixture(scope="session")
def true_artery() -> Callable[[np.ndarray], np.ndarray]:
    return lambda times: ARTERY_PEAK * bolus(times, ONSET)


@pytest.fixture(scope="session")
def true_vein() -> Callable[[np.ndarray], np.ndarray]:
    return lambda times: VEIN_PEAK * bolus(times, ONSET + 5.0, 6.0)
