"""What a network is given, and in which windows its answers are scaled; stored with every model."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import ArgumentError

CONTEXT_BANDS: tuple[tuple[float, float], ...] = (
    (0.0, 0.0005), (0.0005, 0.002), (0.002, 0.01), (0.01, 0.05), (0.05, 0.3), (0.3, 1.0),
)  # fmt: skip
"""Shares of the brain, by falling area under the enhancement, whose mean curves summarise a bolus.

The first hold large vessels, the last two tissue.
"""


@dataclass(frozen=True)
class InputSettings:
    """How a series becomes the input of a network.

    The defaults are those of the data set of the papers: 89 frames every 0.5 s, and the soft-tissue window
    40/400 HU (UniToBrain, section 5; Gava et al. 2023). `mean` and `sd` are those by which the papers' code
    standardises the window.

    Attributes
    ----------
    n_frames : int
        T, frames after resampling.
    interval : float
        Seconds between them.
    window : tuple of float
        HU that become 0 and 1.
    mean, sd : float
        Of the windowed values, by which plain networks standardise them.
    longest_hold : float
        Seconds by which a record may be too short: its last frame is held.
    longest_interval : float
        Seconds between the frames of a series up to which it is interpolated.

    Raises
    ------
    ArgumentError
        If a value cannot be used.
    """

    n_frames: int = 89
    interval: float = 0.5
    window: tuple[float, float] = (-160.0, 240.0)
    mean: float = 0.2375
    sd: float = 0.3159
    longest_hold: float = 3.0
    longest_interval: float = 3.0

    def __post_init__(self) -> None:
        rules = (
            ("n_frames", self.n_frames >= 2, "at least 2"),
            ("interval", self.interval > 0, "above 0 s"),
            ("window", self.window[1] > self.window[0], "two values in HU, the lower one first"),
            ("sd", self.sd > 0, "above 0"),
            ("longest_hold", self.longest_hold >= 0, "at least 0 s"),
            ("longest_interval", self.longest_interval > 0, "above 0 s"),
        )
        for name, holds, wanted in rules:
            if not holds:
                raise ArgumentError(name, f"{name} is {getattr(self, name)}", f"give {wanted}")

    @property
    def times(self) -> NDArray[np.float64]:
        """The times of the frames in seconds from the start of the input, shape (T,)."""
        return np.asarray(np.arange(self.n_frames) * self.interval, dtype=np.float64)

    @property
    def span(self) -> float:
        """Seconds from the first to the last frame."""
        return (self.n_frames - 1) * self.interval

    def scaled(self, hu: NDArray[np.floating[Any]]) -> NDArray[np.float32]:
        """Return HU as shares of the window, clipped to [0, 1]; those that are not numbers become 0."""
        low, high = self.window
        shares: NDArray[np.float32] = np.subtract(hu, low, dtype=np.float32)
        shares /= np.float32(high - low)
        np.fmax(shares, 0.0, out=shares)  # of a number and NaN it gives the number
        np.minimum(shares, 1.0, out=shares)
        return shares

    def as_json(self) -> dict[str, Any]:
        """Return the settings as JSON holds them."""
        return {**asdict(self), "window": list(self.window)}

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> "InputSettings":
        """Return the settings of a record.

        Raises
        ------
        TypeError, KeyError, ValueError
            If the record is not one of settings.
        """
        low, high = record["window"]
        return cls(**{**record, "window": (float(low), float(high))})
