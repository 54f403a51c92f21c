"""What a cross-validation has reached: each fold, and what its network says of patients it did not learn."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

from ...statistics import Summary, roc_auc, summarise
from .course import CoreEpoch

VALIDATION, TEST = "validation", "test"
"""Parts of a division of which predictions are kept."""


@dataclass(frozen=True)
class CorePrediction:
    """What the network of a fold says of one patient.

    Attributes
    ----------
    patient : str
        Its identifier in the data set.
    part : str
        ``validation`` or ``test``.
    core_ml : float
        True core volume.
    is_large : bool
        Whether it reaches the threshold.
    score : float
        Probability of a large core, or mL where the network gives the volume.
    groups : mapping of str to str or float
        What the data set says of the patient.
    """

    patient: str
    part: str
    core_ml: float
    is_large: bool
    score: float
    groups: Mapping[str, str | float] = field(default_factory=dict)


@dataclass(frozen=True)
class CoreFold:
    """A finished fold.

    Attributes
    ----------
    number : int
        From 1; its network is at this place in the model.
    epochs : tuple of CoreEpoch
    best_epoch : int
        From 1; its weights are the network's.
    predictions : tuple of CorePrediction
        Of the validation and the test patients.
    """

    number: int
    epochs: tuple[CoreEpoch, ...]
    best_epoch: int
    predictions: tuple[CorePrediction, ...]

    @property
    def seconds(self) -> float:
        """Seconds that all epochs took."""
        return sum(epoch.seconds for epoch in self.epochs)

    def of_part(self, part: str) -> tuple[CorePrediction, ...]:
        """Return the predictions of one part."""
        return tuple(each for each in self.predictions if each.part == part)

    def auc(self, part: str) -> float | None:
        """Return the area under the ROC curve of a part; None where all its labels are equal."""
        own = self.of_part(part)
        return roc_auc([each.is_large for each in own], [each.score for each in own])

    def mean_absolute_error(self, part: str) -> float:
        """Return the mean absolute error of volumes in mL; only for networks that give them."""
        own = self.of_part(part)
        return sum(abs(each.score - each.core_ml) for each in own) / len(own)

    def as_json(self) -> dict[str, Any]:
        """Return the fold as the record of its training holds it."""
        return {
            "fold": self.number,
            "best_epoch": self.best_epoch,
            "auc": {part: self.auc(part) for part in (VALIDATION, TEST)},
            "predictions": [{**vars(each), "groups": dict(each.groups)} for each in self.predictions],
            "epochs": [asdict(each) for each in self.epochs],
        }

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> "CoreFold":
        """Return the fold of a record."""
        return cls(
            record["fold"],
            tuple(CoreEpoch(**each) for each in record["epochs"]),
            record["best_epoch"],
            tuple(
                CorePrediction(**{**each, "groups": MappingProxyType(each["groups"])})
                for each in record["predictions"]
            ),
        )


@dataclass(frozen=True)
class CoreVolumeStudy:
    """A finished cross-validation.

    Attributes
    ----------
    folder : Path
    model : Path
        Weights of the ensemble; the card lies beside them.
    threshold_ml : float
        mL from which on a core is large: one for all folds.
    gives_volume : bool
        Whether the networks give mL instead of a probability.
    folds : tuple of CoreFold
    """

    folder: Path
    model: Path
    threshold_ml: float
    gives_volume: bool
    folds: tuple[CoreFold, ...]

    def auc(self, part: str) -> Summary:
        """Return mean and SD of the folds' areas under the ROC curve; folds without one are left out."""
        areas = (fold.auc(part) for fold in self.folds)
        return summarise([area for area in areas if area is not None])

    def mean_absolute_error(self, part: str) -> Summary:
        """Return mean and SD of the folds' mean absolute errors in mL."""
        return summarise([fold.mean_absolute_error(part) for fold in self.folds])
