"""Slicer's volume sequence files (``.seq.nrrd``): 4D NRRD with one list axis, indexed by time.

Slicer writes the index as ``axis <A> index values`` with its unit in the standard field ``units``. A
sequence that Slicer made from DICOM has the frame number as its index, without a unit; its times stand in the
attribute ``MultiVolume.FrameLabels``, in the unit that ``MultiVolume.FrameIdentifyingDICOMTagUnits`` names.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import SeriesError
from ..series import RAS_TO_LPS, TimeSource

_SECONDS_PER_UNIT: Mapping[str, float] = MappingProxyType(
    {"s": 1.0, "sec": 1.0, "second": 1.0, "seconds": 1.0, "ms": 1e-3, "msec": 1e-3, "milliseconds": 1e-3,
     "min": 60.0, "minutes": 60.0}
)  # fmt: skip

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

_REMEDY = "give a sequence of scalar volumes that 3D Slicer saved as .seq.nrrd"


@dataclass(frozen=True, eq=False)
class Sequence4D:
    """A sequence file.

    Attributes
    ----------
    voxels : ndarray, shape (T, Z, Y, X)
    times : ndarray, shape (T,), or None
        Seconds, None where the file does not hold times in a known unit.
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
    times, source = _index_times(header, axis, len(voxels))
    return Sequence4D(voxels, times, source, _index_words(header, axis), _matrix(header, spatial, path.name))


def _list_axis(header: Mapping[str, Any], name: str) -> int:
    kinds = [str(kind) for kind in header.get("kinds", ())]
    others = [axis for axis, kind in enumerate(kinds) if kind not in ("domain", "space")]
    if len(kinds) != 4 or len(others) != 1:
        raise SeriesError(f"{name} is not a sequence of volumes", _REMEDY)
    return others[0]


def _index_times(
    header: Mapping[str, Any], axis: int, n_frames: int
) -> tuple[NDArray[np.float64] | None, TimeSource]:
    """Return the frames' times in seconds from the first, None where unknown, and their source."""
    indexed = _scaled(str(header.get(f"axis {axis} index values", "")).split(), _unit(header, axis))
    labels = str(header.get("MultiVolume.FrameLabels", "")).replace(",", " ").split()
    labelled = _scaled(labels, str(header.get("MultiVolume.FrameIdentifyingDICOMTagUnits", "")))
    for times, source in ((indexed, TimeSource.SEQUENCE_INDEX), (labelled, TimeSource.FRAME_LABELS)):
        if times is not None and len(times) == n_frames and np.all(np.diff(times) > 0):
            return np.asarray(times - times[0]), source
    return None, TimeSource.SEQUENCE_INDEX


def _scaled(values: list[str], unit: str) -> NDArray[np.float64] | None:
    scale = _SECONDS_PER_UNIT.get(unit.strip().lower())
    try:
        return None if scale is None else np.array(values, dtype=np.float64) * scale
    except ValueError:
        return None


def _unit(header: Mapping[str, Any], axis: int) -> str:
    units = header.get("units", ())
    return str(units[axis]) if len(units) == 4 else ""


def _index_words(header: Mapping[str, Any], axis: int) -> str:
    labels = header.get("labels", ())
    label = str(labels[axis]) if len(labels) == 4 else ""
    return f"named {label or 'nothing'!r} with unit {_unit(header, axis) or 'none'!r}"


def _matrix(header: Mapping[str, Any], spatial: list[int], name: str) -> NDArray[np.float64]:
    to_ras = _SPACE_TO_RAS.get(str(header.get("space", "")).lower())
    if to_ras is None or "space directions" not in header or "space origin" not in header:
        raise SeriesError(f"{name} does not say where its voxels are in the patient", _REMEDY)
    matrix = np.eye(4)
    for column, axis in enumerate(spatial):
        matrix[:3, column] = header["space directions"][axis]
    matrix[:3, 3] = header["space origin"]
    if not np.isfinite(matrix).all() or abs(np.linalg.det(matrix)) == 0:
        raise SeriesError(f"{name} does not say where its voxels are in the patient", _REMEDY)
    return to_ras @ matrix
