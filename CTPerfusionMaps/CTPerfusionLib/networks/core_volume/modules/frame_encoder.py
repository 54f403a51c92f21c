"""What every encoder of frames is."""

from abc import ABC, abstractmethod

import torch
from torch import nn


class FrameEncoder(nn.Module, ABC):
    """Turns each frame of a slice into a vector; the same for all frames and both slices."""

    n_features: int
    """F, length of the vector."""

    @abstractmethod
    def forward(self, frames: torch.Tensor) -> torch.Tensor:
        """Return features (N, T, F) of the standardised frames (N, T, Y, X) of N slices."""
