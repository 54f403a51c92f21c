"""A small encoder of frames that is trained from scratch.

Tissue enhances by 3 to 10 HU in noise as strong, among differences of 30 HU between tissues that have nothing
to do with blood. So a frame is shown as its change since the start of the scan, in the tissue only, and with
the mean of that change over the scan, in which noise is low and a late bolus counts as an early one. Both are
relative to the mean of the slice's tissue, since doses and boluses differ.
"""

import torch
from torch import nn
from torch.nn.functional import avg_pool2d

from .frame_encoder import FrameEncoder

BLOCK = 4
"""Pixels along each side of the blocks that are averaged: 6 mm, in which noise is a few HU."""

N_BEFORE = 4
"""Frames at the start whose mean stands for the slice without contrast: 6 s, in which no bolus arrives."""

TISSUE, TISSUE_RANGE = -0.05, 0.35
"""Where brain lies in a standardised image, 35 HU, and how far from there on nothing is: 16 and 54 HU."""

LARGEST_CHANGE = (-0.3, 0.6)
"""In SD of the image, 30 HU: vessels and edges that moved go beyond and are cut off."""

WEAKEST_BOLUS = 0.003
"""Mean change of the tissue, in SD of the image, to which a weaker one is raised: noise is no bolus."""

SHARES = (0.2, 0.35, 0.5, 0.65, 0.8, 1.0)
"""Of the slice's mean: the first filters begin as the areas of tissue with less blood."""

FRAME_WIDTHS = (12, 16)
SCAN_WIDTHS = (12, 16, 16)
"""Channels of the convolutions on a frame, and on the mean of the scan."""


class SmallEncoder(FrameEncoder):
    """Convolutions on the frame and on the mean of the scan, the areas of what they find, on one scale."""

    n_features = FRAME_WIDTHS[-1] + SCAN_WIDTHS[0] + SCAN_WIDTHS[-1]

    def __init__(self) -> None:
        super().__init__()
        first, last = FRAME_WIDTHS
        self.frame = nn.Sequential(_stride(2, first), nn.ReLU(), nn.Conv2d(first, last, 1), nn.ReLU())
        fine, coarse, last = SCAN_WIDTHS
        self.fine = nn.Sequential(nn.Conv2d(2, fine, 3, padding=1), nn.ReLU())
        self.coarse = nn.Sequential(_stride(fine, coarse), nn.ReLU(), nn.Conv2d(coarse, last, 1), nn.ReLU())
        # A few percent of the slice's area decide; without this the filters that follow hardly see them.
        self.scale = nn.BatchNorm1d(self.n_features)
        self._begin_with_areas()

    def prepare(self, frames: torch.Tensor) -> torch.Tensor:
        """Return tissue and its enhancement (N, 1 + T, y, x), in blocks, of standardised frames (N, T, Y, X).

        Tissue is 1 where a block has the HU of brain before contrast, less elsewhere. Its change since then
        is relative to the mean of the slice's tissue.
        """
        blocks = avg_pool2d(frames, BLOCK)
        before = blocks[:, :N_BEFORE].mean(dim=1, keepdim=True)
        tissue = (1.0 - (before - TISSUE).abs() / TISSUE_RANGE).clamp(min=0.0)
        change = tissue * (blocks - before).clamp(*LARGEST_CHANGE)
        bolus = change.mean(dim=(1, 2, 3)) / tissue.mean(dim=(1, 2, 3)).clamp(min=1e-3)
        relative = change / bolus.clamp(min=WEAKEST_BOLUS)[:, None, None, None]
        return torch.cat([tissue, relative], dim=1)

    def forward(self, prepared: torch.Tensor) -> torch.Tensor:
        """Return features (N, T, 44) of tissue and its enhancement (N, 1 + T, y, x)."""
        tissue, relative = prepared[:, 0], prepared[:, 1:]
        fine = self.fine(torch.stack([tissue, relative.mean(dim=1)], dim=1))
        of_scan = torch.cat([_areas(fine), _areas(self.coarse(fine))], dim=1)
        shown = torch.stack([tissue[:, None].expand_as(relative), relative], dim=2)
        of_frames = torch.unflatten(_areas(self.frame(shown.flatten(0, 1))), 0, relative.shape[:2])
        features = torch.cat([of_frames, of_scan[:, None].expand(-1, relative.shape[1], -1)], dim=2)
        return torch.unflatten(self.scale(features.flatten(0, 1)), 0, relative.shape[:2])

    @torch.no_grad()
    def _begin_with_areas(self) -> None:
        """Let the first filters tell where a share of the mean, less the blood around, is above zero."""
        state = self.fine.state_dict()
        weight, n_around = state["0.weight"], state["0.weight"][0, 0].numel()
        for filter_, share in enumerate(SHARES):
            weight[filter_, 0], weight[filter_, 1] = share / n_around, -1.0 / n_around
        state["0.bias"][: len(SHARES)] = 0.0


def _stride(n_in: int, n_out: int) -> nn.Conv2d:
    return nn.Conv2d(n_in, n_out, 3, padding=1, stride=2)


def _areas(images: torch.Tensor) -> torch.Tensor:
    """Return the means (N, C) of images (N, C, y, x)."""
    return images.mean(dim=(2, 3))
