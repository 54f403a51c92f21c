"""What the fast bilateral filter needs to know of a mask and its guide, whatever then computes it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...parallel import for_each_chunk
from ...progress import ignore_progress
from .bounding_box import bounding_box
from .neighbourhood import Neighbourhood
from .range_terms import RangeTerms
from .spatial_stencil import SpatialStencil, spatial_stencil

FloatArray = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class GridPlan:
    """The joint bilateral filter of one mask and guide as blurs of a few products.

    With the terms phi_k of the range weight and the spatial weight as interpolation, blur and interpolation
    of coarse cells, the filtered voxels are sum_k gain_k(x) blur(basis_k v)(x). As the gain is basis_k over
    what the same sum gives for v = 1, constant images stay constant.

    Attributes
    ----------
    corner : tuple of int
        Row and column where the bounding box of the mask begins.
    stencil : SpatialStencil
    spans : ndarray of int64, shape (Z, B + 1, 2)
        First and last + 1 column that the rows above and below each row of corners of cells occupy.
    basis, gain : ndarray of float32, shape (K, Z, B cell_y, C cell_x)
        Zero outside the mask; the first term is positive inside.
    """

    corner: tuple[int, int]
    stencil: SpatialStencil
    spans: NDArray[np.int64]
    basis: FloatArray
    gain: FloatArray

    @property
    def pad(self) -> int:
        """Corners of cells that the blur reaches."""
        return int(self.stencil.x.shape[1]) - 1

    @property
    def cells_shape(self) -> tuple[int, int, int, int]:
        """Slices, terms, rows and columns of the corners of cells, padding included."""
        n_terms, n_slices, rows, columns = self.basis.shape
        padding = 1 + 2 * self.pad
        return (
            n_slices,
            n_terms,
            rows // self.stencil.cell_y + padding,
            columns // self.stencil.cell_x + padding,
        )


def filter_frames(
    plan: GridPlan, voxels: FloatArray, filtered: FloatArray, scratch: "CellScratch | None" = None
) -> None:
    """Filter frames (F, Z, Y, X) into `filtered`, which may be `voxels` itself; both in C order."""
    from .kernels.bilateral_grid import blur_cells, gather_cells, spread_cells

    cells, blurred = (scratch or CellScratch(plan, len(voxels))).of(len(voxels))
    cell_y, cell_x = plan.stencil.cell_y, plan.stencil.cell_x
    gather_cells(voxels, plan.corner, plan.basis, plan.spans, cell_y, cell_x, plan.pad, cells)
    flat = (*cells.shape[:3], -1)
    blur_cells(cells.reshape(flat), plan.stencil.y, plan.stencil.x, cells.shape[4], blurred.reshape(flat))
    spread_cells(blurred, plan.gain, plan.spans, cell_y, cell_x, plan.pad, plan.corner, filtered)


class CellScratch:
    """Memory for the cells of some frames, used again and again: fresh memory costs as much as the filter."""

    def __init__(self, plan: GridPlan, n_frames: int) -> None:
        self._cells = np.zeros((n_frames, *plan.cells_shape), dtype=np.float32)
        self._blurred = np.zeros(self._cells.shape, dtype=np.float32)

    def of(self, n_frames: int) -> tuple[FloatArray, FloatArray]:
        """Return cells and blurred cells of `n_frames` frames."""
        return self._cells[:n_frames], self._blurred[:n_frames]


def grid_plan(
    mask: NDArray[np.bool_],
    guide: FloatArray,
    terms: RangeTerms,
    neighbourhood: Neighbourhood,
    spacing: tuple[float, float, float],
    sigma: float,
) -> GridPlan:
    """Prepare the filter for a mask that is not empty and a clamped guide, both of shape (Z, Y, X)."""
    stencil = spatial_stencil(neighbourhood, spacing, sigma)
    rows, columns = bounding_box(mask)
    inside = np.ascontiguousarray(mask[:, rows, columns])
    padded = (
        len(terms.table),
        len(mask),
        _whole_cells(inside.shape[1], stencil.cell_y),
        _whole_cells(inside.shape[2], stencil.cell_x),
    )
    basis = np.zeros(padded, dtype=np.float32)
    _evaluate(terms, guide[:, rows, columns], inside, basis)
    spans = _spans(inside, stencil)
    unscaled = GridPlan((rows.start, columns.start), stencil, spans, basis, basis)
    return GridPlan(unscaled.corner, stencil, spans, basis, _gain(unscaled))


def _whole_cells(size: int, cell: int) -> int:
    return -(-size // cell) * cell


def _evaluate(terms: RangeTerms, guide: FloatArray, mask: NDArray[np.bool_], basis: FloatArray) -> None:
    from .kernels.bilateral_grid import evaluate_terms

    def evaluate(z: int) -> None:
        evaluate_terms(guide[z], mask[z], terms.table, terms.lowest, terms.step, basis[:, z])

    for_each_chunk(evaluate, range(len(mask)), ignore_progress)


def _spans(mask: NDArray[np.bool_], stencil: SpatialStencil) -> NDArray[np.int64]:
    n_slices, rows, columns = mask.shape
    cell_y, cell_x = stencil.cell_y, stencil.cell_x
    n_rows, n_columns = _whole_cells(rows, cell_y) // cell_y, _whole_cells(columns, cell_x) // cell_x
    occupied = np.zeros((n_slices, n_rows + 2, n_columns * cell_x), dtype=bool)
    for row in range(n_rows):
        occupied[:, row + 1, :columns] = mask[:, row * cell_y : (row + 1) * cell_y].any(axis=1)
    either_side = occupied[:, :-1] | occupied[:, 1:]
    cells = np.asarray(either_side.reshape(n_slices, n_rows + 1, n_columns, cell_x).any(axis=3))
    first = cells.argmax(axis=2)
    last = n_columns - cells[:, :, ::-1].argmax(axis=2)
    spans = np.stack([first, last], axis=2) * cell_x
    spans[~cells.any(axis=2)] = 0
    return spans.astype(np.int64)


def _gain(plan: GridPlan) -> FloatArray:
    """Return the basis over what the filter makes of a volume of ones."""
    ones = np.ones((1, *plan.basis.shape[1:]), dtype=np.float32)
    total = np.zeros(ones.shape, dtype=np.float32)
    filter_frames(GridPlan((0, 0), plan.stencil, plan.spans, plan.basis, plan.basis), ones, total)
    total[0][plan.basis[0] == 0] = 1.0
    gain: FloatArray = plan.basis / total[0]
    return gain
