"""What every encoder of frames is."""

from abc import ABC, abstractmethod

import torch
from torch import nn


class FrameEncoder(nn.Module, ABC):
    """Turns each frame of a slice into a vector; the same for all frames and both slices.

    In two steps, of which the first has nothing that is trained: a training takes it once for all epochs and
    folds, and the networks of an ensemble share it.
    """

    n_features: int
    """F, length of the vector."""

    @abstractmethod
    def prepare(self, frames: torch.Tensor) -> torch.Tensor:
        """Return what :meth:`forward` takes (N, ...) of the standardised frames (N, T, Y, X) of N slices."""

    @abstractmethod
    def forward(self, prepared: torch.Tensor) -> torch.Tensor:
        """Return features (N, T, F) of what was prepared."""
