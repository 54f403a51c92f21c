"""Pearson's correlation."""

from dataclasses import dataclass

import numpy as np

from .interval import CONFIDENCE, Interval, upper_tail
from .samples import Values, finite_pairs, is_constant


@dataclass(frozen=True)
class Correlation:
    """A correlation of two values of each case.

    Attributes
    ----------
    n : int
    r : float or None
        -1 to 1; None for fewer than two cases or where either value is the same in all.
    interval : Interval or None
        None for fewer than four cases.
    p_value : float or None
        Two-sided, of r = 0; None for fewer than three cases.
    """

    n: int
    r: float | None
    interval: Interval | None = None
    p_value: float | None = None


def pearson_correlation(first: Values, second: Values, *, level: float = CONFIDENCE) -> Correlation:
    """Return Pearson's r with its interval by Fisher's z: tanh(atanh r +- z / sqrt(n - 3)).

    Parameters
    ----------
    first, second : sequence of float, shape (N,)
    level : float
        Of the interval.

    Raises
    ------
    ArgumentError
        If the counts differ, a value is not finite, or the level is no share.

    References
    ----------
    Fisher RA. On the "probable error" of a coefficient of correlation. Metron 1921;1:3-32.
    """
    from scipy import stats

    one, other = finite_pairs(first, second)
    tail = upper_tail(level)
    n = one.size
    if is_constant(one) or is_constant(other):
        return Correlation(n, None)
    x, y = one - one.mean(), other - other.mean()
    r = float(np.clip(x @ y / (np.linalg.norm(x) * np.linalg.norm(y)), -1.0, 1.0))
    if n < 3:
        return Correlation(n, r)
    # At |r| = 1 the statistic is infinite and its probability zero.
    with np.errstate(divide="ignore"):
        t = abs(r) * np.sqrt((n - 2) / np.float64(1.0 - r * r))
    p_value = float(2.0 * stats.t.sf(t, n - 2))
    return Correlation(n, r, fisher_interval(r, n, tail, level), p_value)


def fisher_interval(r: float, n: int, tail: float, level: float) -> Interval | None:
    """Return the interval of a correlation; None for fewer than four cases."""
    from scipy import stats

    if n < 4:
        return None
    if abs(r) == 1.0:
        return Interval(r, r, level)
    half = float(stats.norm.ppf(tail)) / np.sqrt(n - 3)
    z = np.arctanh(r)
    return Interval(float(np.tanh(z - half)), float(np.tanh(z + half)), level)
