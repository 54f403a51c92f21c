"""How HU are stored in the 16 bits of a CT image."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..io.dicom_pixels import AIR

_GREATEST = 2**16 - 1
_FINEST_SLOPE = 1.0 / 16.0
"""HU per stored unit of values that are no whole numbers: a rounding error of 1/32 HU at most, a hundredth of
the noise of a head scan, and room up to 3071 HU, which bone does not reach."""


@dataclass(frozen=True)
class Rescaling:
    """HU = slope x stored - 1024, stored as unsigned 16-bit numbers; 0 is padding and air.

    Attributes
    ----------
    slope : float
        A power of two, which a decimal string and a float hold exactly.
    """

    slope: float
    intercept: float = AIR

    def stored(self, hounsfield: NDArray[Any]) -> NDArray[np.uint16]:
        """Return the stored values of an image."""
        known = np.nan_to_num(np.asarray(hounsfield, dtype=np.float64), nan=AIR)
        values = np.rint((known - self.intercept) / self.slope)
        return np.asarray(np.clip(values, 0, _GREATEST), dtype="<u2")


def rescaling_of(voxels: NDArray[Any]) -> Rescaling:
    """Return the finest rescaling that holds all voxels; whole HU where they are whole already."""
    if voxels.dtype.kind in "iu":
        return Rescaling(1.0)
    slope, greatest = _FINEST_SLOPE, float(np.nanmax(voxels))
    while (greatest - AIR) / slope > _GREATEST:
        slope *= 2.0
    return Rescaling(slope)
