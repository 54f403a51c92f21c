"""Segments in, from a ``.seg.nrrd`` that this software or 3D Slicer has written."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import SeriesError
from .nrrd_geometry import nrrd_matrix

_REMEDY = "give a segmentation that this software or 3D Slicer saved as .seg.nrrd"


def read_segmentation(path: Path | str) -> tuple[dict[str, NDArray[np.bool_]], NDArray[np.float64]]:
    """Read the segments of a ``.seg.nrrd`` file.

    Returns
    -------
    masks : dict of str to ndarray of bool, shape (Z, Y, X)
        By the identifiers of the segments.
    ijk_to_ras : ndarray, shape (4, 4)

    Raises
    ------
    SeriesError
        If the file is damaged or is no segmentation.
    """
    import nrrd

    path = Path(path)
    try:
        voxels, header = nrrd.read(str(path))
    except Exception as error:  # the reader fails on foreign bytes in many ways, all with the same meaning
        raise SeriesError(f"{path.name} cannot be read", "save or copy it again") from error
    if voxels.ndim not in (3, 4) or voxels.dtype.kind not in "iu":
        raise SeriesError(f"{path.name} is not a segmentation", _REMEDY)
    # The layers of overlapping segments come first, before columns, rows and slices.
    layers = voxels if voxels.ndim == 4 else voxels[None]
    spatial = [axis + voxels.ndim - 3 for axis in range(3)]
    try:
        masks = dict(_masks(layers, header))
    except (KeyError, ValueError, IndexError) as error:
        raise SeriesError(f"{path.name} does not say which of its labels mean what", _REMEDY) from error
    return masks, nrrd_matrix(header, spatial, path.name, _REMEDY)


def _masks(layers: NDArray[Any], header: Mapping[str, Any]) -> list[tuple[str, NDArray[np.bool_]]]:
    prefixes = [key.removesuffix("ID") for key in header if key.startswith("Segment") and key.endswith("_ID")]
    return [
        (
            str(header[f"{prefix}ID"]),
            (layers[int(header[f"{prefix}Layer"])] == int(header[f"{prefix}LabelValue"])).T,
        )
        for prefix in prefixes
    ]
