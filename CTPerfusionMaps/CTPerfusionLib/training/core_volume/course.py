"""The course of one fold: its losses by epoch, its best epoch and when it ends."""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class CoreEpoch:
    """What was measured in one epoch.

    Attributes
    ----------
    epoch : int
        From 1.
    learning_rate : float
        At its end.
    train_loss : float
        Mean over the patients as they were varied, before each step, with dropout.
    validation_loss : float
        After the epoch, of the patients as they are.
    validation_auc : float or None
        None where all validation patients are on one side of the threshold.
    seconds : float
        That the epoch took.
    """

    epoch: int
    learning_rate: float
    train_loss: float
    validation_loss: float
    validation_auc: float | None
    seconds: float


@dataclass(frozen=True)
class CoreCourse:
    """The epochs of a fold so far; they travel in its checkpoint.

    Attributes
    ----------
    epochs : tuple of CoreEpoch
    """

    epochs: tuple[CoreEpoch, ...] = ()

    @property
    def best_epoch(self) -> int:
        """The first epoch with the lowest validation loss, from 1; 0 before the first."""
        return min(self.epochs, key=lambda epoch: epoch.validation_loss).epoch if self.epochs else 0

    @property
    def best_loss(self) -> float:
        """The lowest validation loss."""
        return min((epoch.validation_loss for epoch in self.epochs), default=math.inf)

    def is_done(self, epochs: int, patience: int) -> bool:
        """Say whether the fold has ended.

        Parameters
        ----------
        epochs : int
            At most.
        patience : int
            Epochs after the best one.
        """
        done = len(self.epochs)
        return done >= epochs or done - self.best_epoch >= patience

    def as_state(self) -> list[dict[str, Any]]:
        """Return the course as lists, mappings and numbers."""
        return [asdict(epoch) for epoch in self.epochs]

    @classmethod
    def from_state(cls, state: list[Mapping[str, Any]]) -> "CoreCourse":
        """Return the course of a state."""
        return cls(tuple(CoreEpoch(**epoch) for epoch in state))
