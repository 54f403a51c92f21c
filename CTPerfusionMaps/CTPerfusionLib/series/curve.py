"""A curve of enhancement over time, as the report and the scene show it."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class EnhancementCurve:
    """Enhancement of a vessel or of tissue while contrast passes.

    Attributes
    ----------
    name : str
        What the reader sees, such as ``AIF``.
    times : ndarray, shape (n,)
        Seconds from the first acquisition.
    enhancement : ndarray, shape (n,)
        HU above baseline.
    voxels : ndarray of int, shape (k, 3)
        Column, row, slice of the voxels that were averaged; empty where the place is not worth showing.
    """

    name: str
    times: NDArray[np.float64]
    enhancement: NDArray[np.float64]
    voxels: NDArray[np.int64] = field(default_factory=lambda: np.zeros((0, 3), dtype=np.int64))

    def __post_init__(self) -> None:
        if self.times.shape != self.enhancement.shape or self.times.ndim != 1:
            raise ValueError(
                f"times {self.times.shape} and enhancement {self.enhancement.shape} must be (n,) alike"
            )
        if self.voxels.ndim != 2 or self.voxels.shape[1] != 3:
            raise ValueError(f"voxels must be (k, 3), got {self.voxels.shape}")
