"""Simulated heads that the parts share, and a function called with each of many cases on two cores.

A head is simulated once and kept on disk while the validation runs.
"""

import multiprocessing
import os
import pickle
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TypeVar

from provenance import ROOT

from CTPerfusionLib.phantom import Phantom, head_phantom

CACHE = ROOT / "build" / "validation-phantoms"
WORKERS = 2
SCANNERS = ("ge-cine", "siemens-shuttle", "ge-shuttle", "toshiba")

_THREADS = (
    "NUMBA_NUM_THREADS",
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "ITK_GLOBAL_DEFAULT_NUMBER_OF_THREADS",
)
"""Environment variables that say how many threads a library uses; read when it is loaded."""

Case = TypeVar("Case")
Result = TypeVar("Result")


@dataclass(frozen=True)
class Head:
    """What is simulated; see :func:`CTPerfusionLib.phantom.head_phantom`."""

    seed: int
    scanner: str = "ge-cine"
    motion: str = "mild"
    lesion: str = "m1"
    size: str = "tiny"

    def phantom(self) -> Phantom:
        """Return the phantom, from disk where another part has simulated it; large ones are not kept."""
        kept = CACHE / f"{self.size}-{self.scanner}-{self.motion}-{self.lesion}-{self.seed}.pickle"
        if kept.exists():
            phantom: Phantom = pickle.loads(kept.read_bytes())  # noqa: S301 - written below
            return phantom
        phantom = _with_plain_mappings(head_phantom(**asdict(self)))
        if self.size == "tiny":
            _write(kept, pickle.dumps(phantom, protocol=pickle.HIGHEST_PROTOCOL))
        return phantom


def for_each(function: Callable[[Case], Result], cases: Iterable[Case], title: str) -> list[Result]:
    """Call a function of a module with each case, in two processes of one thread each, saying how far it is.

    Returns
    -------
    list
        What the function returned, in the order of the cases.

    Raises
    ------
    Exception
        Whatever the function raised first; no further case is begun.
    """
    listed = list(cases)
    results: dict[int, Result] = {}
    started = time.perf_counter()
    with ProcessPoolExecutor(WORKERS, mp_context=multiprocessing.get_context("spawn")) as pool:
        with _single_threaded():
            waiting = {pool.submit(function, case): index for index, case in enumerate(listed)}
        try:
            for finished in as_completed(waiting):
                results[waiting[finished]] = finished.result()
                passed = time.perf_counter() - started
                sys.stdout.write(f"{passed:5.0f} s  {title} {len(results)}/{len(listed)}\n")
                sys.stdout.flush()
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
    return [results[index] for index in range(len(listed))]


def forget() -> None:
    """Remove the phantoms from disk."""
    shutil.rmtree(CACHE, ignore_errors=True)


@contextmanager
def _single_threaded() -> Iterator[None]:
    """Let processes that start now compute with one thread each; more would only take turns."""
    before = {name: os.environ.get(name) for name in _THREADS}
    os.environ.update(dict.fromkeys(_THREADS, "1"))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def _with_plain_mappings(phantom: Phantom) -> Phantom:
    """Return the phantom with dictionaries in place of read-only mappings, which cannot be pickled."""
    truth = phantom.truth
    return replace(
        phantom,
        truth=replace(
            truth,
            maps=dict(truth.maps),
            label_names=dict(truth.label_names),
            parameters=dict(truth.parameters),
        ),
    )


def _write(path: Path, content: bytes) -> None:
    """Write a file that appears whole, whichever process is first."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as file:
        file.write(content)
    Path(file.name).replace(path)
