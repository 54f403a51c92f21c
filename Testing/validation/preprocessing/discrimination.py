"""How well a score tells two groups of scans apart."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

Array = NDArray[np.float64]
Labels = NDArray[np.bool_]

RESAMPLES = 1000


def roc_auc(scores: Array, positive: Labels) -> float:
    """Return the area under the receiver operating characteristic; NaN where a group is empty.

    It is the probability that a positive scores higher than a negative, ties counting half (Hanley and
    McNeil, Radiology 143 (1982) 29-36).
    """
    n_positive, n_negative = int(positive.sum()), int((~positive).sum())
    if not n_positive or not n_negative:
        return float("nan")
    ranks = rankdata(scores)[positive].sum()
    return float((ranks - n_positive * (n_positive + 1) / 2) / (n_positive * n_negative))


def bootstrap_interval(
    statistic: Callable[[NDArray[np.intp]], float], patients: NDArray[np.intp], seed: int = 0
) -> tuple[float, float]:
    """Return the 95 % interval of a statistic when patients are drawn again with replacement.

    Parameters
    ----------
    statistic : callable
        Takes the indices of the scans that were drawn.
    patients : ndarray of int, shape (N,)
        The patient of each scan; the scans of one are drawn together, since they are alike.
    """
    random = np.random.default_rng(seed)
    scans = [np.flatnonzero(patients == patient) for patient in np.unique(patients)]
    values = [
        statistic(np.concatenate([scans[drawn] for drawn in random.integers(len(scans), size=len(scans))]))
        for _ in range(RESAMPLES)
    ]
    low, high = np.nanpercentile(values, [2.5, 97.5])
    return float(low), float(high)


def sensitivity(flagged: Labels, positive: Labels) -> float:
    """Return the share of the positive that is flagged."""
    return float(flagged[positive].mean()) if positive.any() else float("nan")


def specificity(flagged: Labels, positive: Labels) -> float:
    """Return the share of the negative that is not flagged."""
    return sensitivity(~flagged, ~positive)
