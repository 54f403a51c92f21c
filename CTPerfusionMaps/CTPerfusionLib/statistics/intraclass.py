"""Intraclass correlation coefficients after Shrout and Fleiss."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import ArgumentError
from .interval import CONFIDENCE, Interval, upper_tail


class IccForm(StrEnum):
    """Which agreement is meant: of whose ratings, and of one of them or of their mean."""

    ONE_ONE = "ICC(1,1)"
    """One rating; each case has raters of its own."""

    ONE_K = "ICC(1,k)"
    """The mean of k ratings; each case has raters of its own."""

    TWO_ONE = "ICC(2,1)"
    """One rating of raters drawn at random who all rate all cases: absolute agreement."""

    THREE_ONE = "ICC(3,1)"
    """One rating of these very raters: consistency, offsets between raters do not count."""


@dataclass(frozen=True)
class IntraclassCorrelation:
    """An intraclass correlation.

    Attributes
    ----------
    form : IccForm
    n_cases, n_raters : int
    icc : float or None
        At most 1, below 0 where cases differ less than ratings of one case; None for fewer than two cases
        or raters, or where all ratings are the same.
    interval : Interval or None
        From the F distribution; None where the coefficient is, where cases do not differ at all, or where
        too few degrees of freedom are left to bound it.
    """

    form: IccForm
    n_cases: int
    n_raters: int
    icc: float | None
    interval: Interval | None = None


@dataclass(frozen=True)
class _MeanSquares:
    """Mean squares of n cases by k raters: between cases, between raters, of the error, within cases."""

    n: int
    k: int
    cases: float
    raters: float
    error: float
    within: float


def intraclass_correlation(
    ratings: ArrayLike, form: IccForm, *, level: float = CONFIDENCE
) -> IntraclassCorrelation:
    """Return an intraclass correlation with its F-based interval.

    Parameters
    ----------
    ratings : array_like, shape (n cases, k raters)
    form : IccForm
    level : float
        Of the interval.

    Raises
    ------
    ArgumentError
        If the ratings are no table of finite numbers, or the level is no share.

    References
    ----------
    Shrout PE, Fleiss JL. Intraclass correlations: uses in assessing rater reliability. Psychol Bull
    1979;86:420-428. McGraw KO, Wong SP. Forming inferences about some intraclass correlation
    coefficients. Psychol Methods 1996;1:30-46.
    """
    table = np.asarray(ratings, dtype=np.float64)
    if table.ndim != 2 or not np.isfinite(table).all():
        raise ArgumentError(
            "ratings",
            "ratings is no table of finite numbers",
            "give a row for each case, a column for each rater",
        )
    tail = upper_tail(level)
    n, k = table.shape
    if n < 2 or k < 2 or np.ptp(table) == 0.0:
        return IntraclassCorrelation(form, n, k, None)
    squares = _mean_squares(table)
    value = _COEFFICIENTS[form](squares)
    if value is None:
        return IntraclassCorrelation(form, n, k, None)
    interval = None if squares.cases == 0.0 else _interval(squares, value, form, tail, level)
    return IntraclassCorrelation(form, n, k, float(value), interval)


def _interval(
    squares: _MeanSquares, value: float, form: IccForm, tail: float, level: float
) -> Interval | None:
    # With next to no degree of freedom, quantiles of F are beyond all numbers.
    with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
        low, high = _BOUNDS[form](squares, value, tail)
    return Interval(float(low), float(high), level) if np.isfinite([low, high]).all() else None


def _mean_squares(table: NDArray[np.float64]) -> _MeanSquares:
    n, k = table.shape
    whole = table.mean()
    case_means, rater_means = table.mean(axis=1, keepdims=True), table.mean(axis=0, keepdims=True)
    error = ((table - case_means - rater_means + whole) ** 2).sum()
    return _MeanSquares(
        n=n,
        k=k,
        cases=float(k * ((case_means - whole) ** 2).sum() / (n - 1)),
        raters=float(n * ((rater_means - whole) ** 2).sum() / (k - 1)),
        error=float(error / ((n - 1) * (k - 1))),
        within=float(((table - case_means) ** 2).sum() / (n * (k - 1))),
    )


def _one_one(m: _MeanSquares) -> float | None:
    return _over(m.cases - m.within, m.cases + (m.k - 1) * m.within)


def _one_k(m: _MeanSquares) -> float | None:
    return _over(m.cases - m.within, m.cases)


def _two_one(m: _MeanSquares) -> float | None:
    return _over(m.cases - m.error, m.cases + (m.k - 1) * m.error + m.k * (m.raters - m.error) / m.n)


def _three_one(m: _MeanSquares) -> float | None:
    return _over(m.cases - m.error, m.cases + (m.k - 1) * m.error)


def _over(part: float, whole: float) -> float | None:
    return part / whole if whole != 0.0 else None


Bounds = tuple[float, float]


def _one_one_bounds(m: _MeanSquares, _value: float, tail: float) -> Bounds:
    low, high = _ratio_bounds(m.cases, m.within, m.n - 1, m.n * (m.k - 1), tail)
    return _single(low, m.k), _single(high, m.k)


def _one_k_bounds(m: _MeanSquares, _value: float, tail: float) -> Bounds:
    low, high = _ratio_bounds(m.cases, m.within, m.n - 1, m.n * (m.k - 1), tail)
    return 1.0 - 1.0 / low, 1.0 - 1.0 / high


def _three_one_bounds(m: _MeanSquares, _value: float, tail: float) -> Bounds:
    low, high = _ratio_bounds(m.cases, m.error, m.n - 1, (m.n - 1) * (m.k - 1), tail)
    return _single(low, m.k), _single(high, m.k)


def _two_one_bounds(m: _MeanSquares, value: float, tail: float) -> Bounds:
    """Return the bounds with Satterthwaite's degrees of freedom of the raters' and the error's variance."""
    from scipy import stats

    # Mean squares of full agreement are zero but for rounding.
    if value >= 1.0:
        return 1.0, 1.0
    a = m.k * value / (m.n * (1.0 - value))
    b = 1.0 + m.k * value * (m.n - 1) / (m.n * (1.0 - value))
    freedom = (a * m.raters + b * m.error) ** 2 / (
        (a * m.raters) ** 2 / (m.k - 1) + (b * m.error) ** 2 / ((m.n - 1) * (m.k - 1))
    )
    rest = m.k * m.raters + (m.k * m.n - m.k - m.n) * m.error
    below, above = stats.f.ppf(tail, [m.n - 1, freedom], [freedom, m.n - 1])
    low = m.n * (m.cases - below * m.error) / (below * rest + m.n * m.cases)
    high = m.n * (above * m.cases - m.error) / (rest + m.n * above * m.cases)
    return float(low), float(high)


def _ratio_bounds(upper: float, lower: float, upper_df: int, lower_df: int, tail: float) -> Bounds:
    """Return the bounds of the ratio of two expected mean squares; infinite where the lower one is zero."""
    from scipy import stats

    ratio = upper / lower if lower > 0.0 else float("inf")
    return (
        ratio / float(stats.f.ppf(tail, upper_df, lower_df)),
        ratio * float(stats.f.ppf(tail, lower_df, upper_df)),
    )


def _single(ratio: float, k: int) -> float:
    return 1.0 if np.isinf(ratio) else (ratio - 1.0) / (ratio + k - 1.0)


_COEFFICIENTS: Mapping[IccForm, Callable[[_MeanSquares], float | None]] = MappingProxyType(
    {
        IccForm.ONE_ONE: _one_one,
        IccForm.ONE_K: _one_k,
        IccForm.TWO_ONE: _two_one,
        IccForm.THREE_ONE: _three_one,
    }
)

_BOUNDS: Mapping[IccForm, Callable[[_MeanSquares, float, float], Bounds]] = MappingProxyType(
    {
        IccForm.ONE_ONE: _one_one_bounds,
        IccForm.ONE_K: _one_k_bounds,
        IccForm.TWO_ONE: _two_one_bounds,
        IccForm.THREE_ONE: _three_one_bounds,
    }
)
