"""File work in a few threads, with progress, stopping at the first error or cancel."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from ..progress import ProgressCallback, ignore_progress, reported

_READERS = 4
"""Threads: enough to hide the latency of a network drive."""

Item = TypeVar("Item")
Result = TypeVar("Result")


def map_files(
    read: Callable[[Item], Result], items: Sequence[Item], *, on_progress: ProgressCallback = ignore_progress
) -> list[Result]:
    """Return ``read(item)`` of all items in their order; the first error ends it."""
    with ThreadPoolExecutor(_READERS) as pool:
        results = pool.map(read, items)
        try:
            return [next(results) for _ in reported(items, on_progress)]
        finally:
            pool.shutdown(wait=True, cancel_futures=True)
