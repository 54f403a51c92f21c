"""Where results may be written."""

from pathlib import Path

from ..errors import ConfigurationError


def require_empty(folder: Path) -> None:
    """Refuse a folder that holds anything: files of another export would be taken for part of this one.

    Raises
    ------
    ConfigurationError
        If `folder` is a file or not empty.
    """
    if folder.exists() and not folder.is_dir():
        raise ConfigurationError(f"The output {folder} is a file", "name a folder")
    if folder.exists() and any(folder.iterdir()):
        raise ConfigurationError(f"The folder {folder} is not empty", "name a new or an empty folder")
