"""The convolutions of VGG19 (Simonyan and Zisserman 2015, configuration E), named as in torchvision."""

import torch
from torch import nn

from .frame_encoder import FrameEncoder

WIDTHS = (64, 128, 256, 512, 512)
DEPTHS = (2, 2, 4, 4, 4)
"""Channels and number of the convolutions of each block, which ends with a maximum over 2 x 2 pixels."""

N_COLOURS = 3

FRAMES_AT_ONCE = 16
"""Frames whose intermediate images take about 500 MB at 128 x 128 pixels."""


def vgg19_features() -> nn.Sequential:
    """Return the five blocks; parameters are called 0.weight, 0.bias, 2.weight ... as in torchvision."""
    layers: list[nn.Module] = []
    n_in = N_COLOURS
    for width, depth in zip(WIDTHS, DEPTHS, strict=True):
        for _ in range(depth):
            layers += [nn.Conv2d(n_in, width, 3, padding=1), nn.ReLU(inplace=True)]
            n_in = width
        layers.append(nn.MaxPool2d(2))
    return nn.Sequential(*layers)


class Vgg19Encoder(FrameEncoder):
    """VGG19 without its dense layers; each channel is the largest value of the last image."""

    n_features = WIDTHS[-1]

    def __init__(self) -> None:
        super().__init__()
        self.features = vgg19_features()

    def prepare(self, frames: torch.Tensor) -> torch.Tensor:
        """Return features (N, T, 512) of standardised frames (N, T, Y, X), grey as three equal colours."""
        single = frames.reshape(-1, 1, *frames.shape[2:])
        vectors = [
            self.features(part.expand(-1, N_COLOURS, -1, -1)).amax(dim=(2, 3))
            for part in torch.split(single, FRAMES_AT_ONCE)
        ]
        return torch.cat(vectors).reshape(*frames.shape[:2], -1)

    def forward(self, prepared: torch.Tensor) -> torch.Tensor:
        """Return the features, which are finished: nothing of this encoder is trained."""
        return prepared
