"""The packages that networks need, with what to do where they are missing."""

import importlib
from importlib.util import find_spec

from ..errors import ConfigurationError

_PACKAGES = ("torch", "safetensors")
_INSTALL = "run pip install 'ctperfusion[networks]'"


def require_networks(*packages: str) -> None:
    """Raise a ConfigurationError unless torch, safetensors and the `packages` besides can be imported."""
    for package in (*_PACKAGES, *packages):
        try:
            importlib.import_module(package)
        except ImportError as error:
            raise ConfigurationError(f"Networks need {package}, which is not installed", _INSTALL) from error


def networks_are_installed() -> bool:
    """Say whether torch and safetensors are there, without the seconds that importing them takes."""
    return all(find_spec(package) is not None for package in _PACKAGES)
