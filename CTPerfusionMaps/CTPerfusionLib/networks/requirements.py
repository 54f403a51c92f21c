"""The packages that networks need, with what to do where they are missing."""

import importlib

from ..errors import ConfigurationError

_INSTALL = "run pip install 'ctperfusion[networks]'"


def require_networks(*packages: str) -> None:
    """Raise a ConfigurationError unless torch, safetensors and the `packages` besides can be imported."""
    for package in ("torch", "safetensors", *packages):
        try:
            importlib.import_module(package)
        except ImportError as error:
            raise ConfigurationError(f"Networks need {package}, which is not installed", _INSTALL) from error
