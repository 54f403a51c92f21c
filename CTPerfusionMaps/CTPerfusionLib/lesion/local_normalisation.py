"""Local normalisation: blood flow relative to the same place in the other hemisphere (Rau et al. 2024)."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from ..progress import ProgressCallback, ignore_progress, part_of, reported
from .grid import ReducedGrid
from .mirror_registration import register_to_mirror
from .symmetry import SymmetryPlane, find_symmetry_plane

HIGHEST_COUNTERPART = 1.5
"""Relative flow at which the counterpart is capped, so that vessels there don't feign a deficit here."""

BLUR_MM = (12.0, 12.0, 4.0)
"""SD in mm (x, y, z) of the Gaussian over the mirrored map."""

LOWEST_COUNTERPART = 0.1
"""Relative flow below which the reference is not allowed to fall: division stays stable."""

_LEAST_WEIGHT = 0.01  # of the blurred tissue mask; with less there is no counterpart


@dataclass(frozen=True, eq=False)
class LocalNormalisation:
    """Blood flow relative to its contralateral counterpart.

    Attributes
    ----------
    map : ndarray of float32, shape (Z, Y, X)
        1 where flow equals that of the counterpart; NaN outside the tissue.
    reference_map : ndarray of float32, shape (Z, Y, X)
        Smoothed relative flow of the counterpart by which the map was divided; NaN outside the tissue.
    plane : SymmetryPlane
        The mid-sagittal plane.
    """

    map: NDArray[np.float32]
    reference_map: NDArray[np.float32]
    plane: SymmetryPlane


def normalise_local(
    relative_flow: NDArray[Any],
    baseline: NDArray[Any],
    tissue: NDArray[np.bool_],
    ijk_to_ras: NDArray[Any],
    *,
    plane: SymmetryPlane | None = None,
    on_progress: ProgressCallback = ignore_progress,
) -> LocalNormalisation:
    """Divide relative blood flow by the smoothed flow of its counterpart in the other hemisphere.

    The baseline image is registered with its mirror image, the counterpart of each voxel is capped at
    150 %, blurred with a Gaussian of 12 x 12 x 4 mm, kept above 10 %, and divided by. The blur is
    normalised by the blurred tissue mask, since a plain blur darkens the rim of the brain.

    Parameters
    ----------
    relative_flow : ndarray, shape (Z, Y, X)
        Globally normalised blood flow, 1 = reference; NaN where unknown.
    baseline : ndarray, shape (Z, Y, X)
        HU before contrast arrives.
    tissue : ndarray of bool, shape (Z, Y, X)
        Tissue that is analysed.
    ijk_to_ras : ndarray, shape (4, 4)
    plane : SymmetryPlane, optional
        The mid-sagittal plane, if it is known already.

    Raises
    ------
    ProcessingError
        If there is no tissue.

    Notes
    -----
    Where the slab holds no counterpart (its end slices in a tilted head), the reference is 1, which is
    the global normalisation.
    """
    if plane is None:
        plane = find_symmetry_plane(baseline, tissue, ijk_to_ras, on_progress=part_of(on_progress, 0.0, 0.25))
    grid, counterpart = register_to_mirror(
        baseline, tissue, ijk_to_ras, plane, part_of(on_progress, 0.25, 0.8)
    )
    known = tissue & np.isfinite(relative_flow)
    reference = _smooth_counterpart(relative_flow, known, grid, counterpart)
    relative_map = np.full(relative_flow.shape, np.nan, dtype=np.float32)
    reference_map = np.full(relative_flow.shape, np.nan, dtype=np.float32)
    for index in reported(range(len(reference)), part_of(on_progress, 0.8, 1.0)):
        inside = known[index]
        reference_map[index][inside] = grid.expand_slice(reference[index])[inside]
        relative_map[index][inside] = relative_flow[index][inside] / reference_map[index][inside]
    return LocalNormalisation(relative_map, reference_map, plane)


def _smooth_counterpart(
    relative_flow: NDArray[Any],
    known: NDArray[np.bool_],
    grid: ReducedGrid,
    counterpart: NDArray[np.float32],
) -> NDArray[np.float32]:
    """Return the capped and blurred flow of the counterparts on `grid`, shape (Z, y, x)."""
    capped = np.where(known, np.minimum(np.nan_to_num(relative_flow), HIGHEST_COUNTERPART), 0.0)
    weight = _at_counterpart(grid.reduce(known), counterpart)
    flow = _at_counterpart(grid.reduce(capped), counterpart)
    sigmas = [blur / step for blur, step in zip(BLUR_MM, grid.spacing, strict=True)][::-1]
    weight = ndimage.gaussian_filter(weight, sigmas, mode="constant")
    flow = ndimage.gaussian_filter(flow, sigmas, mode="constant")
    found = weight > _LEAST_WEIGHT
    reference = np.where(found, flow / np.where(found, weight, 1.0), 1.0)
    return np.asarray(np.maximum(reference, LOWEST_COUNTERPART), dtype=np.float32)


def _at_counterpart(values: NDArray[np.float32], counterpart: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return `values` at the counterparts; zero where these lie outside the slab by over half a slice."""
    last = values.shape[0] - 1
    slices = counterpart[0]
    inside = (slices >= -0.5) & (slices <= last + 0.5)
    coordinates = np.stack([np.clip(slices, 0, last), counterpart[1], counterpart[2]])
    return np.asarray(
        np.where(inside, ndimage.map_coordinates(values, coordinates, order=1, mode="constant"), 0.0)
    )
