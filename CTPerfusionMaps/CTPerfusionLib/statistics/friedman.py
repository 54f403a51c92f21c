"""Friedman's test: whether several values of each case differ by what they were measured with."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from ..errors import ArgumentError


@dataclass(frozen=True)
class FriedmanTest:
    """Ranks within each case.

    Attributes
    ----------
    n_cases, n_treatments : int
    chi_squared : float or None
        With the correction for ties; None for fewer than two cases or treatments, or where the values of no
        case differ.
    degrees_of_freedom : int
    p_value : float or None
    """

    n_cases: int
    n_treatments: int
    chi_squared: float | None
    degrees_of_freedom: int
    p_value: float | None


def friedman_test(values: ArrayLike) -> FriedmanTest:
    """Return Friedman's chi-squared of a table, with mean ranks for ties.

    With r_ij the rank of treatment j in case i and R_j their sums over n cases it is
    (k - 1) sum_j (R_j - n (k + 1) / 2)^2 / sum_ij (r_ij - (k + 1) / 2)^2. For two treatments that is the
    sign test by its normal approximation, (n+ - n-)^2 / (n+ + n-).

    Parameters
    ----------
    values : array_like, shape (n cases, k treatments)

    Raises
    ------
    ArgumentError
        If it is no table of finite numbers.

    References
    ----------
    Friedman M. The use of ranks to avoid the assumption of normality implicit in the analysis of variance.
    J Am Stat Assoc 1937;32:675-701. Ties as in Hollander M, Wolfe DA. Nonparametric statistical methods.
    Wiley 1973, pages 139 to 146.
    """
    from scipy import stats

    table = np.asarray(values, dtype=np.float64)
    if table.ndim != 2 or not np.isfinite(table).all():
        raise ArgumentError(
            "values",
            "values is no table of finite numbers",
            "give a row for each case, a column for each treatment",
        )
    n, k = table.shape
    if n < 2 or k < 2 or not np.ptp(table, axis=1).any():
        return FriedmanTest(n, k, None, max(k - 1, 0), None)
    ranks = stats.rankdata(table, axis=1) - (k + 1) / 2.0
    chi_squared = float((k - 1) * (ranks.sum(axis=0) ** 2).sum() / (ranks**2).sum())
    return FriedmanTest(n, k, chi_squared, k - 1, float(stats.chi2.sf(chi_squared, k - 1)))
