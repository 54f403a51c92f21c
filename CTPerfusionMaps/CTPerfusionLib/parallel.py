"""Chunks of voxels on all processor cores, with matrix products and compiled kernels side by side.

The threads of a BLAS library keep spinning for a while after each product, and take the cores from the
compiled kernel that follows; a product of a few thousand curves is also too small to be worth sharing.
Here every worker has its own chunk, multiplies it with a single thread and goes on to the kernel.
"""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from queue import Empty, SimpleQueue
from threading import Lock
from typing import TYPE_CHECKING, Any, TypeVar

from .progress import ProgressCallback

if TYPE_CHECKING:
    from threadpoolctl import ThreadpoolController

Chunk = TypeVar("Chunk")

_LONGEST_WAIT = 0.1
"""Seconds after which waiting ends to let Ctrl-C through, which Windows does not deliver in a wait."""


def number_of_threads() -> int:
    """Return how many threads compute; ``numba.set_num_threads`` and NUMBA_NUM_THREADS change it."""
    import numba

    return int(numba.get_num_threads())


def for_each_chunk(
    function: Callable[[Chunk], None], chunks: Sequence[Chunk], on_progress: ProgressCallback
) -> None:
    """Call a function with each chunk, on all cores, and report the fraction done from this thread.

    Parameters
    ----------
    function : callable
        Must release the interpreter lock for most of its time and write only where no other chunk does.
        It must not start threads of its own: no numba kernel with ``parallel=True``.
    chunks : sequence
        Each some milliseconds of work, so that handing them out costs nothing and stopping is quick.
    on_progress : callable
        May raise to stop: chunks in work are finished, no other one is begun.

    Raises
    ------
    Exception
        Whatever the function or the callback raised first.
    """
    waiting = deque(chunks)
    finished: SimpleQueue[Exception | None] = SimpleQueue()

    def work() -> None:
        for chunk in _taken_from(waiting):
            try:
                function(chunk)
            except Exception as error:
                finished.put(error)
            else:
                finished.put(None)

    n_threads = min(number_of_threads(), len(chunks))
    with single_threaded_products(), ThreadPoolExecutor(max(n_threads, 1)) as workers:
        try:
            for _ in range(n_threads):
                workers.submit(work)
            for n_done in range(1, len(chunks) + 1):
                error = _next(finished)
                if error is not None:
                    raise error
                on_progress(n_done / len(chunks))
        finally:
            waiting.clear()


def _taken_from(waiting: deque[Chunk]) -> Iterator[Chunk]:
    """Yield what is left of a queue that several threads empty."""
    while True:
        try:
            chunk = waiting.popleft()
        except IndexError:
            return
        yield chunk


def _next(finished: "SimpleQueue[Exception | None]") -> Exception | None:
    while True:
        try:
            return finished.get(timeout=_LONGEST_WAIT)
        except Empty:
            continue


@dataclass
class _ProductThreads:
    """Who needs products to be single-threaded; the number of BLAS threads belongs to the whole process."""

    lock: Lock = field(default_factory=Lock)
    n_users: int = 0
    limit: Any = None


_PRODUCT_THREADS = _ProductThreads()


@contextmanager
def single_threaded_products() -> Iterator[None]:
    """Let matrix products use one thread each while the context is open, also where contexts overlap."""
    with _PRODUCT_THREADS.lock:
        if _PRODUCT_THREADS.n_users == 0:
            _PRODUCT_THREADS.limit = _blas_controller().limit(limits=1, user_api="blas")
        _PRODUCT_THREADS.n_users += 1
    try:
        yield
    finally:
        with _PRODUCT_THREADS.lock:
            _PRODUCT_THREADS.n_users -= 1
            if _PRODUCT_THREADS.n_users == 0:
                _PRODUCT_THREADS.limit.restore_original_limits()


@cache
def _blas_controller() -> "ThreadpoolController":
    """Look for BLAS libraries once, which takes milliseconds: NumPy's and SciPy's, which numba uses."""
    import scipy.linalg.cython_blas  # noqa: F401 - loads the library
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()
