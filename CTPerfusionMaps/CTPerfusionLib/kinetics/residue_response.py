"""Residue functions of gamma-distributed transit times, and the tissue curves behind them, on a fine grid.

With k the shape and M the mean of the transit times, the residue function is the share of them that lasts
longer: Q(k, k t / M), the regularised upper incomplete gamma function (Mouridsen et al., NeuroImage 33
(2006) 570-579); an infinite shape is plug flow, whose residue is a box.
"""

import numpy as np
from numpy.typing import NDArray
from scipy import fft, special

from .arterial_input import ArterialInput

FloatArray = NDArray[np.float64]

STEP = 0.05
"""Seconds; grid of the convolution."""


def residue(elapsed: FloatArray, shape: float) -> FloatArray:
    """Return the share of blood that is still there after `elapsed` mean transit times, 0 before 0."""
    if np.isinf(shape):
        return np.asarray((elapsed >= 0.0) & (elapsed < 1.0), dtype=np.float64)
    remaining = special.gammaincc(shape, shape * np.maximum(elapsed, 0.0))
    return np.asarray(np.where(elapsed < 0.0, 0.0, remaining))


def integrated_residue(elapsed: FloatArray, shape: float) -> FloatArray:
    """Return the integral of the residue function up to `elapsed` mean transit times, 1 at infinity."""
    if np.isinf(shape):
        return np.minimum(elapsed, 1.0)
    x = shape * elapsed
    return np.asarray(elapsed * special.gammaincc(shape, x) + special.gammainc(shape + 1.0, x))


def residue_shares(shapes: FloatArray, mtts: FloatArray, n_steps: int) -> FloatArray:
    """Return the share of each step, of unit area over all steps, of every shape at every MTT in seconds.

    Returns
    -------
    ndarray, shape (S x J, n_steps)
        Shapes one after the other.
    """
    scaled = STEP * np.arange(n_steps + 1) / mtts[:, None]
    # The rectangle rule places the flow of a step at its beginning; half a step of it belongs to the next.
    shares = np.diff(np.concatenate([integrated_residue(scaled, shape) for shape in shapes]), axis=1)
    shares[:, 1:], shares[:, 0] = 0.5 * (shares[:, 1:] + shares[:, :-1]), 0.5 * shares[:, 0]
    return np.asarray(shares)


def steps_until(aif: ArterialInput, last: float) -> int:
    """Return how many steps of the grid it takes from the first arterial sample to `last` seconds."""
    return int((last - aif.times[0]) / STEP) + 3


def convolved(aif: ArterialInput, shares: FloatArray) -> FloatArray:
    """Return the arterial input, in HU from its first sample on, convolved with `shares` (n, n_steps)."""
    n_steps = shares.shape[1]
    length = fft.next_fast_len(2 * n_steps, real=True)
    inflow = fft.rfft(aif.value(aif.times[0] + STEP * np.arange(n_steps)), length)
    return np.asarray(fft.irfft(inflow * fft.rfft(shares, length), length)[:, :n_steps])


def read_at(curves: FloatArray, aif: ArterialInput, times: FloatArray) -> FloatArray:
    """Return convolved curves (n, n_steps) at times (..., T) in seconds by straight lines, (n, ..., T)."""
    position = np.clip((times - aif.times[0]) / STEP, -1.0, curves.shape[1] - 2.0)
    lower = np.floor(position).astype(np.intp)
    weight = position - lower
    # A sample before the record is the one that precedes the first: nothing has arrived.
    padded = np.concatenate([np.zeros((len(curves), 1)), curves], axis=1)
    return np.asarray((1.0 - weight) * padded[:, lower + 1] + weight * padded[:, lower + 2])
