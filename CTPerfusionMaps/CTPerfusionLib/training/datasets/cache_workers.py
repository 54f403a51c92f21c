"""Preparing patients here, or in processes side by side."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...errors import ConfigurationError, CTPerfusionError
from ...progress import ProgressCallback
from ...worker_processes import WorkerLostError, work_in_processes
from .cache_kind import CacheableSource, CacheKind
from .dataset_error import DatasetError


@dataclass(frozen=True)
class Outcome:
    """What became of one patient.

    Attributes
    ----------
    patient : str
    failure : str or None
        Why it cannot be used; None if it was stored.
    """

    patient: str
    failure: str | None


Preparation = Callable[
    [
        CacheableSource[Any],
        CacheKind[Any, Any],
        Path,
        Sequence[str],
        Callable[[Outcome], None],
        ProgressCallback,
    ],
    None,
]
"""Prepares patients of a source into a folder, hands over each outcome and reports shares of one more."""


def prepare_here(
    source: CacheableSource[Any],
    kind: CacheKind[Any, Any],
    folder: Path,
    patients: Sequence[str],
    take: Callable[[Outcome], None],
    on_progress: ProgressCallback,
) -> None:
    """Prepare patients one after the other in this process, on all its cores."""
    prepare = _Preparing(source, kind, folder)
    for patient in patients:
        take(prepare(patient, on_progress))


def prepare_in_processes(workers: int) -> Preparation:
    """Return what prepares patients side by side in so many processes, each on one core."""

    def prepare(
        source: CacheableSource[Any],
        kind: CacheKind[Any, Any],
        folder: Path,
        patients: Sequence[str],
        take: Callable[[Outcome], None],
        on_progress: ProgressCallback,
    ) -> None:
        try:
            work_in_processes(_Preparing(source, kind, folder), patients, workers, take, on_progress)
        except WorkerLostError as error:
            raise DatasetError(
                "A process that prepared patients ended unexpectedly, most likely for want of memory",
                "cache the data set again with fewer workers; finished patients are kept",
            ) from error

    return prepare


@dataclass(frozen=True)
class _Preparing:
    """Prepares and stores one patient; what is wrong with its data is an outcome."""

    source: CacheableSource[Any]
    kind: CacheKind[Any, Any]
    folder: Path

    def __call__(self, patient: str, on_progress: ProgressCallback) -> Outcome:
        try:
            fingerprint = self.source.fingerprint(patient)
            prepared = self.source.load(patient, on_progress=on_progress)
        except ConfigurationError:
            raise
        except CTPerfusionError as error:
            return Outcome(patient, str(error))
        self.kind.store(self.folder / patient, prepared, fingerprint)
        return Outcome(patient, None)
