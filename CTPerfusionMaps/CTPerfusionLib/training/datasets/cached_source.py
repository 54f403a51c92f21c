"""A data set that lies prepared on the disk."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic

from ...errors import ConfigurationError
from ...networks import InputSettings
from ...progress import ProgressCallback, ignore_progress, reported
from .cache_kind import CacheKind, Patient, Settings
from .cached_patient import ARRAYS, load_stored, store_patient
from .dataset_error import DatasetError
from .patient_maps import PatientMaps, checked_targets, is_folder_name, require_patient, skipped_sentence
from .stored_arrays import read_stored_record, verify_arrays

DATASET = "dataset.json"

MAPS_CACHE = CacheKind(
    format="ctperfusion maps data set 1",
    arrays=ARRAYS,
    read_settings=InputSettings.from_json,
    check_targets=checked_targets,
    store=store_patient,
    load=load_stored,
)
"""Patients for networks that predict maps."""


@dataclass(frozen=True)
class CacheDescription(Generic[Settings]):
    """What a cache holds: the content of its ``dataset.json``.

    Attributes
    ----------
    format : str
        Of the kind of cache.
    name : str
        Of the data set that was cached.
    settings : InputSettings, or those of another network
    target_names : tuple of str
    recipe : mapping
        How the patients were made.
    patients : tuple of str
        Those that are there.
    pending : tuple of str
        Those that an interrupted run has not made yet.
    skipped : mapping of str to str
        Those that cannot be used, with the reason.
    """

    format: str
    name: str
    settings: Settings
    target_names: tuple[str, ...]
    recipe: Mapping[str, Any]
    patients: tuple[str, ...] = ()
    pending: tuple[str, ...] = ()
    skipped: Mapping[str, str] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """Return the description as JSON holds it."""
        return {
            "format": self.format,
            "name": self.name,
            "settings": self.settings.as_json(),
            "target_names": list(self.target_names),
            "recipe": dict(self.recipe),
            "patients": list(self.patients),
            "pending": list(self.pending),
            "skipped": dict(self.skipped),
        }


def is_cache(folder: Path) -> bool:
    """Say whether a folder holds a cache."""
    return (folder / DATASET).is_file()


def read_description(folder: Path, kind: CacheKind[Any, Settings]) -> CacheDescription[Settings]:
    """Read what a cache holds.

    Raises
    ------
    DatasetError
        If it is none.
    """
    try:
        return _description_in(json.loads((folder / DATASET).read_text(encoding="utf-8")), kind)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, ConfigurationError) as error:
        raise DatasetError(
            f"The folder {folder} is no cache of a data set, or its {DATASET} is damaged",
            "give a folder that was filled by caching a data set",
        ) from error


def _description_in(record: Mapping[str, Any], kind: CacheKind[Any, Settings]) -> CacheDescription[Settings]:
    if record["format"] != kind.format or not all(map(is_folder_name, record["patients"])):
        raise ValueError(kind.format)
    return CacheDescription(
        format=kind.format,
        name=str(record["name"]),
        settings=kind.read_settings(record["settings"]),
        target_names=kind.check_targets(record["target_names"]),
        recipe=dict(record["recipe"]),
        patients=tuple(str(patient) for patient in record["patients"]),
        pending=tuple(str(patient) for patient in record["pending"]),
        skipped={str(patient): str(reason) for patient, reason in record["skipped"].items()},
    )


class CachedPatients(Generic[Patient, Settings]):
    """A data set that lies prepared on the disk; arrays are read where they are looked at.

    Parameters
    ----------
    folder : path
    kind : CacheKind
    patients : sequence of str, optional
        Some of those in the cache; all by default.

    Raises
    ------
    DatasetError
        If the folder is no cache, was not filled to the end, or lacks a patient.
    """

    def __init__(
        self, folder: Path | str, kind: CacheKind[Patient, Settings], patients: Sequence[str] | None = None
    ) -> None:
        self.folder = Path(folder)
        self._kind = kind
        self._description = read_description(self.folder, kind)
        if self._description.pending:
            n_done, n_pending = len(self._description.patients), len(self._description.pending)
            raise DatasetError(
                f"The cache {folder} was not filled to the end: {n_done} of {n_done + n_pending} patients "
                "are there",
                "cache the data set again, which goes on where it was interrupted",
            )
        self._patients = self._description.patients if patients is None else tuple(patients)
        for patient in self._patients:
            require_patient(patient, self._description.patients)

    @property
    def name(self) -> str:
        """What the data set is called that was cached."""
        return self._description.name

    @property
    def settings(self) -> Settings:
        """How the input was prepared."""
        return self._description.settings

    @property
    def target_names(self) -> tuple[str, ...]:
        """What every patient has beside its images, such as maps."""
        return self._description.target_names

    @property
    def recipe(self) -> Mapping[str, Any]:
        """How the patients were made."""
        return self._description.recipe

    @property
    def patients(self) -> tuple[str, ...]:
        """Identifiers of the patients."""
        return self._patients

    @property
    def skipped(self) -> Mapping[str, str]:
        """Patients that could not be used, with the reason."""
        return self._description.skipped

    @property
    def report(self) -> str:
        """One sentence about the patients that could not be used, empty where there are none."""
        return skipped_sentence(self.skipped, len(self.skipped) + len(self._description.patients))

    def load(self, patient: str) -> Patient:
        """Open a patient.

        Raises
        ------
        DatasetError
            If there is no such patient, or its files are damaged.
        """
        require_patient(patient, self._patients)
        return self._kind.load(self.folder / patient)

    def digest(self, patient: str) -> str:
        """Return the digest of a patient's images, equal where two patients are one."""
        require_patient(patient, self._patients)
        images = self._kind.arrays[0]
        return str(read_stored_record(self.folder / patient, [images])["files"][images]["sha256"])

    def verify(self, *, on_progress: ProgressCallback = ignore_progress) -> None:
        """Read all files and compare them with their digests.

        Raises
        ------
        DatasetError
            If one has changed since it was written.
        """
        for patient in reported(self._patients, on_progress):
            verify_arrays(self.folder / patient, self._kind.arrays)


class CachedSource(CachedPatients[PatientMaps, InputSettings]):
    """A data set that :func:`cache_source` has prepared; arrays are read where they are looked at.

    Parameters
    ----------
    folder : path
    patients : sequence of str, optional
        Some of those in the cache; all by default.

    Raises
    ------
    DatasetError
        If the folder is no cache, was not filled to the end, or lacks a patient.
    """

    def __init__(self, folder: Path | str, *, patients: Sequence[str] | None = None) -> None:
        super().__init__(folder, MAPS_CACHE, patients)
