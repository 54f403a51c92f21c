"""Lin's concordance correlation coefficient."""

from dataclasses import dataclass

import numpy as np

from .interval import CONFIDENCE, Interval, upper_tail
from .samples import Values, finite_pairs, is_constant


@dataclass(frozen=True)
class Concordance:
    """How far pairs lie from the line of identity.

    Attributes
    ----------
    n : int
    ccc : float or None
        -1 to 1; None for fewer than two cases, or where neither value varies and both are the same, as two
        empty segments in every case are.
    interval : Interval or None
        None for fewer than three cases and where the two do not correlate at all.
    """

    n: int
    ccc: float | None
    interval: Interval | None = None


def concordance(first: Values, second: Values, *, level: float = CONFIDENCE) -> Concordance:
    """Return the concordance correlation coefficient 2 s_xy / (s_x^2 + s_y^2 + (mean x - mean y)^2).

    Variances and covariance have n in the denominator, as Lin defines them. The interval is that of
    atanh(ccc), whose variance is, with r Pearson's correlation and u^2 = (mean x - mean y)^2 / (s_x s_y),
    [(1 - r^2) c^2 / ((1 - c^2) r^2) + 2 c^3 (1 - c) u^2 / (r (1 - c^2)^2) - c^4 u^4 / (2 r^2 (1 - c^2)^2)]
    / (n - 2), as corrected in 2000.

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
    Lin LI. A concordance correlation coefficient to evaluate reproducibility. Biometrics 1989;45:255-268;
    correction 2000;56:324-325.
    """
    x, y = finite_pairs(first, second)
    tail = upper_tail(level)
    n = x.size
    if n < 2:
        return Concordance(n, None)
    variance_x, variance_y = float(x.var()), float(y.var())
    covariance = float(((x - x.mean()) * (y - y.mean())).mean())
    shift = float(x.mean() - y.mean())
    whole = variance_x + variance_y + shift**2
    if is_constant(np.concatenate([x, y])):
        return Concordance(n, None)
    ccc = 2.0 * covariance / whole
    if is_constant(x) or is_constant(y):
        # One that does not vary can be in no concordance with the other.
        return Concordance(n, 0.0)
    return Concordance(
        n,
        ccc,
        _interval(ccc, covariance / np.sqrt(variance_x * variance_y),
                  shift**2 / np.sqrt(variance_x * variance_y), n, tail, level),
    )  # fmt: skip


def _interval(c: float, r: float, u2: float, n: int, tail: float, level: float) -> Interval | None:
    from scipy import stats

    if n < 3 or r == 0.0:
        return None
    if abs(c) >= 1.0:
        return Interval(c, c, level)
    rest = 1.0 - c * c
    variance = (
        (1.0 - r * r) * c * c / (rest * r * r)
        + 2.0 * c**3 * (1.0 - c) * u2 / (r * rest**2)
        - c**4 * u2**2 / (2.0 * r * r * rest**2)
    ) / (n - 2)
    # Exact at r = 1, where rounding can leave less than nothing.
    half = float(stats.norm.ppf(tail)) * np.sqrt(max(variance, 0.0))
    z = np.arctanh(c)
    return Interval(float(np.tanh(z - half)), float(np.tanh(z + half)), level)
