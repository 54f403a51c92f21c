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
        With the correction for ties; None for fewer than two cases or three treatments, or where the values
        of no case differ.
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
    if n < 2 or k < 3 or not np.ptp(table, axis=1).any():
        return FriedmanTest(n, k, None, max(k - 1, 0), None)
    found = stats.friedmanchisquare(*table.T)
    return FriedmanTest(n, k, float(found.statistic), k - 1, float(found.pvalue))
