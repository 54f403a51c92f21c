"""Drawn changes applied to tensors: in the plane slice by slice, in time for a whole batch at once."""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from ..augmentation import AugmentationDraw

_GRAIN_REACH = 3.0
"""SDs of a Gaussian beyond which it is cut off."""


def change_plane(image: torch.Tensor, drawn: "AugmentationDraw", outside: float) -> torch.Tensor:
    """Return an image (..., Y, X) mirrored, turned and shifted.

    Parameters
    ----------
    image : Tensor, shape (..., Y, X)
    drawn : AugmentationDraw
    outside : float
        What comes in from beyond the border.
    """
    axes = [axis for axis, flips in ((-2, drawn.flip_rows), (-1, drawn.flip_columns)) if flips]
    if axes:
        image = image.flip(axes)
    if drawn.quarter_turns and image.shape[-1] == image.shape[-2]:
        image = image.rot90(drawn.quarter_turns, (-2, -1))
    for axis, step in zip((-2, -1), drawn.shift, strict=True):
        image = _shifted(image, axis, step, outside)
    return image


def _shifted(image: torch.Tensor, axis: int, step: int, outside: float) -> torch.Tensor:
    if step == 0:
        return image
    length = image.shape[axis]
    moved = torch.full_like(image, outside)
    kept = max(length - abs(step), 0)
    moved.narrow(axis, max(step, 0) if kept else 0, kept).copy_(
        image.narrow(axis, max(-step, 0) if kept else 0, kept)
    )
    return moved


def change_time(
    stack: torch.Tensor,
    context: torch.Tensor,
    bolus: torch.Tensor,
    sampling: torch.Tensor,
    noise: torch.Tensor | None,
) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the stack and the context of another bolus, sampled otherwise.

    Parameters
    ----------
    stack : Tensor, shape (B, T, Y, X)
        Shares of the HU window.
    context : Tensor, shape (B, K, T)
        HU above baseline.
    bolus, sampling : Tensor, shape (B, T, T)
        Operators of each slice, applied in this order; the noise comes in between.
    noise : Tensor or None, shape (B, T, Y, X)
        Shares of the HU window. The context, a mean of many voxels, gets none.
    """
    curves = stack.flatten(2)
    if noise is None:
        curves = torch.bmm(torch.bmm(sampling, bolus), curves)
    else:
        curves = torch.bmm(sampling, torch.bmm(bolus, curves) + noise.flatten(2))
    changed = torch.bmm(torch.bmm(context, bolus.mT), sampling.mT)
    return curves.view_as(stack).clamp_(0.0, 1.0), changed


def drawn_noise(
    shape: Sequence[int], drawn: Sequence["AugmentationDraw"], device: torch.device
) -> torch.Tensor | None:
    """Return the noise of a batch, shape (B, T, Y, X) in shares of the window; None where there is none."""
    if not any(each.noise for each in drawn):
        return None
    generator = torch.Generator(device)
    noise = torch.zeros((len(drawn), *shape), device=device)
    for own, each in zip(noise, drawn, strict=True):
        if each.noise:
            generator.manual_seed(each.noise_seed)
            own.copy_(_grained(torch.randn(*shape, generator=generator, device=device), each.noise_grain))
            own.mul_(each.noise)
    return noise


def _grained(white: torch.Tensor, grain: float) -> torch.Tensor:
    """Smooth white noise (T, Y, X) of SD 1 by a Gaussian and scale it back to an SD of 1."""
    if grain == 0.0:
        return white
    reach = math.ceil(_GRAIN_REACH * grain)
    ages = torch.arange(-reach, reach + 1, device=white.device, dtype=white.dtype)
    kernel = torch.exp(-0.5 * (ages / grain) ** 2)
    kernel /= kernel.square().sum().sqrt()
    frames = white[:, None]
    frames = torch.nn.functional.conv2d(frames, kernel[None, None, :, None], padding="same")
    return torch.nn.functional.conv2d(frames, kernel[None, None, None, :], padding="same")[:, 0]
