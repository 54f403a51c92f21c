"""What the result of a study depends on, as one number: equal keys, equal results."""

import hashlib
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from .. import __version__
from ..networks import find_map_method
from ..pipeline import PipelineConfig


def study_key(source: Path, config: PipelineConfig, model_hashes: tuple[str, ...]) -> str:
    """Return a hash of the files of a study, the choices and the version of the software.

    Files count by their names, sizes and times of change, since reading terabytes to find out that nothing
    is to be done would take as long as doing it. A file that was copied or touched is a new one.

    Parameters
    ----------
    source : Path
        A file, which counts with all files beside it that may hold its times, or a folder.
    config : PipelineConfig
    model_hashes : tuple of str
        Of the networks that are asked.

    Raises
    ------
    OSError
        If a file cannot be looked at.
    """
    record = {
        "files": _files(source),
        "choices": _choices(config),
        "models": list(model_hashes),
        "method_preset": find_map_method(config.method).preset_sha256,
        "version": __version__,
    }
    return hashlib.sha256(json.dumps(record, sort_keys=True).encode()).hexdigest()


def _files(source: Path) -> list[tuple[str, int, int]]:
    folder = source if source.is_dir() else source.parent
    paths = source.rglob("*") if source.is_dir() else (source, *source.parent.glob("*.csv"))
    stated = [(path.relative_to(folder).as_posix(), path.stat()) for path in paths if path.is_file()]
    return sorted((name, stat.st_size, stat.st_mtime_ns) for name, stat in stated)


def _choices(config: PipelineConfig) -> dict[str, Any]:
    return {name: _as_json(value) for name, value in asdict(config).items()}


def _as_json(value: Any) -> Any:
    """Return a choice as text or number; a file as its content, since its name does not tell that."""
    if isinstance(value, Path):
        return hashlib.sha256(value.read_bytes()).hexdigest()
    return value if value is None or isinstance(value, bool | int | float) else str(value)
