"""One patient of a cache: a folder of arrays that are mapped into memory, and a record of them."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...staging import publish, remove, staging_folder, unwritable
from .dataset_error import DatasetError
from .patient_maps import PatientMaps
from .split_file import write_json

RECORD = "patient.json"
ARRAYS = ("stack", "context", "targets", "brain", "tissue")

_REMEDY = "remove the folder of this patient from the cache and fill the cache again"
_PIECE = 2**22


def store_patient(folder: Path, patient: PatientMaps, fingerprint: str) -> None:
    """Write a patient as a folder, whole or not at all; an earlier one is replaced.

    Parameters
    ----------
    folder : Path
    patient : PatientMaps
    fingerprint : str
        Of the files that the patient was made from.

    Raises
    ------
    ConfigurationError
        If the folder cannot be written.
    """
    with staging_folder(folder) as staging:
        try:
            files = {}
            for name in ARRAYS:
                array = getattr(patient, name)
                np.save(staging / f"{name}.npy", array, allow_pickle=False)
                files[name] = {
                    "shape": list(array.shape),
                    "dtype": str(array.dtype),
                    "sha256": _digest(staging / f"{name}.npy"),
                }
            write_json(staging / RECORD, {
                "fingerprint": fingerprint,
                "target_names": list(patient.target_names),
                "ijk_to_ras": patient.ijk_to_ras.tolist(),
                "groups": dict(patient.groups),
                "files": files,
            })  # fmt: skip
            remove(folder)
            publish(staging, folder)
        except OSError as error:
            raise unwritable(folder, error) from error


def read_record(folder: Path) -> Mapping[str, Any]:
    """Return the record of a stored patient.

    Raises
    ------
    DatasetError
        If there is none, or it cannot be read.
    """
    try:
        record: Mapping[str, Any] = json.loads((folder / RECORD).read_text(encoding="utf-8"))
        _ = record["fingerprint"], [_facts(record["files"][name]) for name in ARRAYS]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise _damaged(folder, RECORD) from error
    return record


def load_stored(folder: Path) -> PatientMaps:
    """Return a stored patient whose arrays are read where they are looked at.

    Raises
    ------
    DatasetError
        If an array is missing, cut off or not the one that was written.
    """
    record = read_record(folder)
    arrays = {name: _mapped(folder, name, record["files"][name]) for name in ARRAYS}
    try:
        return PatientMaps(
            patient=folder.name,
            target_names=tuple(str(name) for name in record["target_names"]),
            ijk_to_ras=np.array(record["ijk_to_ras"], dtype=np.float64),
            groups=dict(record["groups"]),
            **arrays,
        )
    except (KeyError, TypeError, ValueError) as error:
        raise _damaged(folder, RECORD) from error


def verify_stored(folder: Path) -> None:
    """Read all of a stored patient and compare it with the digests of its record.

    Raises
    ------
    DatasetError
        If a file has changed since it was written.
    """
    record = read_record(folder)
    for name in ARRAYS:
        try:
            is_same = _digest(folder / f"{name}.npy") == record["files"][name]["sha256"]
        except OSError as error:
            raise _damaged(folder, f"{name}.npy") from error
        if not is_same:
            raise _damaged(folder, f"{name}.npy")


def _mapped(folder: Path, name: str, expected: Mapping[str, Any]) -> NDArray[Any]:
    try:
        array = np.load(folder / f"{name}.npy", mmap_mode="r", allow_pickle=False)
    except (OSError, EOFError, ValueError) as error:
        raise _damaged(folder, f"{name}.npy") from error
    if (list(array.shape), str(array.dtype)) != _facts(expected)[:2]:
        raise _damaged(folder, f"{name}.npy")
    return np.asarray(array) if name == "context" else array


def _facts(file: Mapping[str, Any]) -> tuple[list[int], str, str]:
    """Return shape, type and digest of an array from the record of its file."""
    return list(file["shape"]), str(file["dtype"]), str(file["sha256"])


def _digest(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            digest.update(piece)
    return digest.hexdigest()


def _damaged(folder: Path, name: str) -> DatasetError:
    return DatasetError(f"Patient {folder.name} of the cache is damaged ({name})", _REMEDY)
