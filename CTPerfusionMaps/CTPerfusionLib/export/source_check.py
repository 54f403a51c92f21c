"""Whether results lie where the images lie that they refer to."""

import numpy as np

from ..errors import ConfigurationError
from ..series import SourceImages
from ..series.geometry import FloatArray

_SAME_PLACE = 0.05
"""mm by which corners may be off, by rounding in headers."""


def require_same_place(ijk_to_ras: FloatArray, shape: tuple[int, int, int], source: SourceImages) -> None:
    """Refuse results that lie elsewhere: viewers would lay them over other tissue.

    Parameters
    ----------
    ijk_to_ras : ndarray, shape (4, 4)
        Of the results.
    shape : tuple of int
        Slices, rows and columns.
    source : SourceImages

    Raises
    ------
    ConfigurationError
        If a corner is off, as when the scan was put under a transform after it was loaded.
    """
    slices, rows, columns = shape
    corners = np.array([[i, j, k, 1.0] for i in (0, columns) for j in (0, rows) for k in (0, slices)]).T
    if np.abs((ijk_to_ras - source.ijk_to_ras) @ corners).max() > _SAME_PLACE:
        raise ConfigurationError(
            "The scan has been moved since its images were made, so results would not lie on them",
            "take it out of its transform, compute the maps again and export then",
        )
