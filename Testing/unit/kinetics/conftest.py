"""A simulated bolus and the tissue behind it, on a time grid far finer than any scanner's."""

from dataclasses import dataclass

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.special import gammaincc

TO_FLOW = 1.05 / (0.55 / 0.75) / 6000

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Bolus:
    """An arterial input with a second pass, known at every 0.02 s, and the tissue curves that it causes."""

    step: float = 0.02
    duration: float = 120.0

    @property
    def grid(self) -> Array:
        return np.arange(0.0, self.duration, self.step)

    @property
    def fine(self) -> Array:
        def pass_through(arrival: float, alpha: float, beta: float, peak: float) -> Array:
            x = np.maximum(self.grid - arrival, 0) / (alpha * beta)
            return peak * x**alpha * np.exp(alpha * (1 - x))

        return pass_through(8.0, 3.0, 1.5, 350.0) + pass_through(24.0, 3.0, 4.0, 60.0)

    def arterial(self, times: Array) -> Array:
        return np.interp(times, self.grid, self.fine, left=0.0)

    def box(self, times: Array, cbf: Array, mtt: Array, delay: Array) -> Array:
        """Return curves (N, T) of a box-shaped response, from the integral of the fine arterial curve."""
        steps = (self.fine[1:] + self.fine[:-1]) / 2 * self.step
        integral = np.concatenate([[0.0], np.cumsum(steps)])
        start = times - np.asarray(delay)[:, None]
        stop = start - np.asarray(mtt)[:, None]
        areas = np.interp(start, self.grid, integral, left=0.0) - np.interp(
            stop, self.grid, integral, left=0.0
        )
        return TO_FLOW * np.asarray(cbf)[:, None] * areas

    def gamma(self, times: Array, cbf: float, mtt: float, delay: float, shape: float) -> Array:
        """Return one curve (T,) of gamma-distributed transit times; shape 1 is the exponential residue."""
        residue = gammaincc(shape, shape * self.grid / mtt)
        residue[0] /= 2
        n = 2 * len(self.grid)
        curve = np.fft.irfft(np.fft.rfft(self.fine, n) * np.fft.rfft(residue, n), n)[: len(self.grid)]
        return TO_FLOW * cbf * np.interp(times - delay, self.grid, curve * self.step, left=0.0)


@dataclass(frozen=True)
class Tiles:
    """True parameters of the tiles of a Kudo phantom, each (N,)."""

    cbf: Array
    cbv: Array
    mtt: Array
    delay: Array


@pytest.fixture(scope="session")
def bolus() -> Bolus:
    return Bolus()


@pytest.fixture(scope="session")
def tiles() -> Tiles:
    cbv, mtt, delay = (
        axis.ravel()
        for axis in np.meshgrid(
            np.arange(1.0, 6.0),
            [24.0, 12.0, 8.0, 6.0, 4.8, 4.0, 3.43],
            np.arange(0.0, 3.1, 0.5),
            indexing="ij",
        )
    )
    return Tiles(cbf=60 * cbv / mtt, cbv=cbv, mtt=mtt, delay=delay)


@pytest.fixture(scope="session")
def cine_times() -> Array:
    return np.arange(89) * 0.5


@pytest.fixture
def noise() -> np.random.Generator:
    return np.random.default_rng(7)
