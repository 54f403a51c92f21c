"""Progress and cancellation through one callback.

Long functions of the library take ``on_progress``, call it with the fraction done, and let through
whatever it raises. The pipeline raises :class:`~CTPerfusionLib.errors.Cancelled` from it, so a function
that reports often can be cancelled quickly, and no second mechanism is needed.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

ProgressCallback = Callable[[float], None]
"""Called with the fraction done, 0 to 1; may raise ``Cancelled``."""

Item = TypeVar("Item")


def ignore_progress(fraction: float) -> None:
    """Accept a fraction and do nothing: the default of every ``on_progress``."""


def reported(items: Sequence[Item], on_progress: ProgressCallback) -> Iterator[Item]:
    """Yield `items` and report the fraction done before each one and after the last."""
    for position, item in enumerate(items):
        on_progress(position / len(items))
        yield item
    on_progress(1.0)


def part_of(on_progress: ProgressCallback, start: float, stop: float) -> ProgressCallback:
    """Return a callback whose 0 to 1 maps onto `start` to `stop` of `on_progress`."""
    return lambda fraction: on_progress(start + fraction * (stop - start))
