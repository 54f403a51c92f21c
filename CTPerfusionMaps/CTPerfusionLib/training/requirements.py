"""The packages that training needs, with what to do where they are missing."""

import importlib

from ..errors import ConfigurationError

_PACKAGES = ("torch", "safetensors", "lightning", "tensorboard")


def require_training() -> None:
    """Raise a ConfigurationError unless networks can be trained here."""
    for package in _PACKAGES:
        try:
            importlib.import_module(package)
        except ImportError as error:
            raise ConfigurationError(
                f"Training needs {package}, which is not installed", "run pip install 'ctperfusion[training]'"
            ) from error
