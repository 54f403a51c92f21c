"""What a training has reached."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from .record import EpochErrors


@dataclass(frozen=True)
class PartErrors:
    """The errors of the trained network for one part of the patients, of whole slices as they are.

    Attributes
    ----------
    mse : float
        Mean squared error of all maps, in shares of their windows.
    maps : mapping of str to float
        Of each map.
    """

    mse: float
    maps: Mapping[str, float]

    def psnr(self, name: str | None = None) -> float:
        """Return 10 log10(1/MSE) in dB, of one map or of all together."""
        mse = self.mse if name is None else self.maps[name]
        return math.inf if mse == 0.0 else -10.0 * math.log10(mse)


@dataclass(frozen=True)
class TrainingResult:
    """A finished training.

    Attributes
    ----------
    folder : Path
    model : Path
        Of the weights; the card lies beside them.
    epochs : tuple of EpochErrors
        Of all phases.
    best_epoch : int
        Of the last phase, from 1; its weights are the model's.
    parts : mapping of str to PartErrors
        ``train``, ``validation`` and ``test``.
    """

    folder: Path
    model: Path
    epochs: tuple[EpochErrors, ...]
    best_epoch: int
    parts: Mapping[str, PartErrors]

    def as_json(self) -> dict[str, Any]:
        """Return the result as the record of the training holds it."""
        return {
            "model": self.model.name,
            "best_epoch": self.best_epoch,
            "errors": {name: {"mse": part.mse, "maps": dict(part.maps)} for name, part in self.parts.items()},
            "epochs": [{**vars(epoch), "maps": dict(epoch.maps)} for epoch in self.epochs],
        }

    @classmethod
    def from_json(cls, folder: Path, record: Mapping[str, Any]) -> "TrainingResult":
        """Return the result in a record."""
        parts = {name: PartErrors(**part) for name, part in record["errors"].items()}
        return cls(
            folder,
            folder / Path(record["model"]).name,
            tuple(EpochErrors(**epoch) for epoch in record["epochs"]),
            record["best_epoch"],
            MappingProxyType(parts),
        )
