"""Drawn changes of the plane, applied to the frames of a batch."""

import math
from collections.abc import Sequence

import torch

from ..augmentation import PlaneDraw


def change_planes(stacks: torch.Tensor, drawn: Sequence[PlaneDraw], outside: float) -> torch.Tensor:
    """Return stacks that are mirrored, turned about their centre and shifted, each by its own draw.

    All frames and both slices of a patient move alike, by one linear interpolation of their HU.

    Parameters
    ----------
    stacks : Tensor, shape (B, 2, T, Y, X)
    drawn : sequence of PlaneDraw, length B
    outside : float
        What comes in from beyond the border.
    """
    height, width = stacks.shape[-2:]
    origins = torch.stack([_origins(each, height, width) for each in drawn]).to(stacks)
    frames = stacks.flatten(1, 2) - outside  # what lies outside is then 0, as the interpolation pads
    grid = torch.nn.functional.affine_grid(origins, list(frames.shape), align_corners=False)
    moved = torch.nn.functional.grid_sample(frames, grid, padding_mode="zeros", align_corners=False)
    return moved.add_(outside).view_as(stacks)


def _origins(drawn: PlaneDraw, height: int, width: int) -> torch.Tensor:
    """Return the map from places in the new image to those in the old, as affine_grid takes it.

    Places are (column, row) from the centre in halves of the image: p_old = F R(-angle) (p_new - shift),
    where F mirrors.
    """
    angle = math.radians(drawn.rotation)
    cosine, sine = math.cos(angle), math.sin(angle)
    rows, columns = drawn.shift
    columns_sign = -1.0 if drawn.flip_columns else 1.0
    rows_sign = -1.0 if drawn.flip_rows else 1.0
    along_columns = (cosine, sine * height / width, -(cosine * columns + sine * rows) * 2.0 / width)
    along_rows = (-sine * width / height, cosine, (sine * columns - cosine * rows) * 2.0 / height)
    return torch.tensor(
        [[columns_sign * each for each in along_columns], [rows_sign * each for each in along_rows]]
    )
