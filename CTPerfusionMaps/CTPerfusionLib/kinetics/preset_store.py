"""Where method presets are kept, and all kinetic methods together: those of the software and the presets."""

import hashlib
import json
import os
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from ..errors import ConfigurationError
from ..staging import staging_folder, unwritable
from .kinetic_method import KineticMethod
from .method_preset import MethodPreset, refuse_unusable_name
from .methods import METHODS

PRESETS_VARIABLE = "CTPERFUSION_METHODS"
"""Environment variable that names the user's folder of method presets."""

_SUFFIX = ".json"


def preset_folder() -> Path:
    """Return the folder in which the user's presets are kept."""
    own = os.environ.get(PRESETS_VARIABLE)
    return Path(own) if own else Path.home() / ".ctperfusion" / "methods"


def preset_names() -> list[str]:
    """Return the names of the user's presets, also of those that cannot be read."""
    # A preset cannot take the place of a method of the software.
    return sorted({path.stem for path in preset_folder().glob(f"*{_SUFFIX}")} - METHODS.keys())


def available_methods() -> Mapping[str, KineticMethod]:
    """Return all kinetic methods by name, presets last; a preset that cannot be read is left out."""
    found = dict(METHODS)
    for name in preset_names():
        try:
            found[name] = find_method(name)
        except ConfigurationError:
            continue
    return found


def find_method(name: str) -> KineticMethod:
    """Return a kinetic method of the software or a preset by its name.

    A preset is read once: what changes in its file later counts in the next process, so that all parts of a
    run have the same values.

    Raises
    ------
    ConfigurationError
        If there is none of that name, or its file cannot be used.
    """
    return METHODS[name] if name in METHODS else _read(_path_of(name))[1]


def find_preset(name: str) -> MethodPreset | None:
    """Return the preset of that name; None for a method of the software.

    Raises
    ------
    ConfigurationError
        As :func:`find_method`.
    """
    return None if name in METHODS else _read(_path_of(name))[0]


def refuse_known_name(name: str) -> None:
    """Refuse a name for a new preset that stands for something else already, or cannot be one.

    Raises
    ------
    ConfigurationError
        If the name is such: results that were computed with the other one could not be told from the new.
    """
    refuse_unusable_name(name)
    if name in METHODS or name in preset_names():
        raise ConfigurationError(
            f"There is a method called '{name}' already", "choose another name for the new one"
        )


def preset_text(preset: MethodPreset) -> str:
    """Return the content of the file of a preset."""
    return json.dumps(preset.as_json(), indent=1) + "\n"


def save_preset(preset: MethodPreset) -> Path:
    """Write a preset into the user's folder and return its file.

    Raises
    ------
    ConfigurationError
        If there is a method of its name, or the file cannot be written.
    """
    refuse_known_name(preset.name)
    target = preset_folder() / f"{preset.name}{_SUFFIX}"
    with staging_folder(target) as staging:
        written = staging / target.name
        try:
            written.write_text(preset_text(preset), encoding="utf-8")
            written.rename(target)
        except OSError as error:
            raise unwritable(target, error) from error
    return target


def _path_of(name: str) -> Path:
    if name not in preset_names():
        raise ConfigurationError(
            f"There is no kinetic method '{name}'", f"choose one of: {', '.join((*METHODS, *preset_names()))}"
        )
    return preset_folder() / f"{name}{_SUFFIX}"


@cache
def _read(path: Path) -> tuple[MethodPreset, KineticMethod]:
    try:
        raw = path.read_bytes()
        content = json.loads(raw)
    except OSError as error:
        raise ConfigurationError(
            f"The method preset {path.stem} cannot be read ({error.strerror})", "check its file"
        ) from error
    except ValueError as error:
        raise ConfigurationError(
            f"The method preset {path.stem} is not valid JSON", "mend or remove its file"
        ) from error
    preset = MethodPreset.from_json(path.stem, content)
    return preset, preset.method(hashlib.sha256(raw).hexdigest())
