"""Threshold protocols: which values of the maps count as core and as hypoperfusion, as data."""

import json
import math
from dataclasses import dataclass, fields, replace
from enum import StrEnum
from typing import Any

from ..errors import ConfigurationError
from ..resources import resource_path


class CoreNormalisation(StrEnum):
    """Which reference the blood flow of a core was held against."""

    GLOBAL = "global"
    LOCAL = "local"


DEFAULT_PROTOCOL = "rapid-like"
"""The protocol that is used when none is named."""


@dataclass(frozen=True)
class ThresholdProtocol:
    """How core and hypoperfusion are cut from the maps.

    Attributes
    ----------
    name : str
        What the command line calls it: the name of its file.
    title, source : str
        For the reader of a report: what it is called, and who published its thresholds.
    core_rcbf_below : float
        Core holds tissue whose relative blood flow (1 = reference) lies below this.
    hypoperfusion_tmax_above : float
        Hypoperfusion holds tissue whose Tmax lies above this, in seconds.
    reference_tmax_at_most : float
        The reference of the global normalisation is tissue with a Tmax up to this, in seconds.
    mismatch_core : CoreNormalisation
        The core that counts in mismatch, ratio and criteria; both cores are reported.
    core_requires_hypoperfusion : bool
        Whether a core voxel must also be hypoperfused.
    opening_radius_mm, closing_radius_mm : float
        Radius of the in-plane disk with which segments are opened and then closed; 0 for none. The
        installed protocols close with 6 mm: blood from sulcal vessels, spread by the 3 mm filter, cuts
        clefts of that half width into a core (on head phantoms its Dice rises from .80 to .83).
    minimum_cluster_ml : float
        Connected parts smaller than this are dropped.
    flow_reading : float
        Relative flow that the kinetic method reads over the true one at the border of the core.
    """

    name: str
    title: str
    source: str
    core_rcbf_below: float
    hypoperfusion_tmax_above: float
    reference_tmax_at_most: float
    mismatch_core: CoreNormalisation
    core_requires_hypoperfusion: bool
    opening_radius_mm: float
    closing_radius_mm: float
    minimum_cluster_ml: float
    flow_reading: float = 1.0

    def __post_init__(self) -> None:
        for field in ("title", "source"):
            if not isinstance(getattr(self, field), str):
                raise self._problem(f"has {field} = {getattr(self, field)!r}", "give a text")
        for field, (lowest, highest, unit) in _RANGES.items():
            value = getattr(self, field)
            is_number = isinstance(value, int | float) and not isinstance(value, bool)
            if not is_number or not math.isfinite(value) or not lowest <= value <= highest:
                raise self._problem(
                    f"has {field} = {value!r}", f"give a number from {lowest:g} to {highest:g}{unit}"
                )
        if self.mismatch_core not in tuple(CoreNormalisation):
            raise self._problem(f"has mismatch_core = {self.mismatch_core!r}", "give global or local")
        if not isinstance(self.core_requires_hypoperfusion, bool):
            raise self._problem(
                f"has core_requires_hypoperfusion = {self.core_requires_hypoperfusion!r}",
                "give true or false",
            )
        if self.reference_tmax_at_most >= self.hypoperfusion_tmax_above:
            raise self._problem(
                "counts the same tissue as hypoperfused and as normal reference",
                "set reference_tmax_at_most below hypoperfusion_tmax_above",
            )

    def read_by(self, flow_reading: float) -> "ThresholdProtocol":
        """Return the protocol for maps that read `flow_reading` times the true flow at the core's border."""
        return replace(self, flow_reading=flow_reading)

    @property
    def core_rcbf_reading(self) -> float:
        """The relative flow in the maps below which tissue is core."""
        return self.as_read(self.core_rcbf_below)

    def as_read(self, relative_flow: float) -> float:
        """Return what the maps show where the true relative flow is `relative_flow`."""
        return relative_flow * self.flow_reading

    def _problem(self, what: str, remedy: str) -> ConfigurationError:
        return ConfigurationError(f"The threshold protocol {self.name} {what}", remedy)


_RANGES = {
    "core_rcbf_below": (0.05, 0.95, " (fraction of the reference)"),
    "hypoperfusion_tmax_above": (1.0, 20.0, " s"),
    "reference_tmax_at_most": (0.5, 15.0, " s"),
    "opening_radius_mm": (0.0, 10.0, " mm"),
    "closing_radius_mm": (0.0, 10.0, " mm"),
    "minimum_cluster_ml": (0.0, 20.0, " mL"),
    "flow_reading": (0.2, 5.0, ""),
}


def protocol_names() -> tuple[str, ...]:
    """Return the names of all installed protocols, the default first, the others by alphabet."""
    names = {path.stem for path in resource_path("Protocols").glob("*.json")}
    return tuple(sorted(names, key=lambda name: (name != DEFAULT_PROTOCOL, name)))


def load_protocol(name: str = DEFAULT_PROTOCOL) -> ThresholdProtocol:
    """Return the installed protocol called `name`.

    Raises
    ------
    ConfigurationError
        If there is none of that name, or its file is not valid.
    """
    if name not in protocol_names():
        raise ConfigurationError(
            f"There is no threshold protocol called {name}", f"choose one of {', '.join(protocol_names())}"
        )
    try:
        content = json.loads(resource_path("Protocols", f"{name}.json").read_text(encoding="utf-8"))
    except json.JSONDecodeError as error:
        raise ConfigurationError(
            f"The threshold protocol {name} is not valid JSON (line {error.lineno})", "mend its file"
        ) from error
    return parse_protocol(name, content)


def parse_protocol(name: str, content: Any) -> ThresholdProtocol:
    """Return the protocol that the JSON value `content` describes.

    Raises
    ------
    ConfigurationError
        If a field is missing, unknown or has a value that it can't have.
    """
    if not isinstance(content, dict):
        raise ConfigurationError(f"The threshold protocol {name} is not a JSON object", "mend its file")
    expected = {field.name for field in fields(ThresholdProtocol)} - {"name", "flow_reading"}
    for field in sorted(expected - content.keys()):
        raise ConfigurationError(f"The threshold protocol {name} lacks {field}", "add it")
    for field in sorted(content.keys() - expected):
        raise ConfigurationError(f"The threshold protocol {name} has the unknown field {field}", "remove it")
    protocol = ThresholdProtocol(name=name, **content)
    return ThresholdProtocol(
        name=name, **{**content, "mismatch_core": CoreNormalisation(protocol.mismatch_core)}
    )
