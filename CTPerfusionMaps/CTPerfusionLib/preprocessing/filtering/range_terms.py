"""The range weight of the bilateral filter as a short sum of products of functions of one guide value.

A Gaussian of the difference of two guide values is a symmetric, positive kernel. Its eigenfunctions over the
values that occur in a mask, strongest first, need three or four terms for brain tissue, whose values span a
few tens of HU, since the others are smaller than any weight that matters.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

MOST_TERMS = 24
"""Terms above which the guide spans so many range SD that a sum of them is no faster than the definition."""

TOLERANCE = 0.03
"""Summed error of the weights over summed weights that every guide value may have at most."""

_LEVELS_PER_SIGMA = 20
"""Tabulated guide values per range SD: linear interpolation between them is right to 3e-4."""

_SAMPLES = 50_000
_LEAST_FIRST_TERM = 1e-12


@dataclass(frozen=True, eq=False)
class RangeTerms:
    """Functions phi_k of the guide with sum_k phi_k(g) phi_k(h) = exp(-(g - h)^2 / 2 sigma^2), nearly.

    Attributes
    ----------
    table : ndarray of float32, shape (K, L)
        The functions at L guide values; the first one is positive everywhere.
    lowest : float
        The first of these values, HU.
    step : float
        From one to the next, HU.
    error : float
        Largest error that any guide value suffers: the sum of the errors of its weights over the sum of its
        weights, if the values of the mask were its neighbours as often as they occur.
    """

    table: NDArray[np.float32]
    lowest: float
    step: float
    error: float


def range_terms(
    values: NDArray[np.float32], sigma: float, n_neighbours: float, tolerance: float = TOLERANCE
) -> RangeTerms | None:
    """Expand the range weight for the guide values of a mask.

    Parameters
    ----------
    values : ndarray, shape (N,)
        Guide inside the mask, HU.
    sigma : float
        Range SD, HU.
    n_neighbours : float
        Sum of the spatial weights, of which a voxel that resembles no other has only its own.
    tolerance : float
        Error allowed, see :class:`RangeTerms`.

    Returns
    -------
    RangeTerms or None
        With as few terms as the tolerance allows; None where that takes more than `MOST_TERMS`.

    References
    ----------
    Sugimoto and Kamata, "Compressive bilateral filtering", IEEE Trans. Image Process. 2015, and Williams and
    Seeger, "Using the Nystroem method to speed up kernel machines", NIPS 2000, for expansions of this kind.
    """
    lowest, highest = float(values.min()), float(values.max())
    n_levels = int(np.ceil((highest - lowest) / sigma * _LEVELS_PER_SIGMA)) + 2
    if n_levels > MOST_TERMS * _LEVELS_PER_SIGMA:
        return None
    levels = np.linspace(lowest, highest, n_levels)
    step = max((highest - lowest) / (n_levels - 1), float(np.finfo(np.float32).eps) * max(abs(lowest), 1.0))
    kernel = np.exp(-((levels[:, None] - levels) ** 2) / (2 * sigma**2))
    share = _occurrence(values, lowest, step, n_levels)
    # Half of the importance is spread evenly, so that rare values are expanded well too.
    importance = np.sqrt(0.5 * share + 0.5 / n_levels)
    strengths, vectors = np.linalg.eigh(importance[:, None] * kernel * importance)
    terms = (vectors * np.sqrt(np.maximum(strengths, 0.0)) / importance[:, None]).T[::-1][:MOST_TERMS]
    terms[0] = np.maximum(np.abs(terms[0]), _LEAST_FIRST_TERM)
    weights = kernel @ share + 1.0 / n_neighbours
    residual = kernel.copy()
    for count, term in enumerate(terms, start=1):
        residual -= np.outer(term, term)
        error = float((np.abs(residual) @ share / weights).max())
        if error <= tolerance:
            return RangeTerms(terms[:count].astype(np.float32), lowest, step, error)
    return None


def _occurrence(
    values: NDArray[np.float32], lowest: float, step: float, n_levels: int
) -> NDArray[np.float64]:
    sample = values[:: max(1, values.size // _SAMPLES)]
    nearest = np.minimum((sample - lowest) / step + 0.5, n_levels - 1).astype(np.intp)
    return np.bincount(nearest, minlength=n_levels) / sample.size
