"""Slices on a coarser grid in their plane, by averaging areas; what is not known stays out of the mean."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch

KNOWN_SHARE = 0.5
"""Part of a coarse pixel's area that has to be known, or in the mask, for the pixel to be so."""


def resized_shape(shape: tuple[int, int], size: int) -> tuple[int, int]:
    """Return the matrix (Y, X) whose longer side is `size`, with the aspect of `shape`."""
    longer = max(shape)
    rows, columns = (max(1, round(length * size / longer)) for length in shape)
    return rows, columns


def averaged(images: torch.Tensor, shape: tuple[int, int]) -> torch.Tensor:
    """Return images (N, Y, X) with the mean over the area of each new pixel, (N, *shape)."""
    from torch.nn.functional import interpolate

    return interpolate(images[None], size=shape, mode="area")[0]


def averaged_where_known(images: torch.Tensor, shape: tuple[int, int]) -> torch.Tensor:
    """Return the same of images that are NaN where they are not known; NaN where less than half is."""
    known = images.isfinite()
    share = averaged(known.to(images.dtype), shape)
    sums = averaged(images.nan_to_num(nan=0.0), shape)
    return (sums / share).where(share >= KNOWN_SHARE, float("nan"))


def averaged_mask(mask: torch.Tensor, shape: tuple[int, int]) -> torch.Tensor:
    """Return a bool mask (Y, X) on the new pixels: those of which at least half lies in it."""
    import torch

    return averaged(mask[None].to(torch.float32), shape)[0] >= KNOWN_SHARE
