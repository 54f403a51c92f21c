"""One patient of a cache of maps: a folder of arrays that are mapped into memory, and a record of them."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from .patient_maps import PatientMaps
from .stored_arrays import RECORD, damaged, mapped_array, read_stored_record, store_arrays, verify_arrays

ARRAYS = ("stack", "context", "targets", "brain", "tissue")


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
    store_arrays(folder, {name: getattr(patient, name) for name in ARRAYS}, {
        "fingerprint": fingerprint,
        "target_names": list(patient.target_names),
        "ijk_to_ras": patient.ijk_to_ras.tolist(),
        "groups": dict(patient.groups),
    })  # fmt: skip


def read_record(folder: Path) -> Mapping[str, Any]:
    """Return the record of a stored patient.

    Raises
    ------
    DatasetError
        If there is none, or it cannot be read.
    """
    return read_stored_record(folder, ARRAYS)


def load_stored(folder: Path) -> PatientMaps:
    """Return a stored patient whose arrays are read where they are looked at.

    Raises
    ------
    DatasetError
        If an array is missing, cut off or not the one that was written.
    """
    record = read_record(folder)
    arrays = {name: mapped_array(folder, name, record) for name in ARRAYS}
    arrays["context"] = np.asarray(arrays["context"])
    try:
        return PatientMaps(
            patient=folder.name,
            target_names=tuple(str(name) for name in record["target_names"]),
            ijk_to_ras=np.array(record["ijk_to_ras"], dtype=np.float64),
            groups=dict(record["groups"]),
            **arrays,
        )
    except (KeyError, TypeError, ValueError) as error:
        raise damaged(folder, RECORD) from error


def verify_stored(folder: Path) -> None:
    """Read all of a stored patient and compare it with the digests of its record.

    Raises
    ------
    DatasetError
        If a file has changed since it was written.
    """
    verify_arrays(folder, ARRAYS)
