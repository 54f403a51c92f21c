"""One stretch of a training: how large the images are, how many epochs, how fast it learns."""

from dataclasses import dataclass, field
from enum import StrEnum

from ..errors import ArgumentError


class Schedule(StrEnum):
    """How the learning rate changes within a phase."""

    CONSTANT = "constant"
    """The same throughout."""

    PLATEAU = "plateau"
    """Lowered where the validation error no longer falls."""

    ONE_CYCLE = "one-cycle"
    """Raised over the first part, then lowered along half a cosine."""


class Crop(StrEnum):
    """Which part of a slice the network is shown."""

    NONE = "none"
    BRAIN = "brain"


@dataclass(frozen=True)
class Plateau:
    """When a learning rate is lowered for want of progress.

    The defaults are those of the papers' code of 2022.

    Attributes
    ----------
    patience : int
        Epochs without a lower validation error after which the rate is lowered.
    factor : float
        By which it is multiplied.
    lowest : float
        Rate below which it is not lowered.
    """

    patience: int = 5
    factor: float = 0.1
    lowest: float = 1e-6

    def __post_init__(self) -> None:
        if self.patience < 1 or not 0.0 < self.factor < 1.0 or self.lowest < 0.0:
            raise ArgumentError(
                "plateau",
                f"plateau is {self}",
                "give a patience of at least 1, a factor between 0 and 1 and a rate of at least 0",
            )


@dataclass(frozen=True)
class Phase:
    """One stretch of a training.

    Attributes
    ----------
    epochs : int
        Passes through all slices.
    size : int or None
        Pixels of the longer side to which slices are averaged; None leaves them as they are.
    crop : Crop
        Whether slices are cut to the brain, in one window for all slices of the phase.
    patch : int or None
        Rows and columns of a part that is drawn anew from each slice in each epoch; None for whole slices.
        Validation sees whole slices.
    most_patches : int
        Most parts that are drawn from a slice in an epoch: as many as cover its brain, up to this number.
        With one, each pixel of a large image is seen far less often than one of a small image.
    batch_size : int
        Slices per optimiser step, over all processes.
    learning_rate : float
        Of Adam; the highest one where it changes.
    schedule : Schedule
    plateau : Plateau
        For :attr:`Schedule.PLATEAU`.
    warm_up : float
        Share of the steps in which the rate of :attr:`Schedule.ONE_CYCLE` rises.

    Raises
    ------
    ArgumentError
        If a value cannot be used.
    """

    epochs: int
    size: int | None = None
    crop: Crop = Crop.NONE
    patch: int | None = None
    most_patches: int = 1
    batch_size: int = 8
    learning_rate: float = 1e-5
    schedule: Schedule = Schedule.CONSTANT
    plateau: Plateau = field(default_factory=Plateau)
    warm_up: float = 0.15

    def __post_init__(self) -> None:
        rules = (
            ("epochs", self.epochs >= 1, "at least 1"),
            ("size", self.size is None or self.size >= 8, "at least 8 pixels"),
            ("patch", self.patch is None or self.patch >= 8, "at least 8 pixels"),
            ("most_patches", self.most_patches >= 1, "at least 1"),
            ("batch_size", self.batch_size >= 1, "at least 1"),
            ("learning_rate", 0.0 < self.learning_rate < float("inf"), "a number above 0"),
            ("warm_up", 0.0 <= self.warm_up < 1.0, "a share from 0 to below 1"),
        )
        for name, holds, wanted in rules:
            if not holds:
                raise ArgumentError(name, f"{name} is {getattr(self, name)}", f"give {wanted}")

    @property
    def title(self) -> str:
        """What a reader is shown, such as ``128x128``."""
        return "full size" if self.size is None else f"{self.size}x{self.size}"
