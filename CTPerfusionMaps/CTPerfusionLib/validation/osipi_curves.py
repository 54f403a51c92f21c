"""The reference curves of OSIPI for dynamic susceptibility contrast, as published in one CSV file."""

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

CBV_TOLERANCE = (1.0, 0.1)
CBF_TOLERANCE = (15.0, 0.1)
"""Absolute part and share of the reference within which OSIPI accepts a value."""


@dataclass(frozen=True, eq=False)
class OsipiCurves:
    """Simulated curves of N voxels, each with its own arterial input; kappa and rho are 1.

    Attributes
    ----------
    tissue, aif : ndarray, shape (N, T)
        Concentrations in one arbitrary unit.
    times : ndarray, shape (T,)
        Seconds.
    cbv, cbf : ndarray, shape (N,)
        Reference in mL/100 g and mL/100 g/min.
    """

    tissue: Array
    aif: Array
    times: Array
    cbv: Array
    cbf: Array

    @property
    def mtt(self) -> Array:
        """Mean transit time of the exponential residue functions, seconds."""
        return 60.0 * self.cbv / self.cbf

    @property
    def excess(self) -> Array:
        """What CBV and CBF have to be multiplied with to get those that the curves really hold.

        They were convolved by the rectangle rule on their own sampling grid. A sum over exp(-t/MTT) every dt
        exceeds the integral by x / (1 - exp(-x)), x = dt/MTT. Seen as an integral it is the same
        exponential, as much higher and dt/2 earlier.
        """
        step = (self.times[1] - self.times[0]) / self.mtt
        return np.asarray(step / -np.expm1(-step))

    def accepted_cbv(self, values: NDArray[np.floating]) -> NDArray[np.bool_]:
        """Say which values lie within the tolerance."""
        return _accepted(values, self.cbv, CBV_TOLERANCE)

    def accepted_cbf(self, values: NDArray[np.floating]) -> NDArray[np.bool_]:
        """Say which values lie within the tolerance."""
        return _accepted(values, self.cbf, CBF_TOLERANCE)


def _accepted(
    values: NDArray[np.floating], reference: Array, tolerance: tuple[float, float]
) -> NDArray[np.bool_]:
    absolute, share = tolerance
    return np.asarray(np.abs(values - reference) <= absolute + share * reference)


def read_osipi_curves(path: Path) -> OsipiCurves:
    """Read the file ``dsc_data.csv`` of OSIPI's DCE-DSC-MRI_CodeCollection.

    Its columns are label, C_tis, C_aif (samples separated by blanks), cbv, cbf and tr (seconds, the same in
    all rows).
    """
    with path.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    tissue, aif = (
        np.array([row[column].split() for row in rows], dtype=np.float64) for column in ("C_tis", "C_aif")
    )
    cbv, cbf, interval = (
        np.array([row[column] for row in rows], dtype=np.float64) for column in ("cbv", "cbf", "tr")
    )
    times: Array = np.arange(tissue.shape[1], dtype=np.float64) * interval[0]
    return OsipiCurves(tissue, aif, times, cbv, cbf)
