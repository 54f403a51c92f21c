"""The division of a data set as a file, which goes with every model that was trained by it."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ...staging import unwritable
from .dataset_error import DatasetError
from .split import Split

FORMAT = "ctperfusion split by patient"


def write_split(path: Path | str, split: Split) -> None:
    """Write a division as JSON, whole or not at all.

    Raises
    ------
    ConfigurationError
        If the file cannot be written.
    """
    target = Path(path)
    record = {"format": FORMAT, **{part: list(patients) for part, patients in split.parts.items()}}
    write_json(target, record)


def read_split(path: Path | str) -> Split:
    """Read a division.

    Raises
    ------
    DatasetError
        If the file is none, or a patient is in two parts, or a part is empty.
    """
    try:
        parts = _parts_in(json.loads(Path(path).read_text(encoding="utf-8")))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DatasetError(
            f"The division of patients {Path(path).name} cannot be read",
            "give a file that a training has written",
        ) from error
    return Split(**parts)


def write_json(path: Path, record: Mapping[str, Any]) -> None:
    """Write a record in the place of an earlier one, whole or not at all.

    Raises
    ------
    ConfigurationError
        If it cannot be written.
    """
    partial = path.with_name(f".{path.name}.partial")
    try:
        partial.write_text(json.dumps(record, indent=1, allow_nan=False) + "\n", encoding="utf-8")
        partial.replace(path)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise unwritable(path, error) from error


def _parts_in(record: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    parts = {part: record[part] for part in ("train", "validation", "test")}
    are_lists = all(isinstance(patients, list) for patients in parts.values())
    if record["format"] != FORMAT or not are_lists:
        raise ValueError(FORMAT)
    return {part: tuple(str(patient) for patient in patients) for part, patients in parts.items()}
