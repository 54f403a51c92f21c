"""Relative maps: blood flow and volume as fractions of normally perfused tissue."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import ProcessingError

LEAST_REFERENCE_FRACTION = 0.05
"""Fraction of the tissue that must be normally perfused to serve as a reference."""

LATE_TMAX = 6.0
"""Seconds; tissue of the unaffected hemisphere with a greater Tmax is no reference."""


class FlowReference(StrEnum):
    """What relative blood flow and volume refer to.

    Rau et al. 2024 state the first as a formula, and the average of the contralateral hemisphere in words.
    """

    NORMAL_MEDIAN = "normal-median"
    CONTRALATERAL_MEAN = "contralateral-mean"
    CONTRALATERAL_MEDIAN = "contralateral-median"

    @property
    def is_contralateral(self) -> bool:
        """Whether only tissue of the unaffected hemisphere counts."""
        return self is not FlowReference.NORMAL_MEDIAN


@dataclass(frozen=True, eq=False)
class Normalisation:
    """A map relative to one reference value.

    Attributes
    ----------
    map : ndarray of float32, shape (Z, Y, X)
        1 where the map equals the reference; NaN outside the tissue.
    reference : float
        Median, or mean, of the map over the reference tissue, in the unit of the map.
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
    reference: FlowReference | str = FlowReference.NORMAL_MEDIAN,
    unaffected: NDArray[np.bool_] | None = None,
) -> Normalisation:
    """Divide a map by one value of normally perfused tissue (Rau et al. 2024).

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
    reference : FlowReference
        ``normal-median``: the median of all normally perfused tissue. ``contralateral-mean``,
        ``contralateral-median``: of the unaffected hemisphere without tissue of a Tmax above 6 s.
    unaffected : ndarray of bool, shape (Z, Y, X), optional
        The unaffected hemisphere for a contralateral reference; both hemispheres if none is given.

    Raises
    ------
    ProcessingError
        If less than 5 % of the tissue can serve as reference, or nothing flows in it.
    """
    chosen = FlowReference(reference)
    known = tissue & np.isfinite(values)
    limit = LATE_TMAX if chosen.is_contralateral else tmax_limit
    with np.errstate(invalid="ignore"):
        normal = known & (tmax <= limit)
    if chosen.is_contralateral and unaffected is not None:
        normal &= unaffected
    fraction = float(normal.sum() / max(int(known.sum()), 1))
    if fraction < LEAST_REFERENCE_FRACTION:
        raise _too_little(fraction, limit, chosen)
    average = np.mean if chosen is FlowReference.CONTRALATERAL_MEAN else np.median
    value = float(average(values[normal].astype(float)))
    if not value > 0.0:
        raise ProcessingError(
            "The normally perfused tissue shows no blood flow", "check the arterial input function"
        )
    relative = np.full(values.shape, np.nan, dtype=np.float32)
    relative[known] = values[known] / value
    return Normalisation(relative, value, fraction)


def _too_little(fraction: float, limit: float, reference: FlowReference) -> ProcessingError:
    where = "lies in the unaffected hemisphere and has" if reference.is_contralateral else "has"
    return ProcessingError(
        f"Only {fraction:.0%} of the brain tissue {where} a Tmax up to {limit:g} s, too little for a "
        "reference of normal blood flow",
        "check the arterial input function and the Tmax map",
    )
