"""Values as the statistics take them: finite numbers, pairs of equal count."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import ArgumentError

Values = Sequence[float] | NDArray[Any]
"""Numbers in one dimension."""

NO_SPREAD = 1e-12
"""SD relative to the largest value up to which values count as constant: what rounding leaves of it."""


@dataclass(frozen=True)
class Summary:
    """What describes a sample.

    Attributes
    ----------
    n : int
    mean, median, low_quartile, high_quartile, smallest, largest : float or None
        None without values. Quartiles by linear interpolation.
    sd : float or None
        With n - 1 in the denominator; None for fewer than two values.
    """

    n: int
    mean: float | None
    sd: float | None
    median: float | None
    low_quartile: float | None
    high_quartile: float | None
    smallest: float | None
    largest: float | None


def summarise(values: Values) -> Summary:
    """Describe a sample.

    Raises
    ------
    ArgumentError
        If a value is not a finite number.
    """
    sample = finite(values, "values")
    if not sample.size:
        return Summary(0, None, None, None, None, None, None, None)
    low, median, high = (float(value) for value in np.percentile(sample, (25.0, 50.0, 75.0)))
    return Summary(
        n=int(sample.size),
        mean=float(sample.mean()),
        sd=standard_deviation(sample),
        median=median,
        low_quartile=low,
        high_quartile=high,
        smallest=float(sample.min()),
        largest=float(sample.max()),
    )


def finite(values: Values, name: str) -> NDArray[np.float64]:
    """Return values as an array of shape (N,).

    Raises
    ------
    ArgumentError
        If it has more than one dimension, or a value is not a finite number.
    """
    array = np.asarray(values, dtype=np.float64)
    if array.ndim != 1:
        raise ArgumentError(name, f"{name} has {array.ndim} dimensions", "give numbers in one dimension")
    if not np.isfinite(array).all():
        raise ArgumentError(
            name, f"{name} has values that are not finite", "leave out cases without a value beforehand"
        )
    return array


def finite_pairs(first: Values, second: Values) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the two values of each case as arrays of shape (N,).

    Raises
    ------
    ArgumentError
        If their counts differ, or a value is not a finite number.
    """
    one, other = finite(first, "first"), finite(second, "second")
    if one.shape != other.shape:
        raise ArgumentError(
            "second",
            f"second has {other.size} values, first has {one.size}",
            "give the two values of each case at the same place",
        )
    return one, other


def standard_deviation(sample: NDArray[np.float64]) -> float | None:
    """Return the SD with n - 1 in the denominator; None for fewer than two values."""
    return float(sample.std(ddof=1)) if sample.size > 1 else None


def is_constant(sample: NDArray[np.float64]) -> bool:
    """Say whether the values do not differ, but for rounding."""
    if sample.size < 2:
        return True
    return bool(np.ptp(sample) <= NO_SPREAD * np.abs(sample).max())
