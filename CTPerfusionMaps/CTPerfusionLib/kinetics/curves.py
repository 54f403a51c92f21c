"""The curves that kinetic models are given, in pieces of bounded size, and the checks of all arguments."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import ArgumentError

MINIMUM_FRAMES = 8
"""Fewer samples of baseline, bolus and washout cannot tell the parameters from each other."""


@runtime_checkable
class CurveSource(Protocol):
    """Curves of many voxels that are fetched in pieces, so that no second copy of a whole scan is needed."""

    @property
    def shape(self) -> tuple[int, int]:
        """Number of curves and of frames."""

    def rows(self, members: NDArray[np.intp]) -> NDArray[np.floating[Any]]:
        """Return the curves with these ascending indices, shape (n, T), in HU, float32 or float64."""


@dataclass(frozen=True, eq=False)
class ArrayCurves:
    """Curves that lie in one array, shape (N, T)."""

    array: NDArray[np.floating[Any]]

    @property
    def shape(self) -> tuple[int, int]:
        """Number of curves and of frames."""
        return self.array.shape[0], self.array.shape[1]

    def rows(self, members: NDArray[np.intp]) -> NDArray[np.floating[Any]]:
        """Return the curves with these ascending indices, without a copy where they lie side by side."""
        if len(members) == 0:
            return self.array[:0]
        first, last = members[0], members[-1]
        side_by_side = last - first + 1 == len(members)
        return self.array[first : last + 1] if side_by_side else self.array[members]


@dataclass(frozen=True, eq=False)
class VolumeCurves:
    """Curves of some voxels of a 4D array.

    Attributes
    ----------
    enhancement : ndarray, shape (T, Z, Y, X)
    voxels : ndarray of int, shape (N,)
        Flat indices into (Z, Y, X), ascending.
    """

    enhancement: NDArray[np.floating[Any]]
    voxels: NDArray[np.intp]

    @property
    def shape(self) -> tuple[int, int]:
        """Number of curves and of frames."""
        return len(self.voxels), len(self.enhancement)

    def rows(self, members: NDArray[np.intp]) -> NDArray[np.float32]:
        """Return the curves with these indices, shape (n, T), a view of a (T, n) array."""
        voxels = self.voxels[members]
        frames = np.empty((len(self.enhancement), len(voxels)), dtype=np.float32)
        for frame, values in zip(self.enhancement, frames, strict=True):
            values[:] = frame.reshape(-1)[voxels]
        return frames.T


def as_curves(curves: ArrayLike | CurveSource) -> CurveSource:
    """Return `curves` as a source of curves; arrays of float32 and float64 stay what they are.

    Raises
    ------
    ArgumentError
        If it is not two-dimensional, holds no numbers or has too few frames.
    """
    source = curves if isinstance(curves, CurveSource) else ArrayCurves(_as_array(curves))
    if source.shape[1] < MINIMUM_FRAMES:
        raise ArgumentError(
            "curves",
            f"curves have {source.shape[1]} frames, too few to fit",
            f"give at least {MINIMUM_FRAMES}",
        )
    return source


def _as_array(curves: ArrayLike) -> NDArray[np.floating[Any]]:
    try:
        array = np.asarray(curves)
        if array.dtype not in (np.float32, np.float64):
            array = array.astype(np.float64)
    except (TypeError, ValueError) as error:
        raise ArgumentError("curves", "curves hold something that is no number", "give HU") from error
    if array.ndim != 2:
        raise ArgumentError(
            "curves", f"curves have the shape {array.shape}", "give one row for each voxel: (voxels, times)"
        )
    return array


def require_finite_curves(energies: NDArray[np.floating[Any]]) -> None:
    """Check the sums of squares, shape (N,), of curves; summing finds any value that is not finite.

    Raises
    ------
    ArgumentError
        If a curve holds NaN or infinity, or values whose square overflows.
    """
    n_lost = int(np.count_nonzero(~np.isfinite(energies)))
    if n_lost:
        raise ArgumentError(
            "curves",
            f"curves hold NaN or infinite values ({n_lost} of the {len(energies)} voxels looked at)",
            "leave these voxels out",
        )


def pieces(members: NDArray[np.intp], size: int) -> Iterator[NDArray[np.intp]]:
    """Yield the indices in runs of at most `size`."""
    for start in range(0, len(members), size):
        yield members[start : start + size]
