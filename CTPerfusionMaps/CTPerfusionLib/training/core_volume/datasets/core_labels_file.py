"""Core volumes that a user gives: ``labels.csv`` with the columns ``patient`` and ``core_ml``."""

import csv
from collections.abc import Iterable
from pathlib import Path

from ...datasets import DatasetError

LABELS_FILE = "labels.csv"

_COLUMNS = ("patient", "core_ml")
_REMEDY = "write a comma-separated table with the columns patient and core_ml, one row for each patient"


def read_core_labels(path: Path) -> dict[str, float]:
    """Return the core volume in mL of each patient of a table; those with an empty cell are left out.

    Raises
    ------
    DatasetError
        If the file cannot be read or is no such table, a patient has two rows, or a volume is negative or no
        number.
    """
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file, skipinitialspace=True)
            missing = [name for name in _COLUMNS if name not in (reader.fieldnames or ())]
            rows = [] if missing else [(row["patient"], row["core_ml"]) for row in reader]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DatasetError(f"The table {path.name} cannot be read", _REMEDY) from error
    if missing:
        raise DatasetError(f"The table {path.name} has no column {missing[0]}", _REMEDY)
    return _volumes(rows, path.name)


def _volumes(rows: Iterable[tuple[str, str | None]], name: str) -> dict[str, float]:
    volumes: dict[str, float] = {}
    seen: set[str] = set()
    for patient, text in rows:
        if patient in seen:
            raise DatasetError(f"The table {name} has two rows of patient {patient}", _REMEDY)
        seen.add(patient)
        if text is not None and text.strip():
            volumes[patient] = _volume(text, patient, name)
    return volumes


def _volume(text: str, patient: str, name: str) -> float:
    try:
        volume = float(text)
    except ValueError:
        volume = -1.0
    if not 0.0 <= volume < float("inf"):
        raise DatasetError(
            f"The core volume of patient {patient} in {name} is {text.strip()!r}",
            "give a volume in mL, 0 for no core",
        )
    return volume
