"""The fast bilateral filter by torch: interpolation and blur of coarse cells as matrix products."""

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from ...progress import ProgressCallback, reported
from .grid_plan import GridPlan

_MOST_VOXELS = 2**24
"""Voxels of the bounding box that are filtered together; each takes about 40 bytes on the device."""


def filter_by_torch(
    voxels: NDArray[np.float32],
    plan: GridPlan,
    device: torch.device,
    on_progress: ProgressCallback,
) -> None:
    """Filter the voxels (T, Z, Y, X) of the mask in place, on a torch device, in single precision."""
    grid = _TorchGrid(plan, device)
    _, n_slices, rows, columns = plan.basis.shape
    top, left = plan.corner
    box = (slice(top, top + rows), slice(left, left + columns))
    size = max(1, _MOST_VOXELS // (n_slices * rows * columns))
    for first in reported(range(0, len(voxels), size), on_progress):
        frames = slice(first, first + size)
        target = voxels[frames, :, *box]
        source = np.ascontiguousarray(target)
        target[:] = grid.filter(torch.as_tensor(source, device=device)).cpu().numpy()


class _TorchGrid:
    """The matrices of a plan on a device, cut to the image where the last cells exceed it."""

    def __init__(self, plan: GridPlan, device: torch.device) -> None:
        self._plan = plan
        self._device = device
        _, _, rows, columns = plan.basis.shape
        self._up_y = self._tensor(_interpolation(rows, plan.stencil.cell_y))
        self._up_x = self._tensor(_interpolation(columns, plan.stencil.cell_x))
        self._blur_y = [self._tensor(_band(len_y, row)) for len_y, row in _each(self._up_y, plan.stencil.y)]
        self._blur_x = [self._tensor(_band(len_x, row)) for len_x, row in _each(self._up_x, plan.stencil.x)]
        self._basis = self._tensor(plan.basis)
        self._gain = self._tensor(plan.gain)

    def filter(self, frames: torch.Tensor) -> torch.Tensor:
        """Return filtered frames (F, Z, Y, X)."""
        rows, columns = frames.shape[2:]
        up_y, up_x = self._up_y[:rows], self._up_x[:columns]
        inside = self._basis[0, :, :rows, :columns] > 0
        known = torch.where(inside, frames, torch.zeros((), device=self._device))
        result = torch.zeros_like(known)
        for basis, gain in zip(self._basis, self._gain, strict=True):
            cells = up_y.T @ (known * basis[:, :rows, :columns]) @ up_x
            result += gain[:, :rows, :columns] * (up_y @ self._blurred(cells) @ up_x.T)
        return torch.where(inside, result, frames)

    def _blurred(self, cells: torch.Tensor) -> torch.Tensor:
        blurred = torch.zeros_like(cells)
        n_slices = cells.shape[1]
        for distance, (blur_y, blur_x) in enumerate(zip(self._blur_y, self._blur_x, strict=True)):
            if distance >= n_slices:
                break
            smooth = blur_y @ cells @ blur_x
            blurred[:, distance:] += smooth[:, : n_slices - distance]
            if distance > 0:
                blurred[:, : n_slices - distance] += smooth[:, distance:]
        return blurred

    def _tensor(self, array: NDArray[np.floating[Any]]) -> torch.Tensor:
        return torch.as_tensor(np.ascontiguousarray(array, dtype=np.float32), device=self._device)


def _each(interpolation: torch.Tensor, stencil: NDArray[np.float32]) -> list[tuple[int, NDArray[np.float32]]]:
    return [(interpolation.shape[1], weights) for weights in stencil]


def _interpolation(size: int, cell: int) -> NDArray[np.float64]:
    """Return what interpolates corners of cells, one more than there are cells, at `size` voxels."""
    places = np.arange(size)[:, None] / cell
    return np.maximum(0.0, 1.0 - np.abs(places - np.arange(size // cell + 1)))


def _band(size: int, weights: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return the symmetric matrix that blurs `size` corners with weights of those 0 to R away."""
    distance = np.abs(np.arange(size)[:, None] - np.arange(size))
    return np.where(distance < len(weights), weights[np.minimum(distance, len(weights) - 1)], 0.0)
