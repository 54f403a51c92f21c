"""Intervals and comparisons of areas under ROC curves after DeLong et al."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .interval import CONFIDENCE, Interval, upper_tail
from .roc import labelled_scores
from .samples import Values, is_constant


@dataclass(frozen=True)
class AucEstimate:
    """An area under an ROC curve with its interval.

    Attributes
    ----------
    n_positive, n_negative : int
        Cases with and without the condition.
    auc : float or None
        None unless there are cases of both kinds.
    standard_error : float or None
        None for fewer than two cases of either kind.
    interval : Interval or None
        Cut to 0 and 1. None also where the standard error is zero, as where the scores of both kinds do not
        overlap: a few cases that happen to be told apart would else be called certain.
    """

    n_positive: int
    n_negative: int
    auc: float | None
    standard_error: float | None
    interval: Interval | None


@dataclass(frozen=True)
class AucComparison:
    """The areas under the ROC curves of two scores of the same cases.

    Attributes
    ----------
    n_positive, n_negative : int
    first, second : float or None
        Areas; None unless there are cases of both kinds.
    difference : float or None
        First less second.
    interval : Interval or None
        Of the difference; None where its standard error is zero or unknown, like the test.
    z, p_value : float or None
        Of the two-sided test that both areas are equal.
    """

    n_positive: int
    n_negative: int
    first: float | None
    second: float | None
    difference: float | None
    interval: Interval | None
    z: float | None
    p_value: float | None


def delong_interval(
    labels: Sequence[bool] | NDArray[np.bool_], scores: Values, *, level: float = CONFIDENCE
) -> AucEstimate:
    """Return the area under an ROC curve with its interval.

    Of m positive cases X and n negative ones Y, each has its placement among the others:
    V10(X_i) = mean over j of psi(X_i, Y_j), V01(Y_j) = mean over i, with psi 1 where X is higher, 1/2 where
    they tie and 0 else. Their mean is the area, var(V10) / m + var(V01) / n its variance, both with one less
    in the denominator. The interval is normal.

    Parameters
    ----------
    labels : sequence of bool, shape (N,)
        Whether each case has the condition.
    scores : sequence of float, shape (N,)
        Higher in those with it.
    level : float
        Of the interval.

    Raises
    ------
    ArgumentError
        If the counts differ, a label is neither true nor false, a score is not finite, or the level is no
        share.

    References
    ----------
    DeLong ER, DeLong DM, Clarke-Pearson DL. Comparing the areas under two or more correlated receiver
    operating characteristic curves: a nonparametric approach. Biometrics 1988;44:837-845. Placements by
    ranks: Sun X, Xu W. IEEE Signal Process Lett 2014;21:1389-1393.
    """
    truth, values = labelled_scores(labels, scores)
    tail = upper_tail(level)
    n_positive, n_negative = _counts(truth)
    if not (n_positive and n_negative):
        return AucEstimate(n_positive, n_negative, None, None, None)
    placements = _placements(truth, values)
    auc = float(placements[0].mean())
    error = _standard_error(placements)
    interval = _around(auc, error, tail, level)
    if interval is not None:
        interval = Interval(max(interval.low, 0.0), min(interval.high, 1.0), level)
    return AucEstimate(n_positive, n_negative, auc, error, interval)


def delong_test(
    labels: Sequence[bool] | NDArray[np.bool_], first: Values, second: Values, *, level: float = CONFIDENCE
) -> AucComparison:
    """Compare the areas under the ROC curves of two scores of the same cases, two-sided.

    The variance of the difference is that of the differences of placements, see :func:`delong_interval`:
    scores of the same cases are correlated.

    Parameters
    ----------
    labels : sequence of bool, shape (N,)
    first, second : sequence of float, shape (N,)
        Both higher in cases with the condition.
    level : float
        Of the interval of the difference.

    Raises
    ------
    ArgumentError
        If the counts differ, a label is neither true nor false, a score is not finite, or the level is no
        share.

    References
    ----------
    DeLong ER, DeLong DM, Clarke-Pearson DL. Biometrics 1988;44:837-845.
    """
    from scipy import stats

    truth, one = labelled_scores(labels, first)
    _, other = labelled_scores(labels, second)
    tail = upper_tail(level)
    n_positive, n_negative = _counts(truth)
    if not (n_positive and n_negative):
        return AucComparison(n_positive, n_negative, None, None, None, None, None, None)
    placements = _placements(truth, one), _placements(truth, other)
    areas = [float(positive.mean()) for positive, _ in placements]
    difference = areas[0] - areas[1]
    error = _standard_error(
        (placements[0][0] - placements[1][0], placements[0][1] - placements[1][1]),
    )
    z = difference / error if error else None
    return AucComparison(
        n_positive=n_positive,
        n_negative=n_negative,
        first=areas[0],
        second=areas[1],
        difference=difference,
        interval=_around(difference, error, tail, level),
        z=z,
        p_value=None if z is None else float(2.0 * stats.norm.sf(abs(z))),
    )


Placements = tuple[NDArray[np.float64], NDArray[np.float64]]
"""Of the positive cases among the negative ones, and of the negative ones among the positive, 0 to 1."""


def _counts(truth: NDArray[np.bool_]) -> tuple[int, int]:
    n_positive = int(truth.sum())
    return n_positive, truth.size - n_positive


def _placements(truth: NDArray[np.bool_], values: NDArray[np.float64]) -> Placements:
    from scipy import stats

    ranks = stats.rankdata(values)
    n_positive, n_negative = _counts(truth)
    below = ranks[truth] - stats.rankdata(values[truth])
    above = n_positive - (ranks[~truth] - stats.rankdata(values[~truth]))
    return below / n_negative, above / n_positive


def _standard_error(placements: Placements) -> float | None:
    """Return the standard error of the mean placement; exactly zero where placements do not vary."""
    if min(kind.size for kind in placements) < 2:
        return None
    if all(is_constant(kind) for kind in placements):
        return 0.0
    return float(np.sqrt(sum(kind.var(ddof=1) / kind.size for kind in placements)))


def _around(value: float, error: float | None, tail: float, level: float) -> Interval | None:
    from scipy import stats

    if not error:
        return None
    half = float(stats.norm.ppf(tail)) * error
    return Interval(value - half, value + half, level)
