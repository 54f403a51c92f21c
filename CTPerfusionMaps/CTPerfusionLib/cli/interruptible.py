"""Work that Ctrl-C ends within a second.

The work runs in a thread, since compiled code in the main thread would keep Python from noticing the
signal. The main thread waits; on a signal it asks the work to stop, and if that does not happen in time,
removes what is half-written and ends the process.
"""

import os
import signal
import sys
import threading
from collections.abc import Callable
from types import FrameType
from typing import Generic, TypeVar

from ..errors import Cancelled
from ..progress import ProgressCallback, StageProgress
from ..staging import discard_active
from .terminal import TerminalProgress

EXIT_CANCELLED = 130

NOTHING_WRITTEN = "Cancelled; nothing was written."
"""What a user is told who stopped a command that leaves nothing behind."""

_GRACE = 0.6  # seconds for the work to stop by itself, well within the second that is promised
_POLL = 0.05

Result = TypeVar("Result")


class _Work(threading.Thread, Generic[Result]):
    def __init__(self, task: Callable[[threading.Event], Result], cancel: threading.Event) -> None:
        super().__init__(daemon=True)
        self._task = task
        self._cancel = cancel
        self.result: Result | None = None
        self.error: BaseException | None = None

    def run(self) -> None:
        try:
            self.result = self._task(self._cancel)
        except BaseException as error:
            self.error = error


def run_interruptibly(
    task: Callable[[threading.Event], Result], *, cancelled: str = NOTHING_WRITTEN, grace: float = _GRACE
) -> Result:
    """Run `task` and return its result; SIGINT and SIGTERM cancel it.

    Parameters
    ----------
    task : callable
        Takes an event that is set once the user asks to stop.
    cancelled : str
        What the user is told then.
    grace : float
        Seconds for the task to stop by itself.

    Raises
    ------
    Cancelled
        If the task stopped because of a signal; a task that does not stop ends the process instead.
    """
    cancel = threading.Event()

    def request_stop(_number: int, _frame: FrameType | None) -> None:
        cancel.set()

    earlier = {number: signal.signal(number, request_stop) for number in (signal.SIGINT, signal.SIGTERM)}
    work = _Work(task, cancel)
    try:
        work.start()
        while work.is_alive() and not cancel.is_set():
            work.join(_POLL)
        if cancel.is_set():
            work.join(grace)
            if work.is_alive():
                _end_now(cancelled)
    finally:
        for number, handler in earlier.items():
            signal.signal(number, handler)
    if cancel.is_set() and (work.error is None or isinstance(work.error, Cancelled)):
        raise Cancelled(cancelled) from work.error
    if work.error is not None:
        raise work.error
    return work.result  # type: ignore[return-value]


def run_with_progress(
    task: Callable[[StageProgress, threading.Event], Result],
    *,
    cancelled: str = NOTHING_WRITTEN,
    grace: float = _GRACE,
) -> Result:
    """Run `task` like :func:`run_interruptibly`, with a progress display as its first argument."""
    progress = TerminalProgress()
    try:
        return run_interruptibly(lambda cancel: task(progress, cancel), cancelled=cancelled, grace=grace)
    finally:
        progress.close()


def stage_reporter(
    progress: StageProgress, cancel: threading.Event, stage: str, start: float, stop: float
) -> ProgressCallback:
    """Return a callback for one stage that takes the whole from `start` to `stop`.

    It raises :class:`Cancelled` once `cancel` is set.
    """

    def report(fraction: float) -> None:
        if cancel.is_set():
            raise Cancelled
        progress(stage, start + fraction * (stop - start))

    return report


def _end_now(cancelled: str) -> None:
    discard_active()
    sys.stderr.write(f"\n{cancelled}\n")
    sys.stderr.flush()
    os._exit(EXIT_CANCELLED)
