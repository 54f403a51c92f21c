"""Progress and cancellation through one callback.

Long functions of the library take ``on_progress``, call it with the fraction done, and let through
whatever it raises. The pipeline raises :class:`~CTPerfusionLib.errors.Cancelled` from it, so a function
that reports often can be cancelled quickly, and no second mechanism is needed.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Protocol, TypeVar

ProgressCallback = Callable[[float], None]
"""Called with the fraction done, 0 to 1; may raise ``Cancelled``."""

StageProgress = Callable[[str, float], None]
"""Called with the title of a stage and the fraction done of all stages, 0 to 1."""


class CancelSignal(Protocol):
    """Anything that says whether to stop, such as :class:`threading.Event`."""

    def is_set(self) -> bool:
        """Return whether the user asked to stop."""
        ...


Item = TypeVar("Item")


def ignore_progress(fraction: float) -> None:
    """Accept a fraction and do nothing: the default of every ``on_progress``."""


def ignore_stages(title: str, fraction: float) -> None:
    """Accept a title and a fraction and do nothing: the default where stages are reported."""


def reported(items: Sequence[Item], on_progress: ProgressCallback) -> Iterator[Item]:
    """Yield `items` and report the fraction done before each one and after the last."""
    for position, item in enumerate(items):
        on_progress(position / len(items))
        yield item
    on_progress(1.0)


def part_of(on_progress: ProgressCallback, start: float, stop: float) -> ProgressCallback:
    """Return a callback whose 0 to 1 maps onto `start` to `stop` of `on_progress`."""
    return lambda fraction: on_progress(start + fraction * (stop - start))


_SILENT_SECONDS, _SILENT_FRACTION = 2.0, 0.03
"""How long a run lasts, and how much of it is done, before anything is said about what is left."""

_SETTLING_SHARE, _SHORTEST_SETTLING = 0.3, 2.0
"""What is shown comes 63 % closer to what the speed so far promises within this share of the promised time,
and within so many seconds at least."""


class RemainingTime:
    """Seconds that a run will still take, told steadily enough to be shown.

    A run that kept its speed would take elapsed x (1 - fraction) / fraction. That jumps where a stage is
    faster or slower than usual; what is shown runs down like a clock and follows it by and by.
    """

    def __init__(self) -> None:
        self._shown: float | None = None
        self._last = 0.0

    def update(self, fraction: float, elapsed: float) -> float | None:
        """Take in a report and return the seconds left; None while it is too early to say.

        Parameters
        ----------
        fraction : float
            Done of the whole run, 0 to 1.
        elapsed : float
            Seconds since it began, never less than before. Between two reports of the run it may be
            called with the fraction of the last one.
        """
        passed, self._last = elapsed - self._last, elapsed
        if fraction >= 1.0:
            self._shown = 0.0
        elif self._shown is not None:
            promised = elapsed * (1.0 - fraction) / fraction
            expected = max(self._shown - passed, 0.0)
            settling = max(_SETTLING_SHARE * promised, _SHORTEST_SETTLING)
            self._shown = expected + (promised - expected) * -math.expm1(-passed / settling)
        elif elapsed >= _SILENT_SECONDS and fraction >= _SILENT_FRACTION:
            self._shown = elapsed * (1.0 - fraction) / fraction
        return self._shown
