"""Cohen's kappa: agreement of two raters beyond chance."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..errors import ArgumentError
from .interval import CONFIDENCE, Interval, upper_tail


@dataclass(frozen=True)
class KappaResult:
    """How far two raters put the same cases into the same categories.

    Attributes
    ----------
    n : int
    categories : tuple
        All that occur, in ascending order.
    counts : tuple of tuple of int
        Cases by the category of the first rater (row) and of the second (column).
    agreement : float or None
        Share of the cases that both put into the same category; None without cases.
    kappa : float or None
        At most 1, 0 where agreement is that of chance; None without cases and where both raters put all
        cases into one category, which leaves nothing to agree on beyond chance.
    interval : Interval or None
        None where kappa is, and where all cases agree or one rater puts all into one category: the
        large-sample error vanishes there, whatever the number of cases.
    """

    n: int
    categories: tuple[str | bool | int, ...]
    counts: tuple[tuple[int, ...], ...]
    agreement: float | None
    kappa: float | None
    interval: Interval | None


def cohen_kappa(
    first: Sequence[str] | Sequence[bool] | Sequence[int],
    second: Sequence[str] | Sequence[bool] | Sequence[int],
    *,
    level: float = CONFIDENCE,
) -> KappaResult:
    """Return the unweighted kappa (p_o - p_e) / (1 - p_e) with its large-sample interval.

    With p_ij the share of cases in category i by the first and j by the second rater, the variance is
    {sum_i p_ii [1 - (p_i. + p_.i)(1 - kappa)]^2 + (1 - kappa)^2 sum_(i != j) p_ij (p_.i + p_j.)^2
    - [kappa - p_e (1 - kappa)]^2} / (n (1 - p_e)^2).

    Parameters
    ----------
    first, second : sequence of str, bool or int, shape (N,)
        The category of each case by both raters.
    level : float
        Of the interval, which is cut at 1 and -1.

    Raises
    ------
    ArgumentError
        If the counts differ, or the level is no share.

    References
    ----------
    Cohen J. A coefficient of agreement for nominal scales. Educ Psychol Meas 1960;20:37-46. Fleiss JL,
    Cohen J, Everitt BS. Large sample standard errors of kappa and weighted kappa. Psychol Bull
    1969;72:323-327, equation 13.
    """
    if len(first) != len(second):
        raise ArgumentError(
            "second",
            f"second has {len(second)} values, first has {len(first)}",
            "give both ratings of each case at the same place",
        )
    tail = upper_tail(level)
    categories = tuple(sorted({*first, *second}))
    place = {category: index for index, category in enumerate(categories)}
    counts = np.zeros((len(categories), len(categories)), dtype=int)
    for one, other in zip(first, second, strict=True):
        counts[place[one], place[other]] += 1
    n = len(first)
    table = tuple(tuple(int(count) for count in row) for row in counts)
    if n == 0:
        return KappaResult(n, categories, table, None, None, None)
    agreement = float(np.trace(counts) / n)
    if len(categories) < 2:
        return KappaResult(n, categories, table, agreement, None, None)
    shares = counts / n
    chance = float(shares.sum(axis=1) @ shares.sum(axis=0))
    kappa = (agreement - chance) / (1.0 - chance)
    varies = bool((shares.sum(axis=0) < 1.0).all() and (shares.sum(axis=1) < 1.0).all())
    interval = _interval(shares, kappa, chance, n, tail, level) if varies and agreement < 1.0 else None
    return KappaResult(n, categories, table, agreement, kappa, interval)


def _interval(
    shares: NDArray[np.float64], kappa: float, chance: float, n: int, tail: float, level: float
) -> Interval:
    from scipy import stats

    by_first, by_second = shares.sum(axis=1), shares.sum(axis=0)
    same = (np.diag(shares) * (1.0 - (by_first + by_second) * (1.0 - kappa)) ** 2).sum()
    apart = shares * (by_second[:, None] + by_first[None, :]) ** 2
    different = (1.0 - kappa) ** 2 * (apart.sum() - np.trace(apart))
    whole = same + different - (kappa - chance * (1.0 - kappa)) ** 2
    # Rounding can leave less than nothing.
    half = float(stats.norm.ppf(tail)) * np.sqrt(max(whole, 0.0) / n) / (1.0 - chance)
    return Interval(float(max(kappa - half, -1.0)), float(min(kappa + half, 1.0)), level)
