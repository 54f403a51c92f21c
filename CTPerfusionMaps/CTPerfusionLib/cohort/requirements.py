"""The packages that cohorts and their tables need, with what to do where they are missing."""

import importlib

from ..errors import ConfigurationError

TABLE_PACKAGES = ("pandas", "pyarrow")


def require_cohort_packages(packages: tuple[str, ...] = ("dask", "distributed", *TABLE_PACKAGES)) -> None:
    """Raise a ConfigurationError unless packages can be imported: by default all that a cohort needs."""
    for package in packages:
        try:
            importlib.import_module(package)
        except ImportError as error:
            raise ConfigurationError(
                f"Cohorts and their tables need {package}, which is not installed",
                "run pip install 'ctperfusion[cohort]'",
            ) from error
