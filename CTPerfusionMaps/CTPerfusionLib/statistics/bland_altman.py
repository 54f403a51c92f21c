"""Agreement of two methods of measurement after Bland and Altman."""

from dataclasses import dataclass

import numpy as np

from .interval import CONFIDENCE, Interval, upper_tail
from .samples import Values, finite_pairs, standard_deviation

LIMIT_SDS = 1.96
"""SDs from the mean difference to each limit of agreement; 95 % of normal differences lie between them."""


@dataclass(frozen=True)
class BlandAltman:
    """Differences first - second of two measurements of each case.

    Attributes
    ----------
    n : int
    bias : float or None
        Mean difference; None without cases.
    sd : float or None
        SD of the differences with n - 1 in the denominator; None for fewer than two cases, like all
        below.
    lower_limit, upper_limit : float or None
        Limits of agreement, bias -+ `limit_sds` SD.
    bias_interval, lower_interval, upper_interval : Interval or None
    repeatability : float or None
        1.96 SD of the differences.
    limit_sds : float
    """

    n: int
    bias: float | None
    sd: float | None
    lower_limit: float | None
    upper_limit: float | None
    bias_interval: Interval | None
    lower_interval: Interval | None
    upper_interval: Interval | None
    repeatability: float | None
    limit_sds: float


def bland_altman(
    first: Values, second: Values, *, limit_sds: float = LIMIT_SDS, level: float = CONFIDENCE
) -> BlandAltman:
    """Return bias and limits of agreement of two measurements.

    The standard error of the bias is s / sqrt(n), that of a limit s sqrt(1/n + m^2 / (2 (n - 1))) with m
    the SDs to the limit; intervals by Student's t with n - 1 degrees of freedom.

    Parameters
    ----------
    first, second : sequence of float, shape (N,)
    limit_sds : float
        1.96, or 2 as in the paper of 1986.
    level : float
        Of the intervals.

    Raises
    ------
    ArgumentError
        If the counts differ, a value is not finite, or the level is no share.

    References
    ----------
    Bland JM, Altman DG. Statistical methods for assessing agreement between two methods of clinical
    measurement. Lancet 1986;327:307-310. The same: Measuring agreement in method comparison studies.
    Stat Methods Med Res 1999;8:135-160.
    """
    from scipy import stats

    one, other = finite_pairs(first, second)
    tail = upper_tail(level)
    differences = one - other
    n = differences.size
    bias = float(differences.mean()) if n else None
    sd = standard_deviation(differences)
    if bias is None or sd is None:
        return BlandAltman(n, bias, sd, None, None, None, None, None, None, limit_sds)
    t = float(stats.t.ppf(tail, n - 1))
    bias_half = t * sd / np.sqrt(n)
    limit_half = t * sd * np.sqrt(1.0 / n + limit_sds**2 / (2.0 * (n - 1)))
    lower, upper = bias - limit_sds * sd, bias + limit_sds * sd
    return BlandAltman(
        n=n,
        bias=bias,
        sd=sd,
        lower_limit=lower,
        upper_limit=upper,
        bias_interval=Interval(float(bias - bias_half), float(bias + bias_half), level),
        lower_interval=Interval(float(lower - limit_half), float(lower + limit_half), level),
        upper_interval=Interval(float(upper - limit_half), float(upper + limit_half), level),
        repeatability=LIMIT_SDS * sd,
        limit_sds=limit_sds,
    )
