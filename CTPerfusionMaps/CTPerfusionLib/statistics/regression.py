"""Straight lines by least squares."""

from dataclasses import dataclass

import numpy as np

from .interval import CONFIDENCE, Interval, upper_tail
from .samples import Values, finite_pairs, is_constant


@dataclass(frozen=True)
class Regression:
    """A line response = intercept + slope x predictor.

    Attributes
    ----------
    n : int
    slope : float or None
        None for fewer than two cases (one through the origin) or where the predictor does not vary (is
        zero throughout).
    intercept : float or None
        0 through the origin; None where the slope is.
    slope_interval, intercept_interval : Interval or None
        By Student's t; None where no degree of freedom is left, and for an intercept that is fixed.
    residual_sd : float or None
        Root of the residual sum of squares over the degrees of freedom; None where none is left.
    through_origin : bool
    """

    n: int
    slope: float | None
    intercept: float | None
    slope_interval: Interval | None
    intercept_interval: Interval | None
    residual_sd: float | None
    through_origin: bool


def linear_regression(
    predictor: Values, response: Values, *, through_origin: bool = False, level: float = CONFIDENCE
) -> Regression:
    """Fit a line by ordinary least squares.

    Slope S_xy / S_xx with standard error s / sqrt(S_xx), intercept with s sqrt(1/n + mean(x)^2 / S_xx),
    n - 2 degrees of freedom; through the origin sum(x y) / sum(x^2) with s / sqrt(sum(x^2)) and n - 1.

    Parameters
    ----------
    predictor, response : sequence of float, shape (N,)
    through_origin : bool
        Fix the intercept at zero.
    level : float
        Of the intervals.

    Raises
    ------
    ArgumentError
        If the counts differ, a value is not finite, or the level is no share.

    References
    ----------
    Draper NR, Smith H. Applied regression analysis. 3rd ed. Wiley 1998, chapters 1 and 2.
    """
    from scipy import stats

    x, y = finite_pairs(predictor, response)
    tail = upper_tail(level)
    n = x.size
    undefined = not np.any(x) if through_origin else is_constant(x)
    if undefined:
        return Regression(n, None, None, None, None, None, through_origin)
    x_mean, y_mean = (0.0, 0.0) if through_origin else (float(x.mean()), float(y.mean()))
    spread = float(((x - x_mean) ** 2).sum())
    slope = float((x - x_mean) @ (y - y_mean)) / spread
    intercept = y_mean - slope * x_mean
    freedom = n - (1 if through_origin else 2)
    if freedom < 1:
        return Regression(n, slope, intercept, None, None, None, through_origin)
    residual_sd = float(np.sqrt(((y - intercept - slope * x) ** 2).sum() / freedom))
    reach = float(stats.t.ppf(tail, freedom)) * residual_sd
    slope_half = reach / np.sqrt(spread)
    intercept_half = reach * np.sqrt(1.0 / n + x_mean**2 / spread)
    return Regression(
        n=n,
        slope=slope,
        intercept=intercept,
        slope_interval=_around(slope, slope_half, level),
        intercept_interval=None if through_origin else _around(intercept, intercept_half, level),
        residual_sd=residual_sd,
        through_origin=through_origin,
    )


def _around(value: float, half: float, level: float) -> Interval:
    return Interval(float(value - half), float(value + half), level)
