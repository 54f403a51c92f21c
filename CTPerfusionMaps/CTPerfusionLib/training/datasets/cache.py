"""Preparing a data set once, on the disk: resumable, one patient at a time whole or not at all."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from ...errors import ConfigurationError, CTPerfusionError
from ...progress import ProgressCallback, ignore_progress
from ...staging import remove, unwritable
from .cache_kind import CacheableSource, CacheKind, Patient, Settings
from .cache_workers import Outcome, prepare_here, prepare_in_processes
from .cached_source import DATASET, MAPS_CACHE, CacheDescription, CachedSource, is_cache, read_description
from .dataset_error import DatasetError
from .patient_maps import ComputedSource, is_folder_name
from .split_file import write_json
from .stored_arrays import read_stored_record

_OTHER_FOLDER = "name another folder, or the settings that the cache was made with"


def cache_source(
    source: ComputedSource,
    folder: Path | str,
    *,
    workers: int = 1,
    on_progress: ProgressCallback = ignore_progress,
) -> CachedSource:
    """Prepare all patients of a data set and keep them on the disk.

    Patients that are there already, and whose files have not changed since, are left as they are: an
    interrupted run goes on where it ended, and a larger data set of the same kind adds its patients. One that
    cannot be used is left out and named in the result's ``skipped``. The folder is for one call at a time.

    Parameters
    ----------
    source : ComputedSource
    folder : path
        Is created. Each patient takes 2 bytes per voxel and frame, 0.4 GB at clinical size.
    workers : int
        Processes that prepare patients side by side, each on one core and with 3.5 GB of memory at clinical
        size; 1 prepares here, on all cores. Sums on one core and on several differ by rounding.
    on_progress : callable
        Called with the fraction done; may raise to stop. Whatever it raises, and Ctrl-C, ends the workers
        and passes through.

    Returns
    -------
    CachedSource
        Of the patients of `source` that can be used.

    Raises
    ------
    ConfigurationError
        If the folder cannot be written, holds something else, or holds patients that were prepared with other
        settings, targets or in another way; or `workers` is not positive.
    DatasetError
        If no patient can be used, or a worker process was killed.
    """
    return CachedSource(folder, patients=fill_cache(source, MAPS_CACHE, Path(folder), workers, on_progress))


def fill_cache(
    source: CacheableSource[Patient],
    kind: CacheKind[Patient, Any],
    folder: Path,
    workers: int,
    on_progress: ProgressCallback,
) -> tuple[str, ...]:
    """Prepare all patients of a data set of any kind, see :func:`cache_source`.

    Returns
    -------
    tuple of str
        The patients of `source` that can be used.
    """
    if workers < 1:
        raise ConfigurationError(f"{workers} worker processes cannot work", "give at least 1")
    description = _resumed(_opened(source, kind, folder), source, kind, folder)
    filler = _Filler(folder, description, len(source.patients), on_progress)
    on_progress(filler.done)
    prepare = prepare_here if workers == 1 else prepare_in_processes(workers)
    prepare(source, kind, folder, description.pending, filler.take, filler.report)
    finished = tuple(patient for patient in source.patients if patient in filler.description.patients)
    if not finished:
        reason = next(iter(filler.description.skipped.values()), "it has none")
        raise DatasetError(
            f"No patient of the data set can be used; the first one: {reason.rstrip('.')}",
            "check the data set, or give another one",
        )
    on_progress(1.0)
    return finished


class _Filler:
    """Keeps the description of a cache up to date while its patients are prepared."""

    def __init__(
        self, folder: Path, description: CacheDescription[Any], n_patients: int, on_progress: ProgressCallback
    ) -> None:
        self._folder = folder
        self._n_patients = n_patients
        self._on_progress = on_progress
        self.description = description

    @property
    def done(self) -> float:
        """Fraction of the patients that are prepared or found not to be usable."""
        return 1.0 - len(self.description.pending) / self._n_patients

    def report(self, share: float) -> None:
        """Report a share of one more patient."""
        self._on_progress(min(self.done + share / self._n_patients, 1.0))

    def take(self, outcome: Outcome) -> None:
        """Note that a patient is there or cannot be used."""
        old = self.description
        pending = tuple(patient for patient in old.pending if patient != outcome.patient)
        if outcome.failure is None:
            new = replace(old, pending=pending, patients=_union(old.patients, [outcome.patient]))
        else:
            new = replace(old, pending=pending, skipped={**old.skipped, outcome.patient: outcome.failure})
        self.description = new
        _write(self._folder, new)


def _opened(
    source: CacheableSource[Any], kind: CacheKind[Any, Settings], folder: Path
) -> CacheDescription[Any]:
    """Return the description of the cache, of a new one where there is none.

    Raises
    ------
    ConfigurationError
        If the folder does not suit the source.
    """
    unsuited = [patient for patient in source.patients if not is_folder_name(patient)]
    if unsuited:
        raise ConfigurationError(
            f"A patient cannot be called {unsuited[0]!r}", "give identifiers that can be names of folders"
        )
    new = CacheDescription(kind.format, source.name, source.settings, source.target_names, source.recipe)
    if is_cache(folder):
        existing = read_description(folder, kind)
        _refuse_other(existing, new, folder)
        return existing
    if folder.is_file() or (folder.is_dir() and any(folder.iterdir())):
        raise ConfigurationError(f"The folder {folder} holds other files", "name a new or an empty folder")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise unwritable(folder, error) from error
    return new


def _resumed(
    description: CacheDescription[Any], source: CacheableSource[Any], kind: CacheKind[Any, Any], folder: Path
) -> CacheDescription[Any]:
    """Return the description with the patients that are still to be prepared, and write it."""
    _remove_partial(folder)
    there = [patient for patient in source.patients if _is_current(folder, source, kind, patient)]
    missing = [patient for patient in source.patients if patient not in there]
    # Failures of an earlier run are tried again, since files may have been mended.
    others = {name: why for name, why in description.skipped.items() if name not in source.patients}
    resumed = replace(
        description,
        patients=_union([each for each in description.patients if each not in missing], there),
        pending=tuple(missing),
        skipped={**others, **source.skipped},
    )
    _write(folder, resumed)
    return resumed


def _refuse_other(existing: CacheDescription[Any], new: CacheDescription[Any], folder: Path) -> None:
    """Raise a ConfigurationError that names the first thing in which two caches differ."""
    facts: Mapping[str, Callable[[CacheDescription[Any]], Any]] = {
        "data set": lambda each: each.name,
        "settings of the input": lambda each: each.settings.as_json(),
        "targets": lambda each: list(each.target_names),
        "way of preparing patients": lambda each: dict(each.recipe),
    }
    for what, fact in facts.items():
        before, now = fact(existing), fact(new)
        if before != now:
            raise ConfigurationError(
                f"The cache {folder} was made with another {what} ({_shown(before, now)})"
                if what != "targets"
                else f"The cache {folder} has the targets {', '.join(before)} and not {', '.join(now)}",
                _OTHER_FOLDER,
            )


def _shown(before: Any, now: Any) -> str:
    """Return what differs, such as ``n_frames 89, now 44``."""
    if not isinstance(before, Mapping):
        return f"{before}, now {now}"
    different = [name for name in {**before, **now} if before.get(name) != now.get(name)]
    return "; ".join(f"{name} {before.get(name)}, now {now.get(name)}" for name in different)


def _remove_partial(folder: Path) -> None:
    """Remove what a killed run has left."""
    for path in folder.glob(".*.partial"):
        remove(path)


def _is_current(folder: Path, source: CacheableSource[Any], kind: CacheKind[Any, Any], patient: str) -> bool:
    """Say whether a patient is there, whole and made from the files as they are now."""
    place = folder / patient
    if not place.is_dir():
        return False
    try:
        kind.load(place)
        return str(read_stored_record(place, kind.arrays)["fingerprint"]) == source.fingerprint(patient)
    except CTPerfusionError:
        return False


def _union(first: Sequence[str], second: Sequence[str]) -> tuple[str, ...]:
    return tuple(sorted({*first, *second}))


def _write(folder: Path, description: CacheDescription[Any]) -> None:
    write_json(folder / DATASET, description.as_json())
