"""Overlap of two segments."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import ArgumentError


def dice(first: NDArray[Any], second: NDArray[Any]) -> float | None:
    """Return the Dice coefficient 2 |A and B| / (|A| + |B|) of two masks.

    Parameters
    ----------
    first, second : ndarray of bool
        Of one shape.

    Returns
    -------
    float or None
        0 to 1; None where both are empty, which says nothing about overlap.

    Raises
    ------
    ArgumentError
        If the shapes differ.

    References
    ----------
    Dice LR. Measures of the amount of ecologic association between species. Ecology 1945;26:297-302.
    """
    one, other = np.asarray(first, dtype=bool), np.asarray(second, dtype=bool)
    if one.shape != other.shape:
        raise ArgumentError(
            "second", f"second has the shape {other.shape}, first has {one.shape}", "compare on one grid"
        )
    total = int(np.count_nonzero(one)) + int(np.count_nonzero(other))
    return 2.0 * int(np.count_nonzero(one & other)) / total if total else None
