"""Where kinetic models can be computed."""

from collections.abc import Mapping
from types import MappingProxyType

from ..errors import ConfigurationError

DEVICES: Mapping[str, str] = MappingProxyType({"cpu": "compiled for all processor cores"})
"""Devices by name, the preferred one first, with what runs there."""


def resolve_device(name: str) -> str:
    """Return the device that `name` means; ``auto`` is the first of :data:`DEVICES`.

    Raises
    ------
    ConfigurationError
        If there is no such device.
    """
    if name == "auto":
        return next(iter(DEVICES))
    if name not in DEVICES:
        raise ConfigurationError(
            f"The device '{name}' is not available for kinetic models",
            f"choose one of: auto, {', '.join(DEVICES)}",
        )
    return name
