"""The packages that DICOM results and sending need, with what to do where they are missing."""

import importlib

from ..errors import ConfigurationError

_INSTALL = "run pip install 'ctperfusion[dicom]'"

_PYDICOM = 3
"""Major version of pydicom that highdicom works with."""


def require_highdicom() -> None:
    """Raise a ConfigurationError unless DICOM objects can be written."""
    import pydicom

    if int(pydicom.__version__.split(".")[0]) < _PYDICOM:
        # Slicer has loaded its own pydicom by the time that a newer one is installed beside highdicom.
        raise ConfigurationError(
            f"Writing DICOM results needs pydicom {_PYDICOM}, and {pydicom.__version__} is loaded",
            f"{_INSTALL}; if that is done, start the program again",
        )
    _require("highdicom", "Writing DICOM results")


def require_pynetdicom() -> None:
    """Raise a ConfigurationError unless files can be sent to a DICOM node."""
    _require("pynetdicom", "Sending to a DICOM node")


def _require(package: str, purpose: str) -> None:
    try:
        importlib.import_module(package)
    except ImportError as error:
        raise ConfigurationError(f"{purpose} needs {package}, which is not installed", _INSTALL) from error
