"""Local normalisation: blood flow relative to the same place in the other hemisphere (Rau et al. 2024)."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from ..progress import ProgressCallback, ignore_progress, part_of, reported
from .mirror_registration import Counterparts, register_to_mirror
from .symmetry import find_symmetry_plane
from .symmetry_plane import SymmetryPlane

HIGHEST_COUNTERPART = 1.5
"""Relative flow at which the counterpart is capped, so that vessels there don't feign a deficit here."""

BLUR_MM = (12.0, 12.0, 4.0)
"""SD in mm (x, y, z) of the Gaussian over the mirrored map."""

LOWEST_COUNTERPART = 0.1
"""Relative flow below which the reference is not allowed to fall: division stays stable."""

_LEAST_WEIGHT = 0.01  # of the blurred tissue mask; with less there is no counterpart


class CounterpartBlur(StrEnum):
    """How the mirrored map is blurred.

    ``tissue`` divides by the blurred tissue mask, so that only tissue counts. ``plain`` takes what is not
    tissue for zero, as a filter over the whole image does: near the rim of the brain, the ventricles and
    excluded vessels the reference is darker then, and a core there smaller.
    """

    TISSUE = "tissue"
    PLAIN = "plain"


@dataclass(frozen=True, eq=False)
class LocalNormalisation:
    """Blood flow or volume relative to its contralateral counterpart.

    Attributes
    ----------
    map : ndarray of float32, shape (Z, Y, X)
        1 where flow equals that of the counterpart; NaN outside the tissue.
    reference_map : ndarray of float32, shape (Z, Y, X)
        Smoothed relative flow of the counterpart by which the map was divided; NaN outside the tissue.
    has_counterpart : ndarray of bool, shape (Z, Y, X)
        Tissue whose counterpart lies in the slab; elsewhere the reference is 1.
    plane : SymmetryPlane
        The mid-sagittal plane.
    """

    map: NDArray[np.float32]
    reference_map: NDArray[np.float32]
    has_counterpart: NDArray[np.bool_]
    plane: SymmetryPlane


def normalise_local(
    relative_flow: NDArray[Any],
    baseline: NDArray[Any],
    tissue: NDArray[np.bool_],
    ijk_to_ras: NDArray[Any],
    *,
    plane: SymmetryPlane | None = None,
    counterparts: Counterparts | None = None,
    blur: CounterpartBlur | str = CounterpartBlur.TISSUE,
    on_progress: ProgressCallback = ignore_progress,
) -> LocalNormalisation:
    """Divide relative blood flow by the smoothed flow of its counterpart in the other hemisphere.

    The baseline image is registered with its mirror image, the counterpart of each voxel is capped at
    150 %, blurred with a Gaussian of 12 x 12 x 4 mm, kept above 10 %, and divided by.

    Parameters
    ----------
    relative_flow : ndarray, shape (Z, Y, X)
        Globally normalised blood flow or volume, 1 = reference; NaN where unknown.
    baseline : ndarray, shape (Z, Y, X)
        HU before contrast arrives.
    tissue : ndarray of bool, shape (Z, Y, X)
        Tissue that is analysed.
    ijk_to_ras : ndarray, shape (4, 4)
    plane : SymmetryPlane, optional
        The mid-sagittal plane, if it is known already.
    counterparts : Counterparts, optional
        Of `register_to_mirror` in `plane`, if they are known already: one registration serves all maps.
    blur : CounterpartBlur

    Raises
    ------
    ProcessingError
        If there is no tissue.

    Notes
    -----
    Where the slab holds no counterpart (its end slices in a tilted head), the reference is 1, which is
    the global normalisation.
    """
    kind = CounterpartBlur(blur)
    if plane is None:
        plane = find_symmetry_plane(baseline, tissue, ijk_to_ras, on_progress=part_of(on_progress, 0.0, 0.25))
    if counterparts is None:
        report = part_of(on_progress, 0.25, 0.8)
        counterparts = register_to_mirror(baseline, tissue, ijk_to_ras, plane, report)
    known = tissue & np.isfinite(relative_flow)
    reference, found = _smooth_counterpart(relative_flow, known, counterparts, kind)
    relative_map = np.full(relative_flow.shape, np.nan, dtype=np.float32)
    reference_map = np.full(relative_flow.shape, np.nan, dtype=np.float32)
    has_counterpart = np.zeros(relative_flow.shape, dtype=bool)
    grid = counterparts.grid
    for index in reported(range(len(reference)), part_of(on_progress, 0.8, 1.0)):
        inside = known[index]
        reference_map[index][inside] = grid.expand_slice(reference[index])[inside]
        relative_map[index][inside] = relative_flow[index][inside] / reference_map[index][inside]
        has_counterpart[index] = inside & (grid.expand_slice(found[index]) > 0.5)
    return LocalNormalisation(relative_map, reference_map, has_counterpart, plane)


def _smooth_counterpart(
    relative_flow: NDArray[Any],
    known: NDArray[np.bool_],
    counterparts: Counterparts,
    blur: CounterpartBlur,
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Return the capped and blurred flow of the counterparts on their grid, and where there is any."""
    grid = counterparts.grid
    capped = np.where(known, np.minimum(np.nan_to_num(relative_flow), HIGHEST_COUNTERPART), 0.0)
    sigmas = [width / step for width, step in zip(BLUR_MM, grid.spacing, strict=True)][::-1]

    def blurred(values: NDArray[Any]) -> NDArray[np.float32]:
        return np.asarray(ndimage.gaussian_filter(counterparts.of(values), sigmas, mode="constant"))

    weight, flow = blurred(grid.reduce(known)), blurred(grid.reduce(capped))
    found = weight > _LEAST_WEIGHT
    measure = weight
    if blur is CounterpartBlur.PLAIN:
        # What lies above and below the slab was not measured; only what is no tissue counts as zero.
        measure = blurred(np.ones(grid.shape, dtype=np.float32))
    reference = np.where(found, flow / np.where(found, measure, 1.0), 1.0)
    return np.asarray(np.maximum(reference, LOWEST_COUNTERPART), dtype=np.float32), found
