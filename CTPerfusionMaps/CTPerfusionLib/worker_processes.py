"""Items worked on side by side in processes, each on one core.

Ctrl-C and whatever a progress callback raises stop all processes; none outlives the program that started it.
"""

import os
import pickle
import signal
import threading
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing import connection, get_context, parent_process
from typing import TYPE_CHECKING, Any, TypeVar

from .errors import Cancelled, ProcessingError
from .progress import ProgressCallback
from .staging import discard_active

if TYPE_CHECKING:
    from multiprocessing.synchronize import Event

Item = TypeVar("Item")
Result = TypeVar("Result")

_POLL = 0.1
"""Seconds after which the progress is reported again, so that stopping is noticed."""

THREAD_LIMITS = (
    "NUMBA_NUM_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS",
    "ITK_GLOBAL_DEFAULT_NUMBER_OF_THREADS",
)  # fmt: skip
"""Environment variables that libraries read when they are loaded: how many threads they may use."""


class WorkerLostError(ProcessingError):
    """A worker process ended before its work did."""


def work_in_processes(
    task: Callable[[Item, ProgressCallback], Result],
    items: Sequence[Item],
    workers: int,
    take: Callable[[Result], None],
    on_progress: ProgressCallback,
) -> None:
    """Work on items side by side and hand over each result as soon as it is there, in any order.

    Parameters
    ----------
    task : callable
        Takes an item and a callback to which it reports, and which stops it. Task, items and results must be
        picklable.
    items : sequence
    workers : int
        Processes, at least one; no more are started than there are items.
    take : callable
        Is called here with each result.
    on_progress : callable
        Is called with 0 again and again while work goes on; may raise to stop.

    Raises
    ------
    WorkerLostError
        If a process was killed; results that were there by then have been handed over.
    """
    # Forking would copy locks of threads that other libraries have started.
    context = get_context("spawn")
    stop = context.Event()
    n_workers = max(1, min(workers, len(items)))
    with ProcessPoolExecutor(
        n_workers, context, initializer=_start_worker, initargs=(pickle.dumps(task), stop)
    ) as pool:
        try:
            pending = {pool.submit(_work, item) for item in items}
            while pending:
                done, pending = wait(pending, timeout=_POLL, return_when=FIRST_COMPLETED)
                _take_all(done, take)
                on_progress(0.0)
        except BaseException:
            stop.set()
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _take_all(done: Iterable["Future[Result]"], take: Callable[[Result], None]) -> None:
    for future in done:
        try:
            result = future.result()
        except BrokenProcessPool as error:
            raise WorkerLostError(
                "A worker process ended unexpectedly, most likely for want of memory",
                "try again with fewer workers",
            ) from error
        take(result)


@dataclass(frozen=True)
class _Worker:
    """What a worker process was given at its start."""

    task: Callable[[Any, ProgressCallback], Any]
    stop: "Event"

    def report(self, fraction: float) -> None:  # noqa: ARG002 - the signature of all progress callbacks
        """Stop once it was asked for."""
        if self.stop.is_set():
            raise Cancelled


_here: list[_Worker] = []


def _start_worker(task: bytes, stop: "Event") -> None:
    # Ctrl-C reaches all processes of a terminal; the first one decides what it means.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    os.environ.update(dict.fromkeys(THREAD_LIMITS, "1"))
    # Only now: it loads what the task computes with, which takes seconds, and reads the limits above.
    work = pickle.loads(task)  # noqa: S301 - from the process that started this one
    from threadpoolctl import threadpool_limits

    threadpool_limits(1)
    _here.append(_Worker(work, stop))


def _end_with_parent() -> None:
    """End a worker whose parent was killed and can neither stop it nor take its results."""
    parent = parent_process()
    if parent is not None:
        connection.wait([parent.sentinel])
        discard_active()
        os._exit(1)


def _work(item: Any) -> Any:
    worker = _here[0]
    return worker.task(item, worker.report)
