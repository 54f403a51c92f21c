"""Changes of a bolus that leave the maps as they are, each a matrix (T, T) on curves at even times.

Tissue enhances as flow x (arterial input convolved with the residue function). An operation in time that is
linear, causal and the same for all curves therefore passes from the tissue to the arterial input: the maps
belong to the changed input just as well. Every matrix here has rows of sum 1, so that a constant curve, the
baseline, stays what it is; the first frame stands for all that came before.
"""

import numpy as np
from numpy.typing import NDArray

from ..networks import interpolation_matrix

Operator = NDArray[np.float32]
"""Shape (T, T): new curve = operator @ curve."""

_KERNEL_LENGTH = 6.0
"""Means of a kernel after which nothing is left of it."""

_AFTER_START = 1e-3
"""s; a kernel that is 0 at first is sampled a little later, so that a narrow one is not empty."""


def identity(n_frames: int) -> Operator:
    """Return the operator that changes nothing."""
    return np.eye(n_frames, dtype=np.float32)


def delay_operator(times: NDArray[np.float64], seconds: float) -> Operator:
    """Return the operator by which the bolus comes later, or earlier where `seconds` is below 0.

    Between frames it interpolates, which is a convolution too. Where the bolus comes earlier the last frame
    is held, as in the preparation of a record that is too short.

    Parameters
    ----------
    times : ndarray, shape (T,)
        s, evenly spaced.
    seconds : float
    """
    return interpolation_matrix(times, times - seconds)


def spread_operator(times: NDArray[np.float64], mean: float, shape: int) -> Operator:
    """Return the operator by which the bolus is injected more slowly, or dispersed on its way to the head.

    It convolves with a gamma density of unit area.

    Parameters
    ----------
    times : ndarray, shape (T,)
        s, evenly spaced.
    mean : float
        s, above 0, by which the centre of the bolus comes later.
    shape : int
        Of the density; 1 is exponential.
    """
    n_frames = len(times)
    interval = float(times[1] - times[0])
    ages = np.arange(min(int(_KERNEL_LENGTH * mean / interval) + 2, n_frames)) * interval
    kernel = (ages + _AFTER_START) ** (shape - 1) * np.exp(-shape * ages / mean)
    operator = np.zeros((n_frames, n_frames), dtype=np.float64)
    rows = np.arange(n_frames)
    for age, weight in enumerate(kernel / kernel.sum()):
        operator[rows, np.maximum(rows - age, 0)] += weight
    return operator.astype(np.float32)


def scale_operator(n_frames: int, factor: float, n_before: int) -> Operator:
    """Return the operator by which the bolus holds more or less contrast.

    Parameters
    ----------
    n_frames : int
        T.
    factor : float
        Of all enhancement.
    n_before : int
        Leading frames without contrast, at least 1; their mean is the baseline.
    """
    operator = factor * np.eye(n_frames, dtype=np.float32)
    operator[:, :n_before] += (1.0 - factor) / n_before
    return operator


def sampling_operator(times: NDArray[np.float64], interval: float, first: float) -> Operator:
    """Return the operator by which frames are taken further apart and interpolated linearly.

    It blunts curves as the preparation of a coarsely sampled record does.

    Parameters
    ----------
    times : ndarray, shape (T,)
        s, evenly spaced.
    interval : float
        Seconds between the frames that are taken; at most half of the record.
    first : float
        s of the first of them.
    """
    taken = np.arange(first, times[-1] + 1e-6, interval)
    return interpolation_matrix(taken, times) @ interpolation_matrix(times, taken)
