"""What is known of a core-volume model: kept beside its weights."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from types import MappingProxyType
from typing import Any

from ...errors import ConfigurationError
from ..model_card import CARD_FORMAT, AcceptedSeries, require_card_of
from .architecture import CoreVolumeArchitecture
from .encoder_weights import EncoderWeights
from .input_settings import CoreVolumeInputSettings
from .standardisation import Standardisation

CORE_VOLUME_KIND = "core-volume"
"""What tells the cards of these models from those of models that give maps."""


@dataclass(frozen=True)
class CoreVolumeCard:
    """A description of some networks that answer together.

    Attributes
    ----------
    name : str
        What the command line calls the model: letters, digits and hyphens.
    title : str
        What a reader is shown; says of a model that saw phantoms only that it did.
    architecture : CoreVolumeArchitecture
        Of every network.
    input : CoreVolumeInputSettings
    standardisation : Standardisation
        By which every study is standardised.
    threshold_ml : float
        mL from which on a core is large.
    n_members : int
        Networks whose answers are averaged.
    encoder_weights : EncoderWeights
        Where those of the encoder came from.
    trained_on_phantoms : bool
        Whether it never saw a patient.
    accepted : AcceptedSeries
        The series that it was trained and tested for.
    data : mapping
        What it was trained, validated and tested with; JSON.
    schedule : mapping
        How it was trained; JSON.
    metrics : mapping
        What was measured on data that it was not trained with; JSON.
    limits : tuple of str
        Sentences about what it cannot do.
    licence : str
    sha256 : str
        Of the file of weights.
    software : str
        Version of this software that trained it.

    Raises
    ------
    ConfigurationError
        If the threshold is not a volume, or there is no network.
    """

    name: str
    title: str
    architecture: CoreVolumeArchitecture
    input: CoreVolumeInputSettings
    standardisation: Standardisation
    threshold_ml: float
    n_members: int
    encoder_weights: EncoderWeights = field(default_factory=EncoderWeights.trained)
    trained_on_phantoms: bool = False
    accepted: AcceptedSeries = field(default_factory=AcceptedSeries)
    data: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    schedule: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    metrics: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    limits: tuple[str, ...] = ()
    licence: str = ""
    sha256: str = ""
    software: str = ""

    def __post_init__(self) -> None:
        if not self.threshold_ml >= 0.0:
            raise ConfigurationError(
                f"The threshold of a core-volume model cannot be {self.threshold_ml} mL",
                "give a volume of 0 mL or more",
            )
        if self.n_members < 1:
            raise ConfigurationError(
                f"A core-volume model cannot consist of {self.n_members} networks", "give at least one"
            )

    def as_json(self) -> dict[str, Any]:
        """Return the card as its file holds it."""
        record: dict[str, Any] = {"format": CARD_FORMAT, "kind": CORE_VOLUME_KIND}
        record |= {each.name: getattr(self, each.name) for each in fields(self)}
        record |= {name: getattr(self, name).as_json() for name in _PARTS}
        record["accepted"] = self.accepted.as_json()
        record |= {name: dict(getattr(self, name)) for name in ("data", "schedule", "metrics")}
        record["limits"] = list(self.limits)
        return record

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> "CoreVolumeCard":
        """Return the card of a record.

        Raises
        ------
        ConfigurationError
            If the record is not a card of a core-volume model, or of a later version.
        """
        content = require_card_of(CORE_VOLUME_KIND, record)
        try:
            parts = {name: read(content.pop(name)) for name, read in _PARTS.items()}
            accepted = AcceptedSeries.from_json(content.pop("accepted"))
            return cls(**parts, accepted=accepted, limits=tuple(content.pop("limits")), **content)
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise ConfigurationError(
                f"The model card is not valid ({type(error).__name__}: {error})",
                "use the card that came with the weights",
            ) from error


_PARTS: Mapping[str, Any] = MappingProxyType(
    {
        "architecture": CoreVolumeArchitecture.from_json,
        "input": CoreVolumeInputSettings.from_json,
        "standardisation": Standardisation.from_json,
        "encoder_weights": EncoderWeights.from_json,
    }
)
"""Parts of the card that are objects, with what reads each."""
