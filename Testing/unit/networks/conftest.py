"""A small simulated study for networks: a disk of brain through which a known bolus passes."""

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from CTPerfusionLib.networks import InputSettings
from CTPerfusionLib.series import PerfusionSeries, TimeSource

SIZE, SLICES = 24, 2


def gamma_variate(times: NDArray[np.float64], arrival: float) -> NDArray[np.float64]:
    """Return a bolus of unit peak, 4.5 s after its arrival."""
    since = np.maximum(times - arrival, 0.0) / 4.5
    return since**3 * np.exp(3.0 * (1.0 - since))


@pytest.fixture(scope="session")
def brain() -> NDArray[np.bool_]:
    rows, columns = np.indices((SIZE, SIZE))
    disk = (rows - 12) ** 2 + (columns - 12) ** 2 < 100
    return np.repeat(disk[None], SLICES, axis=0)


@pytest.fixture(scope="session")
def gains(brain: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Peak enhancement of each voxel in HU: a few vessels, then tissue."""
    values = np.where(brain, 5.0 + np.random.default_rng(0).random(brain.shape), 0.0)
    values[:, 12, 4:8] = 180.0
    return values


@pytest.fixture(scope="session")
def study(gains: NDArray[np.float64], brain: NDArray[np.bool_]) -> Callable[..., PerfusionSeries]:
    """Give the study as a scanner samples it: ``study(times, arrival=10.0, dose=1.0)``."""

    def sampled(times: NDArray[np.float64], arrival: float = 10.0, dose: float = 1.0) -> PerfusionSeries:
        per_slice = times if times.ndim == 2 else np.repeat(times[:, None], SLICES, axis=1)
        bolus = dose * gamma_variate(per_slice, arrival)
        voxels = np.where(brain, 35.0, -1000.0) + bolus[:, :, None, None] * gains
        return PerfusionSeries(
            voxels.astype(np.float32), times, np.diag([-1.0, -1.0, 5.0, 1.0]), TimeSource.SIMULATED
        )

    return sampled


@pytest.fixture(scope="session")
def settings() -> InputSettings:
    return InputSettings()
