"""The gamma-variate bolus: its enhancement, integrals and convolutions in closed form."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import gamma, gammainc

Array = NDArray[np.float64]


@dataclass(frozen=True)
class GammaVariate:
    """Enhancement proportional to s^shape exp(-s/scale), s seconds after the arrival.

    Attributes
    ----------
    arrival : float
        Seconds.
    shape : float
        Dimensionless; the peak comes shape x scale after the arrival.
    scale : float
        Seconds.
    peak : float
        HU.
    """

    arrival: float
    shape: float
    scale: float
    peak: float

    @property
    def area(self) -> float:
        """Time integral in HU s."""
        height = self.peak * (np.e / self.shape) ** self.shape
        return float(height * gamma(self.shape + 1) * self.scale)

    def value(self, times: Array) -> Array:
        """Return the enhancement in HU at `times` in seconds."""
        relative = np.clip(times - self.arrival, 0.0, None) / (self.shape * self.scale)
        return np.asarray(self.peak * relative**self.shape * np.exp(self.shape * (1.0 - relative)))

    def integral(self, times: Array) -> Array:
        """Return the integral of the enhancement up to `times` in HU s."""
        elapsed = np.clip(times - self.arrival, 0.0, None) / self.scale
        return np.asarray(self.area * gammainc(self.shape + 1, elapsed))

    def second_integral(self, times: Array) -> Array:
        """Return the integral of `integral` up to `times` in HU s^2."""
        elapsed = np.clip(times - self.arrival, 0.0, None)
        mean = (self.shape + 1) * self.scale
        partial_mean = mean * gammainc(self.shape + 2, elapsed / self.scale)
        return elapsed * self.integral(times) - self.area * np.asarray(partial_mean)

    def decayed(self, times: Array, time_constant: Array) -> Array:
        """Return the convolution with exp(-t / time_constant), in HU s; the constant must exceed `scale`."""
        elapsed = np.clip(times - self.arrival, 0.0, None)
        rate = 1.0 / self.scale - 1.0 / np.asarray(time_constant)
        growth = (rate * self.scale) ** -(self.shape + 1) * gammainc(self.shape + 1, rate * elapsed)
        return np.asarray(self.area * growth * np.exp(-elapsed / time_constant))
