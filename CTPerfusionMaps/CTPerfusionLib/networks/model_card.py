"""What is known of a trained model: kept beside its weights, and what decides whether it may be used."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from types import MappingProxyType
from typing import Any

from ..errors import ConfigurationError
from .input_settings import InputSettings
from .map_target import MapTarget

CARD_FORMAT = 1
"""Version of the card's file."""

MAPS_KIND = "maps"
"""What a model gives whose card names no kind."""


@dataclass(frozen=True)
class AcceptedSeries:
    """The series that a model was trained and tested for.

    Attributes
    ----------
    kvp : tuple of float
        Lowest and highest tube voltage in kV; a series that does not tell its own is accepted.
    slice_thickness : tuple of float
        Smallest and largest distance of slices in mm.
    pixel_size : tuple of float
        Smallest and largest in mm.
    smallest_coverage : float
        mm along the patient.
    """

    kvp: tuple[float, float] = (70.0, 100.0)
    slice_thickness: tuple[float, float] = (2.5, 10.0)
    pixel_size: tuple[float, float] = (0.3, 2.2)
    smallest_coverage: float = 15.0

    def as_json(self) -> dict[str, Any]:
        """Return the limits as JSON holds them."""
        return {
            name: list(value) if isinstance(value, tuple) else value for name, value in vars(self).items()
        }

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> "AcceptedSeries":
        """Return the limits of a record.

        Raises
        ------
        AttributeError, TypeError
            If the record is not one of limits.
        """
        limits: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value for name, value in record.items()
        }
        return cls(**limits)


@dataclass(frozen=True)
class ModelCard:
    """A model's description.

    Attributes
    ----------
    name : str
        What the command line calls it: letters, digits and hyphens.
    title : str
        What a reader is shown; says of a model that saw phantoms only that it did.
    architecture : str
        A key of :data:`CTPerfusionLib.networks.ARCHITECTURES`.
    targets : tuple of MapTarget
        The maps that it gives, with their windows, in order.
    input : InputSettings
    accepted : AcceptedSeries
    trained_on_phantoms : bool
        Whether it never saw a patient.
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
    """

    name: str
    title: str
    architecture: str
    targets: tuple[MapTarget, ...]
    input: InputSettings
    accepted: AcceptedSeries = field(default_factory=AcceptedSeries)
    trained_on_phantoms: bool = False
    data: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    schedule: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    metrics: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    limits: tuple[str, ...] = ()
    licence: str = ""
    sha256: str = ""
    software: str = ""

    @property
    def target_names(self) -> tuple[str, ...]:
        """Names of the maps that the model gives, in order."""
        return tuple(target.name for target in self.targets)

    def as_json(self) -> dict[str, Any]:
        """Return the card as its file holds it."""
        record: dict[str, Any] = {"format": CARD_FORMAT}
        record |= {each.name: getattr(self, each.name) for each in fields(self)}
        record["targets"] = [vars(target) for target in self.targets]
        record["input"] = self.input.as_json()
        record["accepted"] = self.accepted.as_json()
        record |= {name: dict(getattr(self, name)) for name in ("data", "schedule", "metrics")}
        record["limits"] = list(self.limits)
        return record

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> "ModelCard":
        """Return the card of a record.

        Raises
        ------
        ConfigurationError
            If the record is not a card of such a model, or of a later version.
        """
        content = require_card_of(MAPS_KIND, record)
        try:
            return cls(
                targets=tuple(MapTarget(**each) for each in content.pop("targets")),
                input=InputSettings.from_json(content.pop("input")),
                accepted=AcceptedSeries.from_json(content.pop("accepted")),
                limits=tuple(content.pop("limits")),
                **content,
            )
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise ConfigurationError(
                f"The model card is not valid ({type(error).__name__}: {error})",
                "use the card that came with the weights",
            ) from error


def card_kind(record: Mapping[str, Any]) -> str:
    """Return what the model of a card's record gives."""
    return str(record.get("kind", MAPS_KIND))


def require_card_of(kind: str, record: Mapping[str, Any]) -> dict[str, Any]:
    """Return the content of a card's record without its format and kind.

    Raises
    ------
    ConfigurationError
        If the record is of another kind of model, or of a later version.
    """
    content = dict(record)
    found = content.pop("format", None)
    if found != CARD_FORMAT:
        raise ConfigurationError(
            f"The model card is of format {found}, and this version reads {CARD_FORMAT}",
            "use the card that came with the weights, or update ctperfusion",
        )
    content.pop("kind", None)
    if card_kind(record) != kind:
        raise ConfigurationError(
            f"The model card is of a model for {card_kind(record)}, and one for {kind} is needed",
            "name another model",
        )
    return content
