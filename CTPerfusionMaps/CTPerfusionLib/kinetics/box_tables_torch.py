"""The tables of the box model on a torch device, and the model read from them."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from .box_dictionary import DELAY_CELLS, LEAST_MTT, SHIFT_CELLS, START_DELAYS, START_MTTS, BoxDictionary
from .uniform_spline import value_matrix


@dataclass(frozen=True)
class TorchTables:
    """A dictionary on the device."""

    basis: torch.Tensor
    starts: torch.Tensor
    log_norms: torch.Tensor
    metric: torch.Tensor
    norm_scale: float
    per_step: float
    n_frames: int
    n_parameters: int


@dataclass(frozen=True)
class ModelPlace:
    """What the model is at one delay and MTT of each voxel: y.h before scaling, f = ln(||h|| / MTT)."""

    product: torch.Tensor
    product_d: torch.Tensor
    product_m: torch.Tensor
    product_dd: torch.Tensor
    product_mm: torch.Tensor
    f_d: torch.Tensor
    f_m: torch.Tensor
    f_dd: torch.Tensor
    f_mm: torch.Tensor
    f_dm: torch.Tensor
    height: torch.Tensor


def tables_on(device: torch.device, dictionary: BoxDictionary) -> TorchTables:
    """Copy a dictionary to a device."""
    nodes = value_matrix(SHIFT_CELLS, 1) @ dictionary.basis
    starts = nodes[START_DELAYS] - nodes[START_DELAYS + START_MTTS[:, None]]
    starts *= dictionary.start_weights[:, :, None]

    def on_device(array: NDArray[np.floating[Any]]) -> torch.Tensor:
        return torch.as_tensor(np.ascontiguousarray(array, dtype=np.float32), device=device)

    return TorchTables(
        basis=on_device(dictionary.basis.T),
        starts=on_device(starts.reshape(-1, dictionary.n_frames).T),
        log_norms=on_device(dictionary.log_norms),
        metric=on_device(dictionary.metric),
        norm_scale=dictionary.norm_scale,
        per_step=(dictionary.log_norms.shape[0] - 3) / DELAY_CELLS,
        n_frames=dictionary.n_frames,
        n_parameters=dictionary.n_parameters,
    )


def place_at(
    coefficients: torch.Tensor, tables: TorchTables, delay: torch.Tensor, mtt: torch.Tensor
) -> ModelPlace:
    """Return what the model is at a delay and MTT of each voxel."""
    shifts = torch.stack([delay, delay + mtt], dim=1)
    four = torch.arange(4, device=delay.device)
    cells = shifts.long().clamp(0, coefficients.shape[1] - 4)
    nearby = coefficients.gather(1, (cells[:, :, None] + four).flatten(1)).view(-1, 2, 4)
    value, slope, curvature = _cubic(nearby, shifts - cells)

    across, along = tables.per_step * delay, tables.per_step * (mtt - LEAST_MTT)
    row = across.long().clamp(0, tables.log_norms.shape[0] - 4)
    column = along.long().clamp(0, tables.log_norms.shape[1] - 4)
    rows = (row[:, None] + four)[:, :, None] * tables.log_norms.shape[1]
    patch = tables.log_norms.flatten()[rows + (column[:, None] + four)[:, None, :]]
    in_mtt = torch.stack(_cubic(patch, (along - column)[:, None]), dim=1)
    f, f_d, f_dd = _cubic(in_mtt, (across - row)[:, None])
    step = tables.per_step
    return ModelPlace(
        product=value[:, 0] - value[:, 1],
        product_d=slope[:, 0] - slope[:, 1],
        product_m=-slope[:, 1],
        product_dd=curvature[:, 0] - curvature[:, 1],
        product_mm=-curvature[:, 1],
        f_d=step * f_d[:, 0],
        f_m=step * f[:, 1],
        f_dd=step * step * f_dd[:, 0],
        f_mm=step * step * f[:, 2],
        f_dm=step * step * f_d[:, 1],
        height=tables.norm_scale * torch.exp(-f[:, 0]) / mtt,
    )


def metric_at(table: torch.Tensor, delay: torch.Tensor, mtt: torch.Tensor) -> torch.Tensor:
    """Return the metric (n, 3) between its nodes."""
    along = mtt - LEAST_MTT
    i = delay.long().clamp(0, table.shape[0] - 2)
    k = along.long().clamp(0, table.shape[1] - 2)
    u, v = (delay - i)[:, None], (along - k)[:, None]
    lower = torch.lerp(table[i, k], table[i, k + 1], v)
    upper = torch.lerp(table[i + 1, k], table[i + 1, k + 1], v)
    between: torch.Tensor = torch.lerp(lower, upper, u)
    return between


def _cubic(b: torch.Tensor, u: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Return value, slope and curvature of the cubics with B-spline coefficients b (..., 4) at u (...)."""
    b0, b1, b2, b3 = b.unbind(dim=-1)
    p1 = 0.5 * (b2 - b0)
    p2 = 0.5 * (b0 + b2) - b1
    p3 = (b3 - b0 + 3.0 * (b1 - b2)) / 6.0
    value = ((p3 * u + p2) * u + p1) * u + (b0 + 4.0 * b1 + b2) / 6.0
    return value, (3.0 * p3 * u + 2.0 * p2) * u + p1, 6.0 * p3 * u + 2.0 * p2
