"""Proportions of cases."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

import numpy as np

from ..errors import ArgumentError
from .interval import CONFIDENCE, Interval, upper_tail


class ProportionInterval(StrEnum):
    """How the interval of a proportion is made."""

    WILSON = "wilson"
    """By inverting the score test: holds its level on average."""

    CLOPPER_PEARSON = "clopper-pearson"
    """By inverting the exact test: never below its level, so wider."""


@dataclass(frozen=True)
class Proportion:
    """How many of the cases have something.

    Attributes
    ----------
    count, n : int
    share : float or None
        None without cases.
    interval : Interval or None
    """

    count: int
    n: int
    share: float | None
    interval: Interval | None


def proportion(
    count: int,
    n: int,
    *,
    method: ProportionInterval = ProportionInterval.WILSON,
    level: float = CONFIDENCE,
) -> Proportion:
    """Return a share of cases with its interval.

    Parameters
    ----------
    count, n : int
        Cases that have it, and all cases.
    method : ProportionInterval
    level : float
        Of the interval.

    Raises
    ------
    ArgumentError
        If the count is negative or larger than the number of cases, or the level is no share.

    References
    ----------
    Wilson EB. Probable inference, the law of succession, and statistical inference. J Am Stat Assoc
    1927;22:209-212. Clopper CJ, Pearson ES. The use of confidence or fiducial limits illustrated in the
    case of the binomial. Biometrika 1934;26:404-413.
    """
    if not 0 <= count <= n:
        raise ArgumentError("count", f"count is {count} of {n} cases", "give a count from 0 to n")
    tail = upper_tail(level)
    if n == 0:
        return Proportion(count, n, None, None)
    low, high = _INTERVALS[method](count, n, tail)
    return Proportion(count, n, count / n, Interval(float(low), float(high), level))


def _wilson(count: int, n: int, tail: float) -> tuple[float, float]:
    from scipy import stats

    z2 = float(stats.norm.ppf(tail)) ** 2
    share = count / n
    centre = (share + z2 / (2 * n)) / (1.0 + z2 / n)
    half = np.sqrt(z2 * (share * (1.0 - share) / n + z2 / (4 * n * n))) / (1.0 + z2 / n)
    # At the ends the formula gives 0 and 1 but for rounding.
    return 0.0 if count == 0 else centre - half, 1.0 if count == n else centre + half


def _clopper_pearson(count: int, n: int, tail: float) -> tuple[float, float]:
    from scipy import stats

    low = 0.0 if count == 0 else float(stats.beta.ppf(1.0 - tail, count, n - count + 1))
    high = 1.0 if count == n else float(stats.beta.ppf(tail, count + 1, n - count))
    return low, high


_INTERVALS: Mapping[ProportionInterval, Callable[[int, int, float], tuple[float, float]]] = MappingProxyType(
    {ProportionInterval.WILSON: _wilson, ProportionInterval.CLOPPER_PEARSON: _clopper_pearson}
)
