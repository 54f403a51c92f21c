"""Relative maps: blood flow and volume as fractions of normally perfused tissue."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import ProcessingError

LEAST_REFERENCE_FRACTION = 0.05
"""Fraction of the tissue that must be normally perfused to serve as a reference."""


@dataclass(frozen=True, eq=False)
class Normalisation:
    """A map relative to one reference value.

    Attributes
    ----------
    map : ndarray of float32, shape (Z, Y, X)
        1 where the map equals the reference; NaN outside the tissue.
    reference : float
        Median of the map over the reference tissue, in the unit of the map.
    reference_fraction : float
        Fraction of the tissue that served as reference.
    """

    map: NDArray[np.float32]
    reference: float
    reference_fraction: float


def normalise_global(
    values: NDArray[Any],
    tmax: NDArray[Any],
    tissue: NDArray[np.bool_],
    *,
    tmax_limit: float = 4.0,
) -> Normalisation:
    """Divide a map by its median over normally perfused tissue (Rau et al. 2024).

    Parameters
    ----------
    values : ndarray, shape (Z, Y, X)
        Cerebral blood flow or volume, in any unit.
    tmax : ndarray, shape (Z, Y, X)
        Seconds, NaN where unknown.
    tissue : ndarray of bool, shape (Z, Y, X)
        Tissue that is analysed.
    tmax_limit : float
        Tissue with a Tmax up to this is normally perfused, in seconds.

    Raises
    ------
    ProcessingError
        If less than 5 % of the tissue is normally perfused, or nothing flows in it.
    """
    known = tissue & np.isfinite(values)
    with np.errstate(invalid="ignore"):
        normal = known & (tmax <= tmax_limit)
    fraction = float(normal.sum() / max(int(known.sum()), 1))
    if fraction < LEAST_REFERENCE_FRACTION:
        raise ProcessingError(
            f"Only {fraction:.0%} of the brain tissue has a Tmax up to {tmax_limit:g} s, too little for a "
            "reference of normal blood flow",
            "check the arterial input function and the Tmax map",
        )
    reference = float(np.median(values[normal]))
    if not reference > 0.0:
        raise ProcessingError(
            "The normally perfused tissue shows no blood flow", "check the arterial input function"
        )
    relative = np.full(values.shape, np.nan, dtype=np.float32)
    relative[known] = values[known] / reference
    return Normalisation(relative, reference, fraction)
