"""How far two images are apart, as those who predict images state it."""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import ArgumentError


def mean_squared_error(first: NDArray[Any], second: NDArray[Any]) -> float | None:
    """Return the mean of (first - second)^2 over all pixels.

    Parameters
    ----------
    first, second : ndarray
        Of one shape, finite; on a scale from 0 to 1 where PSNR is wanted of it.

    Returns
    -------
    float or None
        None without pixels.

    Raises
    ------
    ArgumentError
        If the shapes differ, or a value is not finite.
    """
    one, other = np.asarray(first, dtype=np.float64), np.asarray(second, dtype=np.float64)
    if one.shape != other.shape:
        raise ArgumentError(
            "second", f"second has the shape {other.shape}, first has {one.shape}", "compare on one grid"
        )
    if not (np.isfinite(one).all() and np.isfinite(other).all()):
        raise ArgumentError(
            "first", "first or second has values that are not finite", "leave out pixels without a value"
        )
    return float(np.mean((one - other) ** 2)) if one.size else None


def peak_signal_to_noise(squared_error: float, *, peak: float = 1.0) -> float | None:
    """Return the peak signal-to-noise ratio 10 log10(peak^2 / MSE) in dB.

    Parameters
    ----------
    squared_error : float
        Mean squared error.
    peak : float
        Greatest value that a pixel can have.

    Returns
    -------
    float or None
        None for an error of zero, where the ratio has no bound.

    Raises
    ------
    ArgumentError
        If the error is negative or not finite.

    References
    ----------
    Huynh-Thu Q, Ghanbari M. Scope of validity of PSNR in image/video quality assessment. Electron Lett
    2008;44:800-801.
    """
    if not 0.0 <= squared_error < math.inf:
        raise ArgumentError(
            "squared_error", f"squared_error is {squared_error}", "give a finite number of at least 0"
        )
    return 10.0 * math.log10(peak * peak / squared_error) if squared_error > 0.0 else None
