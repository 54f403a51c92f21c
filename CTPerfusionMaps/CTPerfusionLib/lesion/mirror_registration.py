"""Non-rigid registration of a head with its own mirror image: where is the counterpart of each voxel."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from ..progress import ProgressCallback, ignore_progress, part_of
from .grid import ReducedGrid, reduced_grid
from .symmetry import symmetry_guide
from .symmetry_plane import SymmetryPlane

_COARSE_PIXEL, _FINE_PIXEL = 4.0, 2.0  # mm; the field is smooth and its use blurs over 12 mm
_COARSE_ITERATIONS, _FINE_ITERATIONS = 60, 20
_UPDATE_SMOOTHING = 8.0  # mm, SD of the Gaussian over each update of the field
_FIELD_SMOOTHING = 3.0  # mm, SD of the Gaussian over the field


class Counterparts(NamedTuple):
    """Where the contralateral counterpart of each voxel lies.

    Attributes
    ----------
    grid : ReducedGrid
        About 2 mm.
    place : ndarray of float32, shape (3, Z, y, x)
        Slice, row and column on `grid` of the counterpart of each voxel; may lie outside the grid.
    """

    grid: ReducedGrid
    place: NDArray[np.float32]

    def of(self, values: NDArray[Any]) -> NDArray[np.float32]:
        """Return what `values` (Z, y, x) hold at the counterparts; zero where these lie outside the slab."""
        last = values.shape[0] - 1
        slices = self.place[0]
        inside = (slices >= -0.5) & (slices <= last + 0.5)
        coordinates = np.stack([np.clip(slices, 0, last), self.place[1], self.place[2]])
        found = ndimage.map_coordinates(values, coordinates, order=1, mode="constant")
        return np.asarray(np.where(inside, found, np.float32(0.0)), dtype=np.float32)


def register_to_mirror(
    baseline: NDArray[Any],
    tissue: NDArray[np.bool_],
    ijk_to_ras: NDArray[Any],
    plane: SymmetryPlane,
    on_progress: ProgressCallback = ignore_progress,
) -> Counterparts:
    """Find the contralateral counterpart of each voxel on a grid of about 2 mm.

    The head is mirrored in `plane`; what symmetry it lacks is then made up for by demons with symmetric
    forces (Vercauteren et al. 2009), from 4 mm to 2 mm pixels.

    Parameters
    ----------
    baseline : ndarray, shape (Z, Y, X)
        HU before contrast arrives.
    tissue : ndarray of bool, shape (Z, Y, X)
    ijk_to_ras : ndarray, shape (4, 4)
    plane : SymmetryPlane
        The mid-sagittal plane.
    """
    shape = (int(baseline.shape[0]), int(baseline.shape[1]), int(baseline.shape[2]))
    coarse = reduced_grid(shape, ijk_to_ras, _COARSE_PIXEL)
    fine = reduced_grid(shape, ijk_to_ras, _FINE_PIXEL)
    displacement = np.zeros((3, *coarse.shape), dtype=np.float32)
    for grid, iterations, start, stop in (
        (coarse, _COARSE_ITERATIONS, 0.0, 0.4),
        (fine, _FINE_ITERATIONS, 0.4, 1.0),
    ):
        guide = symmetry_guide(baseline, tissue, grid)
        mirrored = _reflected(guide, plane, grid)
        displacement = _resampled(displacement, grid.shape)
        displacement = _demons(
            guide, mirrored, displacement, grid.spacing, iterations, part_of(on_progress, start, stop)
        )
    return Counterparts(fine, _counterpart(displacement, plane, fine))


def _reflection_in_voxels(plane: SymmetryPlane, grid: ReducedGrid) -> NDArray[np.float64]:
    """Return the (4, 4) matrix that reflects (column, row, slice, 1) of `grid` in `plane`."""
    return np.asarray(np.linalg.inv(grid.ijk_to_ras) @ plane.reflection() @ grid.ijk_to_ras)


def _reflected(guide: NDArray[np.float32], plane: SymmetryPlane, grid: ReducedGrid) -> NDArray[np.float32]:
    """Return the mirror image of `guide`; the end slices continue beyond the slab."""
    matrix = _reflection_in_voxels(plane, grid)[[2, 1, 0]][:, [2, 1, 0, 3]]
    return np.asarray(
        ndimage.affine_transform(guide, matrix[:, :3], offset=matrix[:, 3], order=1, mode="nearest")
    )


def _resampled(displacement: NDArray[np.float32], shape: tuple[int, int, int]) -> NDArray[np.float32]:
    """Return a field in mm on a grid of other pixel size."""
    if displacement.shape[1:] == shape:
        return displacement
    factors = np.array(shape) / np.array(displacement.shape[1:])
    offset = (1.0 - factors) / (2.0 * factors)
    return np.stack(
        [
            ndimage.affine_transform(
                component, np.diag(1.0 / factors), offset=offset, output_shape=shape, order=1, mode="nearest"
            )
            for component in displacement
        ]
    )


def _demons(
    fixed: NDArray[np.float32],
    moving: NDArray[np.float32],
    displacement: NDArray[np.float32],
    spacing: tuple[float, float, float],
    iterations: int,
    on_progress: ProgressCallback,
) -> NDArray[np.float32]:
    """Return the field (3, Z, y, x), in mm along slices, rows and columns, that takes `fixed` to `moving`."""
    import SimpleITK as sitk

    if len(fixed) == 1:
        # ITK reads beyond the memory of a single slice; between two that are equal nothing moves across them.
        fixed, moving, displacement = (np.repeat(each, 2, axis=-3) for each in (fixed, moving, displacement))
        return _demons(fixed, moving, displacement, spacing, iterations, on_progress)[:, :1]

    def image(array: NDArray[np.float32], *, is_vector: bool = False) -> sitk.Image:
        result = sitk.GetImageFromArray(array, isVector=is_vector)
        result.SetSpacing(spacing)
        return result

    demons = sitk.FastSymmetricForcesDemonsRegistrationFilter()
    demons.SetNumberOfIterations(iterations)
    demons.SmoothUpdateFieldOn()
    demons.SetUpdateFieldStandardDeviations([_UPDATE_SMOOTHING / step for step in spacing])
    demons.SmoothDisplacementFieldOn()
    demons.SetStandardDeviations([_FIELD_SMOOTHING / step for step in spacing])
    start = image(np.ascontiguousarray(np.moveaxis(displacement[::-1], 0, -1), np.float64), is_vector=True)
    interruptions: list[BaseException] = []

    def report() -> None:
        try:
            on_progress(demons.GetElapsedIterations() / iterations)
        except BaseException as interruption:  # raised again as soon as ITK has stopped
            interruptions.append(interruption)
            demons.Abort()

    demons.AddCommand(sitk.sitkIterationEvent, report)
    try:
        field = sitk.GetArrayFromImage(demons.Execute(image(fixed), image(moving), start))
    except RuntimeError:
        if not interruptions:
            raise
    if interruptions:
        raise interruptions[0]
    return np.ascontiguousarray(np.moveaxis(field, -1, 0)[::-1], np.float32)


def _counterpart(
    displacement: NDArray[np.float32], plane: SymmetryPlane, grid: ReducedGrid
) -> NDArray[np.float32]:
    """Return slice, row and column of the point that each displaced voxel is the mirror image of."""
    steps = np.array(grid.spacing[::-1], dtype=np.float32)[:, None, None, None]
    points = np.indices(grid.shape, dtype=np.float32) + displacement / steps
    matrix = _reflection_in_voxels(plane, grid)[[2, 1, 0]][:, [2, 1, 0, 3]].astype(np.float32)
    return np.asarray(np.einsum("ij,jzyx->izyx", matrix[:, :3], points) + matrix[:, 3, None, None, None])
