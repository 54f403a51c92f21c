"""How a core-volume network is trained: what defines its weights, and where it is computed."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Literal

from ...errors import ArgumentError
from ...networks.core_volume import CoreVolumeArchitecture
from ..phase import Phase, Schedule
from .augmentation import CoreAugmentation

MEDIAN: Literal["median"] = "median"
"""Threshold that is the median core volume of the patients, as in the paper."""


class Optimiser(StrEnum):
    """What turns gradients into steps."""

    RMSPROP = "rmsprop"
    ADAM = "adam"


class StandardisedBy(StrEnum):
    """By whose mean and SD the HU of a training step are standardised; use always takes the card's."""

    BATCH = "batch"
    """The batch's own, as in the paper."""

    COHORT = "cohort"
    """The card's: of the stacks of all patients of the training."""


STANDARDISED_BY_TITLES: Mapping[StandardisedBy, str] = MappingProxyType(
    {
        StandardisedBy.BATCH: "each batch by its own mean and SD, as in the paper",
        StandardisedBy.COHORT: "by the mean and SD of all patients of the training, as in use",
    }
)
"""What they mean."""


@dataclass(frozen=True)
class CoreVolumeTraining:
    """How the networks of a cross-validation are trained; most defaults are Mittermeier et al. 2022's.

    Attributes
    ----------
    architecture : CoreVolumeArchitecture
    threshold : float or "median"
        mL from which on a core is large; the median is that of all patients, one for all folds.
    augmentation : CoreAugmentation
    n_augmentations : int or None
        Variants of each patient of which each epoch takes one; what training leaves as it is of them, the
        features of an encoder that is not trained above all, is computed once for all folds. None varies anew
        in each epoch, as in the paper.
    standardised_by : StandardisedBy
    batch_size : int
    optimiser : Optimiser
        With the constants of Keras, which the paper leaves at its defaults.
    learning_rate : float
        The highest one where it changes.
    schedule : Schedule
        Constant or one-cycle over all epochs.
    epochs : int
        At most.
    patience : int
        Epochs in a row without a lower validation loss after which a fold ends.
    seed : int
        Of the division, weights, order, dropout and augmentation.
    device : str
        ``auto``, ``cpu``, ``cuda`` or ``mps``; results differ by rounding only.

    Raises
    ------
    ArgumentError
        If a value cannot be used.
    """

    architecture: CoreVolumeArchitecture
    threshold: float | Literal["median"] = MEDIAN
    augmentation: CoreAugmentation = field(default_factory=CoreAugmentation)
    n_augmentations: int | None = None
    standardised_by: StandardisedBy = StandardisedBy.COHORT
    batch_size: int = 12
    optimiser: Optimiser = Optimiser.RMSPROP
    learning_rate: float = 1e-3
    schedule: Schedule = Schedule.CONSTANT
    epochs: int = 500
    patience: int = 200
    seed: int = 0
    device: str = "auto"

    def __post_init__(self) -> None:
        by_batch = self.standardised_by is StandardisedBy.BATCH
        rules = (
            ("threshold", _is_threshold(self.threshold), f"a volume above 0 mL, or '{MEDIAN}'"),
            (
                "n_augmentations",
                self.n_augmentations is None or self.n_augmentations >= 1,
                "at least 1, or None",
            ),
            (
                "standardised_by",
                not (by_batch and self.n_augmentations),
                "'cohort' with variants that are kept: they are encoded outside of any batch",
            ),
            ("batch_size", self.batch_size >= 1, "at least 1"),
            ("learning_rate", 0.0 < self.learning_rate < float("inf"), "a number above 0"),
            ("schedule", self.schedule is not Schedule.PLATEAU, "'constant' or 'one-cycle'"),
            ("epochs", self.epochs >= 1, "at least 1"),
            ("patience", self.patience >= 1, "at least 1"),
            ("seed", self.seed >= 0, "at least 0"),
        )
        for name, holds, wanted in rules:
            if not holds:
                raise ArgumentError(name, f"{name} is {getattr(self, name)}", f"give {wanted}")

    @property
    def phase(self) -> Phase:
        """The training as the schedule of learning rates takes it."""
        return Phase(self.epochs, learning_rate=self.learning_rate, schedule=self.schedule)

    def as_json(self) -> dict[str, Any]:
        """Return what defines the weights, as JSON holds it; `device` is left out."""
        record = asdict(self)
        del record["device"]
        return record


def _is_threshold(threshold: float | str) -> bool:
    if isinstance(threshold, str):
        return threshold == MEDIAN
    return 0.0 < threshold < float("inf")
