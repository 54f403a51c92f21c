"""Where the voxels of a NRRD file lie in the patient."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import SeriesError
from ..series import RAS_TO_LPS

_SPACE_TO_RAS: Mapping[str, NDArray[np.float64]] = MappingProxyType(
    {
        "left-posterior-superior": RAS_TO_LPS,
        "lps": RAS_TO_LPS,
        "right-anterior-superior": np.eye(4),
        "ras": np.eye(4),
        "left-anterior-superior": np.diag([-1.0, 1.0, 1.0, 1.0]),
        "las": np.diag([-1.0, 1.0, 1.0, 1.0]),
    }
)


def nrrd_matrix(
    header: Mapping[str, Any], spatial: Sequence[int], name: str, remedy: str
) -> NDArray[np.float64]:
    """Return the matrix from (column, row, slice, 1) to RAS mm, shape (4, 4).

    Parameters
    ----------
    header : mapping
        As pynrrd reads it.
    spatial : sequence of int
        The axes of columns, rows and slices.
    name : str
        Of the file, for the error.
    remedy : str
        What to do about a file without it.

    Raises
    ------
    SeriesError
        If the header does not say it.
    """
    to_ras = _SPACE_TO_RAS.get(str(header.get("space", "")).lower())
    if to_ras is None or "space directions" not in header or "space origin" not in header:
        raise SeriesError(f"{name} does not say where its voxels are in the patient", remedy)
    matrix = np.eye(4)
    for column, axis in enumerate(spatial):
        matrix[:3, column] = header["space directions"][axis]
    matrix[:3, 3] = header["space origin"]
    if not np.isfinite(matrix).all() or abs(np.linalg.det(matrix)) == 0:
        raise SeriesError(f"{name} does not say where its voxels are in the patient", remedy)
    return np.asarray(to_ras @ matrix)
