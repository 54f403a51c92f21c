"""What a network is trained towards, and how its answer becomes a score."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import torch
from torch.nn.functional import binary_cross_entropy_with_logits, smooth_l1_loss

from ..labels import CoreLabels

_VOLUME_SCALE = 10.0
"""mL of error from which the loss of a volume grows in proportion; below, with the square."""


@dataclass(frozen=True)
class Objective:
    """What a kind of output is trained towards.

    Attributes
    ----------
    targets : callable
        Takes the labels, gives the target of each patient.
    loss : callable
        Takes answers and targets (B,), gives the loss of each patient.
    scores : callable
        Takes answers, gives what a user is shown: a probability, or mL.
    """

    targets: Callable[[CoreLabels], tuple[float, ...]]
    loss: Callable[[torch.Tensor, torch.Tensor], torch.Tensor]
    scores: Callable[[torch.Tensor], torch.Tensor]


def _cross_entropy(logits: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    return binary_cross_entropy_with_logits(logits, targets, reduction="none")


def _volume_error(volumes: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    return smooth_l1_loss(volumes / _VOLUME_SCALE, targets / _VOLUME_SCALE, reduction="none")


OBJECTIVES: Mapping[str, Objective] = MappingProxyType(
    {
        "class": Objective(lambda labels: tuple(map(float, labels.large)), _cross_entropy, torch.sigmoid),
        "volume": Objective(
            lambda labels: labels.volumes_ml,
            _volume_error,
            lambda volumes: volumes,
        ),
    }
)
"""By the name of the output, a key of :data:`CTPerfusionLib.networks.core_volume.OUTPUTS`."""
