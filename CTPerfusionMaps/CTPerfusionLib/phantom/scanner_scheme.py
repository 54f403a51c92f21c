"""Scanner schemes: how the scanners of stroke centres sample a head in time and space."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray


class TableMotion(StrEnum):
    """How the table moves while contrast passes."""

    NONE = "none"
    SWEEP = "sweep"
    TWO_POSITIONS = "two-positions"


@dataclass(frozen=True)
class ScannerScheme:
    """One way of acquiring a CTP study.

    Attributes
    ----------
    name : str
        What the command line calls it.
    manufacturer, model : str
        As written into the DICOM header.
    n_frames : int
    interval : float
        Seconds between two frames of one slice (mean over the sweeps of a shuttle scan).
    n_slices : int
    slice_thickness : float
        mm; slices touch.
    exposure_time : float
        Seconds over which one slice is averaged.
    table_motion : TableMotion
    kvp : float
        Tube voltage in kV.
    noise_hu : float
        Typical noise SD in brain, HU.
    """

    name: str
    manufacturer: str
    model: str
    n_frames: int
    interval: float
    n_slices: int
    slice_thickness: float
    exposure_time: float
    table_motion: TableMotion
    kvp: float
    noise_hu: float

    def times(self) -> NDArray[np.float64]:
        """Return the mid-exposure times in seconds from the first: (T,), or (T, Z) where slices differ.

        The sweeps of a shuttle take 1.1 s and the table turns in 0.4 s, so the interval alternates towards
        the end slices (0.4 s and 2.6 s) and is constant in the middle (Rau et al. 2024).
        """
        frames = np.arange(self.n_frames, dtype=float)[:, None]
        if self.table_motion is TableMotion.NONE:
            return frames[:, 0] * self.interval
        slices = np.arange(self.n_slices)[None, :]
        if self.table_motion is TableMotion.TWO_POSITIONS:
            upper = slices >= self.n_slices // 2
            times = frames * self.interval + np.where(upper, self.interval / 2, 0.0)
        else:
            along = slices / (self.n_slices - 1)
            upwards = np.arange(self.n_frames)[:, None] % 2 == 0
            times = frames * self.interval + 1.1 * np.where(upwards, along, 1.0 - along)
        return np.asarray(times - times.min())


SCANNER_SCHEMES: Mapping[str, ScannerScheme] = MappingProxyType(
    {
        scheme.name: scheme
        for scheme in (
            ScannerScheme("ge-cine", "GE MEDICAL SYSTEMS", "LightSpeed VCT", 89, 0.5, 8, 5.0, 0.5,
                          TableMotion.NONE, 80.0, 6.0),
            ScannerScheme("siemens-shuttle", "SIEMENS", "SOMATOM Definition Flash", 32, 1.5, 20, 5.0, 0.28,
                          TableMotion.SWEEP, 80.0, 6.0),
            ScannerScheme("ge-shuttle", "GE MEDICAL SYSTEMS", "LightSpeed VCT", 18, 2.81, 16, 5.0, 0.4,
                          TableMotion.TWO_POSITIONS, 80.0, 5.0),
            ScannerScheme("toshiba", "TOSHIBA", "Aquilion ONE", 30, 2.0, 32, 5.0, 0.5,
                          TableMotion.NONE, 80.0, 6.0),
        )
    }
)  # fmt: skip
"""All schemes by name; the command line, the tests and the docs read this table."""
