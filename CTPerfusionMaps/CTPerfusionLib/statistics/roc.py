"""Receiver operating characteristic: how well a score tells cases with a condition from those without."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..errors import ArgumentError
from .samples import Values, finite

Rates = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class RocCurve:
    """An empirical ROC curve, from (0, 0) to (1, 1).

    Attributes
    ----------
    n_positive, n_negative : int
        Cases with and without the condition.
    false_positive_rate, sensitivity : ndarray, shape (K,)
        Of calling positive whatever scores `thresholds` or more. Cases with the same score change sides
        together: the curve crosses ties by a straight line.
    thresholds : ndarray, shape (K,)
        Falling; infinite at (0, 0), where nothing is called positive.
    """

    n_positive: int
    n_negative: int
    false_positive_rate: Rates
    sensitivity: Rates
    thresholds: Rates

    @property
    def area(self) -> float:
        """Area under the curve: the chance that a positive case scores above a negative one, ties half."""
        return _area(self.false_positive_rate, self.sensitivity)


@dataclass(frozen=True, eq=False)
class MeanRoc:
    """The mean of ROC curves at each false-positive rate.

    Attributes
    ----------
    n : int
        Curves.
    false_positive_rate : ndarray, shape (K,)
        Rising. Rates at which curves step stand there twice, before and after the step.
    sensitivity : ndarray, shape (K,)
        Mean of the curves. The area below it is the mean of their areas.
    sd : ndarray, shape (K,), or None
        Of the curves' sensitivities, with n - 1 in the denominator; None for a single curve.
    """

    n: int
    false_positive_rate: Rates
    sensitivity: Rates
    sd: Rates | None

    @property
    def area(self) -> float:
        """Area under the mean curve."""
        return _area(self.false_positive_rate, self.sensitivity)


def roc_curve(labels: Sequence[bool] | NDArray[np.bool_], scores: Values) -> RocCurve | None:
    """Return the ROC curve of scores that should be higher in cases with the condition.

    Parameters
    ----------
    labels : sequence of bool, shape (N,)
        Whether each case has the condition.
    scores : sequence of float, shape (N,)

    Returns
    -------
    RocCurve or None
        None unless there are cases of both kinds.

    Raises
    ------
    ArgumentError
        If the counts differ, a label is neither true nor false, or a score is not finite.

    References
    ----------
    Fawcett T. An introduction to ROC analysis. Pattern Recognit Lett 2006;27:861-874.
    """
    truth, values = labelled_scores(labels, scores)
    n_positive = int(truth.sum())
    n_negative = truth.size - n_positive
    if not (n_positive and n_negative):
        return None
    thresholds, place = np.unique(-values, return_inverse=True)
    found = np.cumsum(np.bincount(place, weights=truth))
    raised = np.cumsum(np.bincount(place, weights=~truth))
    return RocCurve(
        n_positive=n_positive,
        n_negative=n_negative,
        false_positive_rate=np.concatenate([[0.0], raised / n_negative]),
        sensitivity=np.concatenate([[0.0], found / n_positive]),
        thresholds=np.concatenate([[np.inf], -thresholds]),
    )


def roc_auc(labels: Sequence[bool] | NDArray[np.bool_], scores: Values) -> float | None:
    """Return the area under the ROC curve: Mann-Whitney's U over the number of pairs, ties counting half.

    Parameters
    ----------
    labels : sequence of bool, shape (N,)
    scores : sequence of float, shape (N,)

    Returns
    -------
    float or None
        None unless there are cases of both kinds.

    Raises
    ------
    ArgumentError
        If the counts differ, a label is neither true nor false, or a score is not finite.
    """
    curve = roc_curve(labels, scores)
    return None if curve is None else curve.area


def mean_roc(curves: Sequence[RocCurve]) -> MeanRoc | None:
    """Average ROC curves vertically, each false-positive rate for itself.

    Parameters
    ----------
    curves : sequence of RocCurve

    Returns
    -------
    MeanRoc or None
        None without curves.

    References
    ----------
    Fawcett T. An introduction to ROC analysis. Pattern Recognit Lett 2006;27:861-874, section 8.1. The rates
    are those of all curves together, not a fixed grid, so that no step is blurred.
    """
    if not curves:
        return None
    rates = np.unique(np.concatenate([curve.false_positive_rate for curve in curves]))
    sampled = np.stack([_sensitivity_at(curve, rates) for curve in curves])
    return MeanRoc(
        n=len(curves),
        false_positive_rate=np.repeat(rates, 2),
        sensitivity=sampled.mean(axis=0),
        sd=sampled.std(axis=0, ddof=1) if len(curves) > 1 else None,
    )


def labelled_scores(
    labels: Sequence[bool] | NDArray[np.bool_], scores: Values
) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
    """Return labels and scores as arrays of shape (N,).

    Raises
    ------
    ArgumentError
        If the counts differ, a label is neither true nor false, or a score is not finite.
    """
    truth, values = finite(labels, "labels"), finite(scores, "scores")
    if not np.isin(truth, (0.0, 1.0)).all():
        raise ArgumentError(
            "labels",
            "labels has values that are neither true nor false",
            "say for each case whether it has it",
        )
    if truth.shape != values.shape:
        raise ArgumentError(
            "scores",
            f"scores has {values.size} values, labels has {truth.size}",
            "give the label and the score of each case at the same place",
        )
    return truth.astype(np.bool_), values


def _area(false_positive_rate: Rates, sensitivity: Rates) -> float:
    widths = np.diff(false_positive_rate)
    return float(widths @ (sensitivity[1:] + sensitivity[:-1]) / 2.0)


def _sensitivity_at(curve: RocCurve, rates: Rates) -> Rates:
    """Return the sensitivity of a curve below and above its step at each rate, shape (2 R,)."""
    x, y = curve.false_positive_rate, curve.sensitivity
    first = np.searchsorted(x, rates, side="left")
    last = np.searchsorted(x, rates, side="right") - 1
    is_corner = last >= first
    between = np.interp(rates, x, y)
    ends = [np.where(is_corner, y[end], between) for end in (first, last)]
    return np.stack(ends, axis=1).reshape(-1)
