"""Preparing a data set of the core-volume network once, on the disk."""

from collections.abc import Sequence
from pathlib import Path

from ....networks.core_volume import CoreVolumeInputSettings
from ....progress import ProgressCallback, ignore_progress
from ...datasets.cache import fill_cache
from ...datasets.cache_kind import CacheKind
from ...datasets.cached_source import CachedPatients
from ...datasets.dataset_error import DatasetError
from ...datasets.stored_arrays import RECORD, damaged, mapped_array, read_stored_record, store_arrays
from .core_patient import CORE_TARGET, ComputedCoreSource, CorePatient

_ARRAYS = ("stack",)


def cache_core_patients(
    source: ComputedCoreSource,
    folder: Path | str,
    *,
    workers: int = 1,
    on_progress: ProgressCallback = ignore_progress,
) -> "CachedCoreSource":
    """Prepare all patients of a data set and keep them on the disk, 2 MB each.

    As :func:`CTPerfusionLib.training.datasets.cache_source`: patients that are there already, and whose files
    have not changed since, are left as they are; an interrupted run goes on where it ended; one that cannot
    be used is left out and named in the result's ``skipped``.

    Parameters
    ----------
    source : ComputedCoreSource
    folder : path
        Is created.
    workers : int
        Processes that prepare patients side by side, each on one core; 1 prepares here.
    on_progress : callable
        Called with the fraction done; may raise to stop.

    Returns
    -------
    CachedCoreSource
        Of the patients of `source` that can be used.

    Raises
    ------
    ConfigurationError
        If the folder cannot be written, holds something else, or holds patients that were prepared with other
        settings or in another way; or `workers` is not positive.
    DatasetError
        If no patient can be used, or a worker process was killed.
    """
    patients = fill_cache(source, CORE_CACHE, Path(folder), workers, on_progress)
    return CachedCoreSource(folder, patients=patients)


def store_core_patient(folder: Path, patient: CorePatient, fingerprint: str) -> None:
    """Write a patient as a folder, whole or not at all; an earlier one is replaced.

    Raises
    ------
    ConfigurationError
        If the folder cannot be written.
    """
    record = {"fingerprint": fingerprint, "core_ml": patient.core_ml, "groups": dict(patient.groups)}
    store_arrays(folder, {"stack": patient.stack}, record)


def load_core_patient(folder: Path) -> CorePatient:
    """Return a stored patient whose slices are read where they are looked at.

    Raises
    ------
    DatasetError
        If a file is missing, cut off or not the one that was written.
    """
    record = read_stored_record(folder, _ARRAYS)
    stack = mapped_array(folder, "stack", record)
    try:
        core_ml = record["core_ml"]
        return CorePatient(
            folder.name, stack, None if core_ml is None else float(core_ml), dict(record["groups"])
        )
    except (KeyError, TypeError, ValueError) as error:
        raise damaged(folder, RECORD) from error


def _checked_target(names: Sequence[str]) -> tuple[str, ...]:
    if tuple(names) != (CORE_TARGET,):
        raise DatasetError("The cache does not hold core volumes", "cache the data set again")
    return tuple(names)


CORE_CACHE = CacheKind(
    format="ctperfusion core-volume data set 1",
    arrays=_ARRAYS,
    read_settings=CoreVolumeInputSettings.from_json,
    check_targets=_checked_target,
    store=store_core_patient,
    load=load_core_patient,
)
"""Patients for the core-volume network."""


class CachedCoreSource(CachedPatients[CorePatient, CoreVolumeInputSettings]):
    """A data set that :func:`cache_core_patients` has prepared.

    Parameters
    ----------
    folder : path
    patients : sequence of str, optional
        Some of those in the cache; all by default.

    Raises
    ------
    DatasetError
        If the folder is no such cache, was not filled to the end, or lacks a patient.
    """

    def __init__(self, folder: Path | str, *, patients: Sequence[str] | None = None) -> None:
        super().__init__(folder, CORE_CACHE, patients)
