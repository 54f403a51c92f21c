"""Differences between two groups, and between two values of each case."""

from dataclasses import dataclass

import numpy as np

from .interval import CONFIDENCE, Interval, upper_tail
from .samples import Values, finite, finite_pairs, is_constant, standard_deviation


@dataclass(frozen=True)
class GroupComparison:
    """Two independent groups.

    Attributes
    ----------
    n_first, n_second : int
    difference : float or None
        Mean of the first less mean of the second; None where a group is empty.
    interval : Interval or None
        Of the difference, by Welch's t; None where that is undefined.
    t, degrees_of_freedom, t_p_value : float or None
        Welch's test; None for fewer than two values in a group, or where neither group varies.
    u, u_p_value : float or None
        Mann-Whitney's U of the first group and its two-sided test; None where a group is empty or all
        values are the same.
    """

    n_first: int
    n_second: int
    difference: float | None
    interval: Interval | None
    t: float | None
    degrees_of_freedom: float | None
    t_p_value: float | None
    u: float | None
    u_p_value: float | None


@dataclass(frozen=True)
class PairedComparison:
    """Two values of each case.

    Attributes
    ----------
    n : int
    difference : float or None
        Mean of first - second; None without cases.
    interval : Interval or None
        Of the mean difference, by Student's t; None where that is undefined.
    t, t_p_value : float or None
        Paired test with n - 1 degrees of freedom; None for fewer than two cases, or where all differences
        are the same.
    w, w_p_value : float or None
        Wilcoxon's signed ranks, the smaller of both rank sums, without the cases that do not differ; None
        where none does.
    """

    n: int
    difference: float | None
    interval: Interval | None
    t: float | None
    t_p_value: float | None
    w: float | None
    w_p_value: float | None


def compare_groups(first: Values, second: Values, *, level: float = CONFIDENCE) -> GroupComparison:
    """Compare two independent groups by Welch's t test and by the Mann-Whitney test, both two-sided.

    Parameters
    ----------
    first, second : sequence of float
    level : float
        Of the interval.

    Raises
    ------
    ArgumentError
        If a value is not finite, or the level is no share.

    References
    ----------
    Welch BL. The generalization of "Student's" problem when several different population variances are
    involved. Biometrika 1947;34:28-35. Mann HB, Whitney DR. On a test of whether one of two random
    variables is stochastically larger than the other. Ann Math Stat 1947;18:50-60 (exact for small groups
    without ties, else normal with a correction for ties and for continuity).
    """
    from scipy import stats

    one, other = finite(first, "first"), finite(second, "second")
    tail = upper_tail(level)
    difference = float(one.mean() - other.mean()) if one.size and other.size else None
    u = u_p_value = None
    if difference is not None and not is_constant(np.concatenate([one, other])):
        ranks = stats.mannwhitneyu(one, other, alternative="two-sided")
        u, u_p_value = float(ranks.statistic), float(ranks.pvalue)
    t = freedom = p_value = interval = None
    if difference is not None and min(one.size, other.size) > 1:
        variances = np.array([one.var(ddof=1) / one.size, other.var(ddof=1) / other.size])
        if not (is_constant(one) and is_constant(other)):
            error = float(np.sqrt(variances.sum()))
            freedom = float(variances.sum() ** 2 / (variances**2 / [one.size - 1, other.size - 1]).sum())
            t = difference / error
            p_value = float(2.0 * stats.t.sf(abs(t), freedom))
            interval = _around(difference, float(stats.t.ppf(tail, freedom)) * error, level)
    return GroupComparison(one.size, other.size, difference, interval, t, freedom, p_value, u, u_p_value)


def compare_pairs(first: Values, second: Values, *, level: float = CONFIDENCE) -> PairedComparison:
    """Compare two values of each case by the paired t test and by Wilcoxon's test, both two-sided.

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
    Student. The probable error of a mean. Biometrika 1908;6:1-25. Wilcoxon F. Individual comparisons by
    ranking methods. Biometrics Bulletin 1945;1:80-83 (exact for few cases without ties, else normal).
    """
    from scipy import stats

    one, other = finite_pairs(first, second)
    tail = upper_tail(level)
    differences = one - other
    n = differences.size
    difference = float(differences.mean()) if n else None
    w = w_p_value = None
    if np.any(differences):
        ranks = stats.wilcoxon(differences[differences != 0.0])
        w, w_p_value = float(ranks.statistic), float(ranks.pvalue)
    sd = standard_deviation(differences)
    if difference is None or sd is None or is_constant(differences):
        return PairedComparison(n, difference, None, None, None, w, w_p_value)
    error = sd / float(np.sqrt(n))
    t = difference / error
    return PairedComparison(
        n=n,
        difference=difference,
        interval=_around(difference, float(stats.t.ppf(tail, n - 1)) * error, level),
        t=t,
        t_p_value=float(2.0 * stats.t.sf(abs(t), n - 1)),
        w=w,
        w_p_value=w_p_value,
    )


def _around(value: float, half: float, level: float) -> Interval:
    return Interval(value - half, value + half, level)
