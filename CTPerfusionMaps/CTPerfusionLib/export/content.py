"""What DICOM results are made from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from hashlib import sha256
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .. import __version__
from ..series import Quantity
from ..series.geometry import FloatArray

Mask = NDArray[np.bool_]
Map = NDArray[np.floating[Any]]
Page = NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class DicomContent:
    """The results of one study, free of patient identity.

    Attributes
    ----------
    ijk_to_ras : ndarray, shape (4, 4)
        Of maps and masks, on the grid of the series.
    maps : mapping of str to ndarray of float32, shape (Z, Y, X)
        By name; NaN where nothing is known.
    quantities : mapping of str to Quantity
        What each map is, see :func:`CTPerfusionLib.series.quantities_of`.
    masks : mapping of str to ndarray of bool, shape (Z, Y, X)
        ``core``, ``penumbra``, ``hypoperfusion``; they may overlap and be empty.
    summary : mapping
        The content of summary.json; numbers that are None there are left out.
    parameters : mapping of str to str
        How the results were made, in words: method, protocol, thresholds.
    pages : sequence of ndarray of uint8, shape (H, W, 3)
        Pictures of the report without patient data.
    reference_frame : int
        Frame of the series on which the maps lie; the images that they refer to.
    version : str
        Of the software.
    created : datetime
        When the objects were made. The same content and time give the same bytes.

    Raises
    ------
    ValueError
        If arrays differ in shape, or a map is of an unknown quantity.
    """

    ijk_to_ras: FloatArray
    maps: Mapping[str, Map]
    quantities: Mapping[str, Quantity]
    masks: Mapping[str, Mask]
    summary: Mapping[str, Any]
    parameters: Mapping[str, str] = field(default_factory=dict)
    pages: Sequence[Page] = ()
    reference_frame: int = 0
    version: str = __version__
    created: datetime = field(default_factory=datetime.now)

    def __post_init__(self) -> None:
        shapes = {array.shape for array in (*self.maps.values(), *self.masks.values())}
        if len(shapes) != 1 or any(len(shape) != 3 for shape in shapes):
            raise ValueError(
                f"maps and masks must share one shape (slice, row, column), got {sorted(shapes)}"
            )
        if unknown := sorted(set(self.maps) - set(self.quantities)):
            raise ValueError(f"no quantity is known for the maps {', '.join(unknown)}")
        if any(page.ndim != 3 or page.shape[2] != 3 or page.dtype != np.uint8 for page in self.pages):
            raise ValueError("pages must be uint8 of shape (row, column, 3)")

    @property
    def shape(self) -> tuple[int, int, int]:
        """Shape (Z, Y, X) of maps and masks."""
        some = next(iter((*self.maps.values(), *self.masks.values())))
        slices, rows, columns = some.shape
        return slices, rows, columns

    @cached_property
    def digest(self) -> str:
        """Hash over all of it, from which the identifiers of the objects are made."""
        digest = sha256()
        for name, value in vars(self).items():
            for part in _bytes_of(value):
                digest.update(name.encode() + part)
        return digest.hexdigest()


def _bytes_of(value: Any) -> list[bytes]:
    if isinstance(value, np.ndarray):
        return [str((value.shape, value.dtype)).encode(), np.ascontiguousarray(value).tobytes()]
    if isinstance(value, Mapping):
        return [part for key, item in value.items() for part in (str(key).encode(), *_bytes_of(item))]
    if isinstance(value, list | tuple):
        return [part for item in value for part in _bytes_of(item)]
    return [repr(value).encode()]
