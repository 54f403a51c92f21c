"""What all networks that give maps have in common."""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

import torch
from torch import nn
from torch.nn.functional import pad
from torch.utils.checkpoint import checkpoint


class MapNetwork(nn.Module):
    """A network from the time stack of a slice to its maps.

    Every subclass has ``forward(stack, context)`` with `stack` (B, T, Y, X) in [0, 1], of any Y and X, and
    `context` (B, K, T) in HU above baseline, and returns (B, C, Y, X) in [0, 1].

    Attributes
    ----------
    checkpoint_gradients : bool
        Whether training computes stages again in the backward pass instead of keeping what they gave:
        slower, in a fraction of the memory.
    """

    def __init__(self) -> None:
        super().__init__()
        self.checkpoint_gradients = False

    def run_stage(self, stage: nn.Module, features: torch.Tensor) -> torch.Tensor:
        """Return what `stage` makes of `features`."""
        if not (self.checkpoint_gradients and self.training and torch.is_grad_enabled()):
            return torch.as_tensor(stage(features))
        computed: torch.Tensor = checkpoint(
            stage,
            features,
            use_reentrant=False,
            context_fn=lambda: (nullcontext(), _unchanged_buffers(stage)),
        )
        return computed


@contextmanager
def _unchanged_buffers(stage: nn.Module) -> Iterator[None]:
    """Keep the running statistics of a stage as they are: they have seen this batch already."""
    kept = [(buffer, buffer.clone()) for buffer in stage.buffers()]
    try:
        yield
    finally:  # the computation is left by an exception once it has all that is needed
        for buffer, value in kept:
            buffer.copy_(value)


def padded_to_multiple(images: torch.Tensor, multiple: int) -> torch.Tensor:
    """Return `images` (..., Y, X) with rows and columns repeated at their ends up to multiples."""
    rows, columns = images.shape[-2:]
    return pad(images, (0, -columns % multiple, 0, -rows % multiple), mode="replicate")
