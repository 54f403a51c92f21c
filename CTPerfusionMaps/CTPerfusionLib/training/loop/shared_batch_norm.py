"""Batch normalisation over the slices of all processes on the processor.

torch has it for GPUs only (SyncBatchNorm). Without it each process would normalise by the few slices of its
own, and a training on two processes would not be that on one.
"""

import torch
from torch import distributed, nn
from torch.distributed.nn.functional import all_reduce as differentiable_all_reduce


class SharedBatchNorm2d(nn.BatchNorm2d):
    """Batch normalisation of (B, C, Y, X) over all processes; its parameters are those of BatchNorm2d."""

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        """Return normalised features."""
        if not (self.training and distributed.is_initialized()):
            plain: torch.Tensor = super().forward(features)
            return plain
        count = features.new_tensor([features.numel() / features.shape[1]])
        distributed.all_reduce(count)
        mean = _added_up(features.sum((0, 2, 3))) / count
        centred = features - mean[:, None, None]
        variance = _added_up(centred.square().sum((0, 2, 3))) / count
        self._follow(mean.detach(), variance.detach() * count / (count - 1.0).clamp(min=1.0))
        scale = self.weight * torch.rsqrt(variance + self.eps)
        return centred * scale[:, None, None] + self.bias[:, None, None]

    def _follow(self, mean: torch.Tensor, variance: torch.Tensor) -> None:
        """Let the statistics that are used after training follow those of a batch."""
        if self.running_mean is None or self.running_var is None or self.num_batches_tracked is None:
            return
        self.num_batches_tracked.add_(1)
        step = 1.0 / float(self.num_batches_tracked) if self.momentum is None else self.momentum
        self.running_mean.lerp_(mean, step)
        self.running_var.lerp_(variance, step)


def _added_up(values: torch.Tensor) -> torch.Tensor:
    """Return the sum over all processes; its gradient is added up over them too."""
    total: torch.Tensor = differentiable_all_reduce(values)  # type: ignore[no-untyped-call]
    return total


def share_batch_norm(network: nn.Module) -> None:
    """Let all batch normalisation in a network be over all processes."""
    for module in network.modules():
        if type(module) is nn.BatchNorm2d:
            module.__class__ = SharedBatchNorm2d
