"""Slicer's volume sequence files (``.seq.nrrd``): 4D NRRD with one list axis, indexed by time.

Slicer writes the index as ``axis <A> index values`` with its unit in the standard field ``units``,
attributes of the sequence under their own names and those of a frame as ``axis <A> item <frame>
<attribute>``.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import SeriesError
from ..series import TimeSource
from .nrrd_geometry import nrrd_matrix
from .sequence_times import SLICE_TIMES_ATTRIBUTE, SequenceIndex, sequence_times

_REMEDY = "give a sequence of scalar volumes that 3D Slicer saved as .seq.nrrd"


@dataclass(frozen=True, eq=False)
class Sequence4D:
    """A sequence file.

    Attributes
    ----------
    voxels : ndarray, shape (T, Z, Y, X)
    times : ndarray, shape (T,) or (T, Z), or None
        Seconds from the first, None where the file does not hold times in a known unit.
    time_source : TimeSource
        Where the times stand, if there are any.
    index : str
        What the index is, in words.
    ijk_to_ras : ndarray, shape (4, 4)
    """

    voxels: NDArray[Any]
    times: NDArray[np.float64] | None
    time_source: TimeSource
    index: str
    ijk_to_ras: NDArray[np.float64]


def read_sequence(path: Path) -> Sequence4D:
    """Read a sequence file.

    Raises
    ------
    SeriesError
        If the file is damaged or is no sequence of volumes.
    """
    import nrrd

    try:
        data, header = nrrd.read(str(path))
    except Exception as error:  # the reader fails on foreign bytes in many ways, all with the same meaning
        raise SeriesError(f"{path.name} cannot be read", "save or copy it again") from error
    if data.ndim != 4 or data.dtype.kind not in "iuf":
        raise SeriesError(f"{path.name} is not a sequence of volumes", _REMEDY)
    axis = _list_axis(header, path.name)
    spatial = [other for other in range(4) if other != axis]
    voxels = np.ascontiguousarray(data.transpose(axis, *reversed(spatial)))
    index = _index(header, axis, len(voxels))
    times, source = sequence_times(index, *voxels.shape[:2])
    ijk_to_ras = nrrd_matrix(header, spatial, path.name, _REMEDY)
    return Sequence4D(voxels, times, source, index.words, ijk_to_ras)


def _list_axis(header: Mapping[str, Any], name: str) -> int:
    kinds = [str(kind) for kind in header.get("kinds", ())]
    others = [axis for axis, kind in enumerate(kinds) if kind not in ("domain", "space")]
    if len(kinds) != 4 or len(others) != 1:
        raise SeriesError(f"{name} is not a sequence of volumes", _REMEDY)
    return others[0]


def _index(header: Mapping[str, Any], axis: int, n_frames: int) -> SequenceIndex:
    labels, units = header.get("labels", ()), header.get("units", ())
    return SequenceIndex(
        name=str(labels[axis]) if len(labels) == 4 else "",
        unit=str(units[axis]) if len(units) == 4 else "",
        values=str(header.get(f"axis {axis} index values", "")).split(),
        attributes={str(name): str(value) for name, value in header.items()},
        slice_times=[
            str(header.get(f"axis {axis} item {frame:04d} {SLICE_TIMES_ATTRIBUTE}", ""))
            for frame in range(n_frames)
        ],
    )
