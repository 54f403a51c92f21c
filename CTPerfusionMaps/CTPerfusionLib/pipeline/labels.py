"""What each file of a map says of itself: quantity, definition, unit and method."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from ..kinetics import PerfusionMaps
from ..series import Quantity, quantities_of


@dataclass(frozen=True)
class MapLabel:
    """The words in the header of a map's file.

    Attributes
    ----------
    name : str
        Short enough for the 15 characters of NIfTI's ``intent_name``.
    quantity : str
        What the values are, with the definition where there are several.
    unit : str
        Empty for ratios.
    method : str
        Its name among :func:`CTPerfusionLib.networks.available_map_methods`.
    """

    name: str
    quantity: str
    unit: str
    method: str

    @property
    def description(self) -> str:
        """One line for NIfTI's ``descrip``, 79 characters at most."""
        return f"{', '.join(filter(None, (self.quantity, self.unit)))}; method {self.method}"


def map_labels(maps: PerfusionMaps) -> Mapping[str, MapLabel]:
    """Return the labels of all files that the maps of a study can give, by the stem of the file's name."""
    method = maps.method
    quantities = quantities_of(maps.tmax_definition)
    labels = {
        "quality_r_squared": MapLabel(
            "R squared", "Fit R squared (share of the curve's energy explained)", "", method
        )
    }
    for name, quantity in quantities.items():
        labels[name] = MapLabel(quantity.short_title, quantity.title, quantity.unit, method)
        labels[f"quality_standard_error_{name}"] = _standard_error(quantity, method)
    return MappingProxyType(labels)


def _standard_error(quantity: Quantity, method: str) -> MapLabel:
    title = f"Standard error of {quantity.short_title}"
    return MapLabel(f"SE {quantity.name}", title, quantity.unit, method)
