"""One locator for data files: protocols, terminology, templates, model weights.

The same file is found in the source tree (``Resources/`` at the root), in the wheel (``Resources/`` inside
the package) and in Slicer (``Resources/`` beside the package in the flat module folder).
"""

from pathlib import Path

from .errors import ConfigurationError

_PACKAGE = Path(__file__).resolve().parent
_ROOTS = (_PACKAGE / "Resources", _PACKAGE.parent / "Resources", _PACKAGE.parents[1] / "Resources")


def resource_path(*parts: str) -> Path:
    """Return the path of a data file or folder named by its `parts` below ``Resources/``.

    Raises
    ------
    ConfigurationError
        If no installation place holds it.
    """
    for root in _ROOTS:
        candidate = root.joinpath(*parts)
        if candidate.exists():
            return candidate
    raise ConfigurationError(
        f"The data file {'/'.join(parts)} is missing from this installation", "reinstall ctperfusion"
    )
