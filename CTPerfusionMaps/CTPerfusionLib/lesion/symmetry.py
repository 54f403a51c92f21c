"""The mid-sagittal plane, found on the head itself by holding it against its mirror image."""

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage, optimize

from ..errors import ProcessingError
from ..progress import ProgressCallback, ignore_progress, part_of, reported
from .grid import ReducedGrid, reduced_grid

GUIDE_RANGE = (0.0, 80.0)
"""HU to which the baseline is clipped: brain, CSF and the edges of the skull keep their contrast."""

HEAD_MARGIN = 15.0
"""mm around the brain that are looked at: the skull belongs to it, the head rest does not."""

_PIXELS = (6.0, 4.0, 2.0)  # mm: exhaustive search, simplex from several starts, simplex from the best
_YAWS = np.arange(-32.0, 33.0, 8.0)  # degrees about the long axis
_ROLLS = np.arange(-16.0, 17.0, 8.0)  # degrees towards a shoulder
_SHIFTS = np.arange(-16.0, 17.0, 4.0)  # mm
_LEAST_OVERLAP = 0.4  # of the head that must have its mirror image inside the slab


@dataclass(frozen=True, eq=False)
class SymmetryPlane:
    """A plane that divides the head into left and right.

    Attributes
    ----------
    normal : ndarray, shape (3,)
        Unit vector in RAS that points to the patient's right.
    offset : float
        Distance of the plane from the RAS origin along `normal`, in mm.
    """

    normal: NDArray[np.float64]
    offset: float

    def reflection(self) -> NDArray[np.float64]:
        """Return the (4, 4) RAS matrix that carries each point to its mirror image."""
        matrix = np.eye(4)
        matrix[:3, :3] -= 2.0 * np.outer(self.normal, self.normal)
        matrix[:3, 3] = 2.0 * self.offset * self.normal
        return matrix

    def distance(self, shape: tuple[int, int, int], ijk_to_ras: NDArray[Any]) -> NDArray[np.float32]:
        """Return the signed distance of each voxel in mm, positive on the right, shape (Z, Y, X)."""
        slices, rows, columns = (np.arange(count, dtype=np.float32) for count in shape)
        steps = self.normal @ np.asarray(ijk_to_ras, dtype=float)[:3]
        return np.asarray(
            columns * np.float32(steps[0])
            + rows[:, None] * np.float32(steps[1])
            + slices[:, None, None] * np.float32(steps[2])
            + np.float32(steps[3] - self.offset)
        )


def find_symmetry_plane(
    baseline: NDArray[Any],
    tissue: NDArray[np.bool_],
    ijk_to_ras: NDArray[Any],
    *,
    on_progress: ProgressCallback = ignore_progress,
) -> SymmetryPlane:
    """Find the plane in which the head is most like its own mirror image.

    The correlation of the head with its reflection is maximised over the turn of the head
    (about the long axis, up to 32 degrees), its tilt (towards a shoulder, up to 16 degrees) and the shift
    of the plane: exhaustively on a coarse grid, then with a simplex on finer ones. Parts whose mirror
    image lies above or below the slab do not count.

    Parameters
    ----------
    baseline : ndarray, shape (Z, Y, X)
        HU before contrast arrives.
    tissue : ndarray of bool, shape (Z, Y, X)
        Brain tissue.
    ijk_to_ras : ndarray, shape (4, 4)

    Raises
    ------
    ProcessingError
        If there is no tissue.
    """
    if not tissue.any():
        raise ProcessingError("No brain tissue was found", "check that the series shows a head")
    shape = (int(baseline.shape[0]), int(baseline.shape[1]), int(baseline.shape[2]))
    coarse, middle, fine = (
        _MirrorComparison(grid, symmetry_guide(baseline, tissue, grid))
        for grid in (reduced_grid(shape, ijk_to_ras, pixel) for pixel in _PIXELS)
    )
    starts = _best_for_each_roll(coarse, part_of(on_progress, 0.0, 0.2))
    refined = [
        _simplex(middle, start, 4.0, share)
        for start, share in zip(starts, _shares(on_progress, 0.2, 0.7, len(starts)), strict=True)
    ]
    best = min(refined, key=lambda result: result.cost)
    result = _simplex(fine, best.parameters, 2.0, part_of(on_progress, 0.7, 1.0))
    on_progress(1.0)
    return fine.plane(result.parameters)


def symmetry_guide(
    baseline: NDArray[Any], tissue: NDArray[np.bool_], grid: ReducedGrid
) -> NDArray[np.float32]:
    """Return the clipped baseline on `grid`, zero farther than `HEAD_MARGIN` from the brain, (Z, y, x)."""
    brain = grid.reduce(tissue) > 0.5
    guide = np.clip(grid.reduce(baseline), *GUIDE_RANGE)
    column_step, row_step, _ = grid.spacing
    for brain_slice, guide_slice in zip(brain, guide, strict=True):
        if brain_slice.any():
            far = ndimage.distance_transform_edt(~brain_slice, sampling=(row_step, column_step)) > HEAD_MARGIN
            guide_slice[far] = 0.0
        else:
            guide_slice[:] = 0.0
    return guide


class _MirrorComparison:
    """One minus the correlation of a head with its reflection, in planes near the centre of the head."""

    def __init__(self, grid: ReducedGrid, guide: NDArray[np.float32]) -> None:
        self._image = ndimage.gaussian_filter(guide, (0.0, 1.0, 1.0))
        self._ijk_to_ras = grid.ijk_to_ras
        self._ras_to_ijk = np.linalg.inv(grid.ijk_to_ras)
        zyx = np.argwhere(guide > 0.0)
        self._ijk = np.column_stack([zyx[:, ::-1], np.ones(len(zyx))]).T
        self._values = self._image[tuple(zyx.T)]
        self._centre = (self._ijk_to_ras @ self._ijk.mean(axis=1))[:3]

    def plane(self, parameters: NDArray[Any]) -> SymmetryPlane:
        """Return the plane of given yaw and roll in degrees and shift from the centre in mm."""
        yaw, roll = np.radians(parameters[:2])
        normal = np.array([np.cos(yaw) * np.cos(roll), np.sin(yaw) * np.cos(roll), np.sin(roll)])
        return SymmetryPlane(normal, float(normal @ self._centre + parameters[2]))

    def __call__(self, parameters: NDArray[Any]) -> float:
        mirror = self._ras_to_ijk @ self.plane(parameters).reflection() @ self._ijk_to_ras
        columns, rows, slices = (mirror @ self._ijk)[:3]
        inside = (slices > -0.5) & (slices < self._image.shape[0] - 0.5)
        if inside.mean() < _LEAST_OVERLAP:
            return 2.0
        coordinates = np.stack([np.clip(slices, 0, self._image.shape[0] - 1), rows, columns])[:, inside]
        reflected = ndimage.map_coordinates(self._image, coordinates, order=1, mode="constant")
        return 1.0 - _correlation(reflected, self._values[inside])


def _correlation(first: NDArray[Any], second: NDArray[Any]) -> float:
    first, second = first - first.mean(), second - second.mean()
    return float(first @ second / max(np.sqrt(float(first @ first) * float(second @ second)), 1e-6))


def _best_for_each_roll(
    comparison: _MirrorComparison, on_progress: ProgressCallback
) -> list[NDArray[np.float64]]:
    """Return the best turn and shift for each tilt: the tilt of a thin slab has several minima."""
    turns = np.stack(np.meshgrid(_YAWS, _SHIFTS, indexing="ij"), axis=-1).reshape(-1, 2)
    best = []
    for roll in reported(list(_ROLLS), on_progress):
        candidates = np.column_stack([turns[:, 0], np.full(len(turns), roll), turns[:, 1]])
        best.append(candidates[int(np.argmin([comparison(candidate) for candidate in candidates]))])
    return best


@dataclass(frozen=True, eq=False)
class _Minimum:
    parameters: NDArray[np.float64]
    cost: float


def _simplex(
    comparison: _MirrorComparison,
    start: NDArray[np.float64],
    step: float,
    on_progress: ProgressCallback,
) -> _Minimum:
    most_evaluations = 200
    evaluations = 0

    def cost(parameters: NDArray[np.float64]) -> float:
        nonlocal evaluations
        on_progress(min(evaluations / most_evaluations, 1.0))
        evaluations += 1
        return comparison(parameters)

    result = optimize.minimize(
        cost,
        start,
        method="Nelder-Mead",
        options={
            "initial_simplex": np.vstack([start, start + step * np.eye(3)]),
            "xatol": 0.02,
            "fatol": 1e-6,
            "maxfev": most_evaluations,
        },
    )
    return _Minimum(np.asarray(result.x), float(result.fun))


def _shares(on_progress: ProgressCallback, start: float, stop: float, count: int) -> list[ProgressCallback]:
    edges = np.linspace(start, stop, count + 1)
    return [part_of(on_progress, float(first), float(last)) for first, last in pairwise(edges)]
