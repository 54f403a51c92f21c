"""Infarcts of long ago: fluid-like tissue without flow on one side of the head only."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from .grid import ReducedGrid, reduced_grid
from .hemispheres import Side
from .symmetry_plane import SymmetryPlane

OLD_INFARCT_ML = 3.0
"""Volume in mL from which a dark region without flow is reported; 92 ordinary simulated heads had up to 1."""

_PIXEL = 4.0  # mm
_DARKER = 12.0  # HU below the median of the tissue; microangiopathy takes 6, a fresh core 2 to 8
_DARKEST = -10.0  # HU; darker is air or fat
_HIGHEST_FLOW = 0.35  # relative to normal tissue; with fluid and scar in a pixel
_DARKER_THAN_MIRROR = (
    8.0  # HU below the darkest place near the mirror image: ventricles and sulci have a twin
)
_NEAR_MIRROR = 10.0  # mm by which the two sides of a normal head may differ
_GAP = 30.0  # mm; the brain is closed over gaps up to twice this width
_OPENING = 5.0  # mm; sulci are narrower


@dataclass(frozen=True, eq=False)
class OldInfarcts:
    """What looks like an infarct of long ago.

    Attributes
    ----------
    volumes_ml : mapping of Side to float
        mL on the left and on the right.
    """

    volumes_ml: Mapping[Side, float]

    @classmethod
    def none(cls) -> "OldInfarcts":
        """Return that there are none."""
        return cls(MappingProxyType({Side.LEFT: 0.0, Side.RIGHT: 0.0}))


def find_old_infarcts(
    baseline: NDArray[Any] | None,
    relative_flow: NDArray[Any],
    tissue: NDArray[np.bool_],
    ijk_to_ras: NDArray[Any],
    plane: SymmetryPlane,
) -> OldInfarcts:
    """Find regions of the brain that are dark and without flow, and brighter on the other side.

    A region counts whether it is still analysed as tissue or already left out as fluid. What is dark on
    both sides (ventricles, sulci, microangiopathy) is none.

    Parameters
    ----------
    baseline : ndarray, shape (Z, Y, X), or None
        HU before contrast arrives; without it nothing can be found.
    relative_flow : ndarray, shape (Z, Y, X)
        Globally normalised blood flow; NaN where unknown.
    tissue : ndarray of bool, shape (Z, Y, X)
        Tissue that is analysed.
    ijk_to_ras : ndarray, shape (4, 4)
    plane : SymmetryPlane
    """
    if baseline is None:
        return OldInfarcts.none()
    grid = reduced_grid((tissue.shape[0], tissue.shape[1], tissue.shape[2]), ijk_to_ras, _PIXEL)
    share = grid.reduce(tissue)
    if not (share > 0.5).any():
        return OldInfarcts.none()
    hu = np.nan_to_num(grid.reduce(baseline), nan=1e3)
    flow = grid.reduce(np.where(tissue, np.nan_to_num(relative_flow), 0.0))
    bright = float(np.median(hu[share > 0.5]))
    dark = (hu > _DARKEST) & (hu < bright - _DARKER) & (flow < _HIGHEST_FLOW)
    dark &= _closed(share > 0.5, grid) & (_darkest_mirrored(hu, plane, grid) - hu > _DARKER_THAN_MIRROR)
    opened = _opened(dark, grid)
    voxel_ml = abs(float(np.linalg.det(grid.ijk_to_ras[:3, :3]))) / 1000.0
    on_the_right = plane.distance(grid.shape, grid.ijk_to_ras) > 0.0
    return OldInfarcts(
        MappingProxyType(
            {
                side: float(np.count_nonzero(opened & here) * voxel_ml)
                for side, here in ((Side.LEFT, ~on_the_right), (Side.RIGHT, on_the_right))
            }
        )
    )


def _darkest_mirrored(
    hu: NDArray[np.float32], plane: SymmetryPlane, grid: ReducedGrid
) -> NDArray[np.float32]:
    """Return the lowest HU near the mirror image of each pixel; as dark as can be outside the slab."""
    column_step, row_step, _ = grid.spacing
    size = (1, 1 + 2 * round(_NEAR_MIRROR / row_step / 2), 1 + 2 * round(_NEAR_MIRROR / column_step / 2))
    lowest = ndimage.minimum_filter(hu, size=size, mode="nearest")
    matrix = (np.linalg.inv(grid.ijk_to_ras) @ plane.reflection() @ grid.ijk_to_ras)[[2, 1, 0]][
        :, [2, 1, 0, 3]
    ]
    return np.asarray(
        ndimage.affine_transform(
            lowest, matrix[:, :3], offset=matrix[:, 3], order=1, mode="constant", cval=_DARKEST
        )
    )


def _closed(brain: NDArray[np.bool_], grid: ReducedGrid) -> NDArray[np.bool_]:
    """Return the brain of each slice with everything that lies between its parts."""
    return ~_grown(~_grown(brain, _GAP, grid), _GAP, grid)


def _opened(mask: NDArray[np.bool_], grid: ReducedGrid) -> NDArray[np.bool_]:
    return _grown(~_grown(~mask, _OPENING, grid), _OPENING, grid)


def _grown(mask: NDArray[np.bool_], radius: float, grid: ReducedGrid) -> NDArray[np.bool_]:
    """Return all pixels of each slice within `radius` mm of the mask; what lies beyond the image is empty."""
    column_step, row_step, _ = grid.spacing
    grown = np.zeros(mask.shape, dtype=bool)
    for source, target in zip(mask, grown, strict=True):
        if source.any():
            target[:] = ndimage.distance_transform_edt(~source, sampling=(row_step, column_step)) <= radius
    return grown
