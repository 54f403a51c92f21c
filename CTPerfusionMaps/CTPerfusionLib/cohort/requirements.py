"""The packages that tables of a cohort need, with what to do where they are missing."""

import importlib

from ..errors import ConfigurationError


def require_tables() -> None:
    """Raise a ConfigurationError unless pandas and pyarrow can be imported."""
    for package in ("pandas", "pyarrow"):
        try:
            importlib.import_module(package)
        except ImportError as error:
            raise ConfigurationError(
                f"Tables of a cohort need {package}, which is not installed",
                "run pip install 'ctperfusion[cohort]'",
            ) from error
