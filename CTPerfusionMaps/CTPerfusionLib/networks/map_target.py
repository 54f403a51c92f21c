"""The maps that networks are trained to give, in fixed physical windows."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class MapTarget:
    """A perfusion map and the window in which a network gives it.

    The windows are fixed in physical units: the public code of the papers takes them from the tags of each
    file, in eight bits that wrap around, so that the same value means different flow in different patients.

    Attributes
    ----------
    name : str
        ``CBV``, ``CBF``, ``TTP`` or ``MTT``.
    unit : str
    low, high : float
        What the network's 0 and 1 mean, in `unit`.
    """

    name: str
    unit: str
    low: float
    high: float

    @property
    def half_range(self) -> float:
        """The middle of the window in `unit`, at which the papers binarise maps."""
        return (self.low + self.high) / 2.0

    def scaled(self, physical: NDArray[np.floating]) -> NDArray[np.float32]:
        """Return physical values as shares of the window, clipped to [0, 1]; NaN stays."""
        shares = (physical - self.low) / (self.high - self.low)
        return np.asarray(np.clip(shares, 0.0, 1.0), dtype=np.float32)

    def physical(self, scaled: NDArray[np.floating]) -> NDArray[np.float32]:
        """Return shares of the window as physical values."""
        return np.asarray(self.low + scaled * (self.high - self.low), dtype=np.float32)


MAP_TARGETS: Mapping[str, MapTarget] = MappingProxyType(
    {
        target.name: target
        for target in (
            MapTarget("CBV", "mL/100 g", 0.0, 4.0),
            MapTarget("CBF", "mL/100 g/min", 0.0, 60.0),
            MapTarget("TTP", "s", 0.0, 15.0),
            MapTarget("MTT", "s", 0.0, 20.0),
        )
    }
)
"""All targets by name, in the order in which a joint network gives them."""
