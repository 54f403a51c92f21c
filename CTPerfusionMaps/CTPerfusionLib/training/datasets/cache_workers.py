"""Preparing patients here, or in processes side by side."""

import os
import signal
import threading
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing import connection, get_context, parent_process
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...errors import Cancelled, ConfigurationError, CTPerfusionError
from ...progress import ProgressCallback
from ...staging import discard_active
from .cache_kind import CacheableSource, CacheKind
from .dataset_error import DatasetError

if TYPE_CHECKING:
    from multiprocessing.synchronize import Event

_POLL = 0.1
"""Seconds after which the progress is reported again, so that stopping is noticed."""

_THREAD_LIMITS = (
    "NUMBA_NUM_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS",
    "ITK_GLOBAL_DEFAULT_NUMBER_OF_THREADS",
)  # fmt: skip
"""Read by libraries when they are loaded."""


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
    for patient in patients:
        take(_prepare(source, kind, folder, patient, on_progress))


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
        # Forking would copy locks of threads that other libraries have started.
        context = get_context("spawn")
        stop = context.Event()
        n_workers = max(1, min(workers, len(patients)))
        with ProcessPoolExecutor(
            n_workers, context, initializer=_start_worker, initargs=(source, kind, folder, stop)
        ) as pool:
            try:
                pending = {pool.submit(_prepare_in_worker, patient) for patient in patients}
                while pending:
                    done, pending = wait(pending, timeout=_POLL, return_when=FIRST_COMPLETED)
                    _take_all(done, take)
                    on_progress(0.0)
            except BaseException:
                stop.set()
                pool.shutdown(wait=False, cancel_futures=True)
                raise

    return prepare


def _take_all(done: Iterable["Future[Outcome]"], take: Callable[[Outcome], None]) -> None:
    for future in done:
        try:
            take(future.result())
        except BrokenProcessPool as error:
            raise DatasetError(
                "A process that prepared patients ended unexpectedly, most likely for want of memory",
                "cache the data set again with fewer workers; finished patients are kept",
            ) from error


def _prepare(
    source: CacheableSource[Any],
    kind: CacheKind[Any, Any],
    folder: Path,
    patient: str,
    on_progress: ProgressCallback,
) -> Outcome:
    """Prepare and store one patient; what is wrong with its data is an outcome."""
    try:
        fingerprint = source.fingerprint(patient)
        prepared = source.load(patient, on_progress=on_progress)
    except ConfigurationError:
        raise
    except CTPerfusionError as error:
        return Outcome(patient, str(error))
    kind.store(folder / patient, prepared, fingerprint)
    return Outcome(patient, None)


@dataclass(frozen=True)
class _Worker:
    """What a worker process was given at its start."""

    source: CacheableSource[Any]
    kind: CacheKind[Any, Any]
    folder: Path
    stop: "Event"

    def report(self, fraction: float) -> None:  # noqa: ARG002 - the signature of all progress callbacks
        """Stop once it was asked for."""
        if self.stop.is_set():
            raise Cancelled


_here: list[_Worker] = []


def _start_worker(
    source: CacheableSource[Any], kind: CacheKind[Any, Any], folder: Path, stop: "Event"
) -> None:
    from threadpoolctl import threadpool_limits

    os.environ.update(dict.fromkeys(_THREAD_LIMITS, "1"))
    threadpool_limits(1)
    # Ctrl-C reaches all processes of a terminal; the first one decides what it means.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _here.append(_Worker(source, kind, folder, stop))


def _end_with_parent() -> None:
    """End a worker whose parent was killed and can neither stop it nor take its results."""
    parent = parent_process()
    if parent is not None:
        connection.wait([parent.sentinel])
        discard_active()
        os._exit(1)


def _prepare_in_worker(patient: str) -> Outcome:
    worker = _here[0]
    return _prepare(worker.source, worker.kind, worker.folder, patient, worker.report)
