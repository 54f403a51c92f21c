"""The U-Net of the papers (Ronneberger et al. 2015 as changed by Perlo et al. and Gava et al. 2023)."""

import torch
from torch import nn
from torch.nn.functional import pad

from ..input_settings import InputSettings
from .map_network import MapNetwork, padded_to_multiple


class _Convolution(nn.Module):
    """Convolution that keeps the size of the image, batch normalisation and ReLU.

    A 2x2 kernel has no middle: the image is padded by one pixel at the end of rows and columns.
    """

    def __init__(self, n_in: int, n_out: int, kernel: int) -> None:
        super().__init__()
        before = (kernel - 1) // 2
        after = kernel - 1 - before
        self._padding = (before, after, before, after)
        self.convolution = nn.Conv2d(n_in, n_out, kernel, bias=False)
        self.normalisation = nn.BatchNorm2d(n_out)

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        convolved = self.convolution(pad(features, self._padding))
        return torch.relu(self.normalisation(convolved))


def _stage(n_in: int, n_out: int, kernel: int) -> nn.Sequential:
    return nn.Sequential(_Convolution(n_in, n_out, kernel), _Convolution(n_out, n_out, kernel))


class UNet(MapNetwork):
    """Encoder and decoder of equal depth with average pooling and a sigmoid at the end.

    Times are the channels of the first convolution; the context of the study is not used.

    Parameters
    ----------
    settings : InputSettings
        The number of frames and how they are standardised.
    n_maps : int
        C, maps that it gives.
    widths : tuple of int
        Channels of the stages from the full image to the coarsest; the papers' four stages and bottleneck
        have 64, 128, 256, 512 and 1024.
    kernel : int
        Pixels along each side of a convolution.
    """

    def __init__(self, settings: InputSettings, n_maps: int, widths: tuple[int, ...], kernel: int) -> None:
        super().__init__()
        self._mean, self._sd = settings.mean, settings.sd
        self._multiple = 2 ** (len(widths) - 1)
        n_inputs = (settings.n_frames, *widths[:-1])
        self.encoder = nn.ModuleList(
            _stage(n_in, n_out, kernel) for n_in, n_out in zip(n_inputs, widths, strict=True)
        )
        upwards = list(zip(widths[:0:-1], widths[-2::-1], strict=True))
        self.enlarge = nn.ModuleList(nn.ConvTranspose2d(n_in, n_out, 2, stride=2) for n_in, n_out in upwards)
        self.decoder = nn.ModuleList(_stage(2 * n_out, n_out, kernel) for _, n_out in upwards)
        self.last = nn.Conv2d(widths[0], n_maps, 1)

    def forward(self, stack: torch.Tensor, context: torch.Tensor) -> torch.Tensor:  # noqa: ARG002
        """Return maps (B, C, Y, X) in [0, 1] of `stack` (B, T, Y, X)."""
        rows, columns = stack.shape[-2:]
        features = padded_to_multiple((stack - self._mean) / self._sd, self._multiple)
        skipped = []
        for depth, stage in enumerate(self.encoder):
            if depth:
                features = nn.functional.avg_pool2d(features, 2)
            features = self.run_stage(stage, features)
            skipped.append(features)
        for enlarge, stage, kept in zip(self.enlarge, self.decoder, skipped[-2::-1], strict=True):
            features = self.run_stage(stage, torch.cat([kept, enlarge(features)], dim=1))
        return torch.sigmoid(self.last(features))[..., :rows, :columns]
