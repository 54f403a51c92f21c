"""All ways to perfusion maps: the kinetic methods, and the network that needs no arterial input."""

from collections.abc import Mapping
from types import MappingProxyType

from ..errors import ConfigurationError
from ..kinetics import METHODS, MapMethod, ResidueShape, available_methods, find_method, preset_names
from ..preprocessing import DEFAULT_FILTER
from ..series import TmaxDefinition
from .model_card import ModelCard

UNET = MapMethod(
    name="unet",
    title="Neural network (U-Net) without arterial input",
    tmax_definition=TmaxDefinition.CENTRE,
    maps=("CBF", "CBV", "MTT", "TTP", "Tmax"),
    quality=(),
    parameters={},
    assumed_residue=None,
    cbv_from_areas=False,
    # What a network reads at the border of the core is a matter of its training: see flow_readings.
    flow_readings=dict.fromkeys(ResidueShape, 1.0),
    filter=DEFAULT_FILTER,
    preset_sha256=None,
    needs_artery=False,
)
"""What a network's maps are; which network is chosen apart from the method."""

FLOW_READINGS = "flow_readings"
"""Key in the metrics of a model card: what the model reads where true relative CBF is 30 %, over 30 %, by
residue function (exponential, gamma, box), as :class:`~CTPerfusionLib.kinetics.MapMethod` has it."""


def flow_readings(card: ModelCard) -> Mapping[ResidueShape, float]:
    """Return the readings of a model: those of its card, 1 where it has none.

    Raises
    ------
    ConfigurationError
        If those of the card are not numbers above 0 by the names of residue functions.
    """
    measured = card.metrics.get(FLOW_READINGS, {})
    try:
        readings = {ResidueShape(name): float(value) for name, value in measured.items()}
    except (AttributeError, TypeError, ValueError):
        readings = {ResidueShape.BOX: 0.0}
    if not all(value > 0.0 for value in readings.values()):
        raise ConfigurationError(
            f"The card of the model {card.name} has flow readings that are none",
            f"give numbers above 0 by residue function: {', '.join(ResidueShape)}",
        )
    return {**UNET.flow_readings, **readings}


MAP_METHODS: Mapping[str, MapMethod] = MappingProxyType({**METHODS, UNET.name: UNET})
"""The methods of the software by name, the kinetic ones first."""


def available_map_methods() -> Mapping[str, MapMethod]:
    """Return all methods that can be chosen: those of the software and the user's presets."""
    # A preset cannot take the place of a method of the software.
    return {**available_methods(), **MAP_METHODS}


def find_map_method(name: str) -> MapMethod:
    """Return a method of the software or a preset of the user by its name.

    Raises
    ------
    ConfigurationError
        If there is none of that name, or its file cannot be used.
    """
    if name in MAP_METHODS:
        return MAP_METHODS[name]
    if name not in preset_names():
        raise ConfigurationError(
            f"There is no method called '{name}'",
            f"choose one of: {', '.join((*MAP_METHODS, *preset_names()))}",
        )
    return find_method(name)
