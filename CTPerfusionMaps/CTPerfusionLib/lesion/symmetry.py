"""The mid-sagittal plane, found on the head itself by holding it against its mirror image."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from ..errors import ProcessingError
from ..progress import ProgressCallback, ignore_progress, part_of, reported
from .grid import ReducedGrid, reduced_grid
from .midline import Midline
from .symmetry_plane import SymmetryPlane

GUIDE_RANGE = (0.0, 80.0)
"""HU to which the baseline is clipped: brain, CSF and the edges of the skull keep their contrast."""

HEAD_MARGIN = 15.0
"""mm around the brain that are looked at: the skull belongs to it, the head rest does not."""

_SEARCH_PIXEL, _MIDLINE_PIXEL = 6.0, 2.0  # mm
_YAWS = np.arange(-32.0, 33.0, 8.0)  # degrees about the long axis
_ROLLS = np.arange(-16.0, 17.0, 8.0)  # degrees towards a shoulder
_SHIFTS = np.arange(-16.0, 17.0, 4.0)  # mm
_LEAST_OVERLAP = 0.4  # of the head that must have its mirror image inside the slab
_STARTS = 3  # tilts from which the plane is sought; the search alone cannot tell them in a thin slab


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
    of the plane, on a coarse grid. From the best tilts on, the plane follows the midline, see
    :class:`Midline`. Parts whose mirror image lies above or below the slab do not count.

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
        If there is no tissue, or the image is empty there.
    """
    if not tissue.any():
        raise ProcessingError("No brain tissue was found", "check that the series shows a head")
    shape = (int(baseline.shape[0]), int(baseline.shape[1]), int(baseline.shape[2]))
    coarse = reduced_grid(shape, ijk_to_ras, _SEARCH_PIXEL)
    guide = symmetry_guide(baseline, tissue, coarse)
    if not guide.any():
        raise ProcessingError(
            "The baseline image is empty where the brain tissue is",
            "choose the image before contrast arrives",
        )
    search = _MirrorComparison(coarse, guide)
    starts = _best_for_each_roll(search, part_of(on_progress, 0.0, 0.3))
    grid = reduced_grid(shape, ijk_to_ras, _MIDLINE_PIXEL)
    midline = Midline(symmetry_guide(baseline, tissue, grid), _brain(tissue, grid), grid)
    planes = [
        midline.plane_from_afar(search.plane(start))
        for start in reported(sorted(starts, key=search)[:_STARTS], part_of(on_progress, 0.3, 0.8))
    ]
    plane = midline.plane_through(max(planes, key=lambda each: each.correlation or 0.0))
    on_progress(1.0)
    return plane


def symmetry_guide(
    baseline: NDArray[Any], tissue: NDArray[np.bool_], grid: ReducedGrid
) -> NDArray[np.float32]:
    """Return the clipped baseline on `grid`, zero farther than `HEAD_MARGIN` from the brain, (Z, y, x)."""
    brain = _brain(tissue, grid)
    guide = np.clip(np.nan_to_num(grid.reduce(baseline), nan=GUIDE_RANGE[0]), *GUIDE_RANGE)
    column_step, row_step, _ = grid.spacing
    for brain_slice, guide_slice in zip(brain, guide, strict=True):
        if brain_slice.any():
            far = ndimage.distance_transform_edt(~brain_slice, sampling=(row_step, column_step)) > HEAD_MARGIN
            guide_slice[far] = 0.0
        else:
            guide_slice[:] = 0.0
    return guide


def _brain(tissue: NDArray[np.bool_], grid: ReducedGrid) -> NDArray[np.bool_]:
    """Return which pixels of `grid` are brain for the most part, or at all where there is hardly any."""
    share = grid.reduce(tissue)
    mostly = share > 0.5
    return mostly if mostly.any() else share > 0.0


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
