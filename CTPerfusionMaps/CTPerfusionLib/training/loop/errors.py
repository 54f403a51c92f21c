"""Squared errors of maps, summed over the pixels that count on all processes."""

from collections.abc import Mapping, Sequence

import torch
from torch import distributed

from ..settings import Region


def in_a_group() -> bool:
    """Say whether several processes train together."""
    return bool(distributed.is_available() and distributed.is_initialized())


def added_up(values: torch.Tensor) -> torch.Tensor:
    """Return the sum of a tensor over all processes."""
    total = values.detach().clone()
    if in_a_group():
        distributed.all_reduce(total)
    return total


def masked_errors(
    maps: torch.Tensor, targets: torch.Tensor, brain: torch.Tensor, counts: torch.Tensor, region: Region
) -> tuple[torch.Tensor, torch.Tensor]:
    """Return squared errors, 0 where pixels do not count, and which pixels count.

    Parameters
    ----------
    maps, targets : Tensor, shape (B, C, Y, X)
        Shares of the targets' windows; targets are NaN where unknown.
    brain : Tensor of bool, shape (B, Y, X)
    counts : Tensor of bool, shape (B,)
        Which slices count.
    region : Region
        In the brain, those that are known count; in the image all, unknown targets being 0.

    Returns
    -------
    tuple of Tensor, shape (B, C, Y, X)
    """
    known = targets.isfinite()
    inside = torch.ones_like(known) if region is Region.IMAGE else known & brain[:, None]
    inside = inside & counts[:, None, None, None]
    return (maps - targets.nan_to_num(0.0)).square() * inside, inside


class ErrorSums:
    """Sums of squared errors for each map, on this process until they are asked for.

    Parameters
    ----------
    names : sequence of str
        Of the maps.
    device : torch.device
    """

    def __init__(self, names: Sequence[str], device: torch.device) -> None:
        self._names = tuple(names)
        precision = torch.float32 if device.type == "mps" else torch.float64  # Apple's GPUs have no more
        self._sums = torch.zeros(2, len(names), dtype=precision, device=device)

    def add(self, errors: torch.Tensor, inside: torch.Tensor) -> None:
        """Add squared errors (B, C, Y, X) and the pixels that count."""
        self._sums[0] += errors.detach().sum((0, 2, 3)).to(self._sums.dtype)
        self._sums[1] += inside.sum((0, 2, 3)).to(self._sums.dtype)

    def means(self) -> tuple[float, Mapping[str, float]]:
        """Return the mean squared error over all maps and that of each, over all processes."""
        errors, pixels = added_up(self._sums).cpu()
        each = (errors / pixels.clamp(min=1.0)).tolist()
        return float(errors.sum() / pixels.sum().clamp(min=1.0)), dict(zip(self._names, each, strict=True))
