"""Long work beside the window: a thread computes, a timer of the window's thread reports and delivers.

The thread never touches MRML or Qt. The timer does more than report: Slicer's event loop keeps Python's
interpreter lock even while it idles, so that a thread runs only while Python code of the window sleeps. The
timer therefore sleeps a little in each of its calls; the window answers in between.
"""

import threading
import time
from collections.abc import Callable
from typing import Any

import qt

WINDOW_TIME = 4
"""Milliseconds for the window between two calls of the timer; what waits longer is handled first anyway."""

THREAD_TIME = 0.016
"""Seconds of each call for the thread: short enough that nobody feels the window hesitate."""

PROGRESS_INTERVAL = 0.1
"""Seconds between two reports of the progress."""

LONGEST_GOODBYE = 5.0
"""Seconds that closing waits for a cancelled thread to notice."""

Work = Callable[[Callable[[str, float], None], threading.Event], Any]
"""Called in the thread with a progress callback (stage, fraction) and the event that asks it to stop."""


class BackgroundTask:
    """One piece of work in a thread, with progress, cancellation and delivery on the window's thread.

    Parameters
    ----------
    work : callable
        Gets a progress callback and a cancel event; raises ``Cancelled`` soon after the event is set.
    onProgress : callable
        Called on the window's thread with (stage, fraction, seconds since the start).
    onSuccess : callable
        Called on the window's thread with what `work` returned.
    onFailure : callable
        Called on the window's thread with the exception that `work` raised.
    after : BackgroundTask, optional
        A cancelled task whose thread may still be busy; the new one waits for it, since two at once would
        need twice the memory.
    """

    def __init__(
        self,
        work: Work,
        onProgress: Callable[[str, float, float], None],
        onSuccess: Callable[[Any], None],
        onFailure: Callable[[Exception], None],
        after: "BackgroundTask | None" = None,
    ) -> None:
        self._work = work
        self._onProgress = onProgress
        self._onSuccess = onSuccess
        self._onFailure = onFailure
        self._after = after
        self._cancel = threading.Event()
        self._latest: tuple[str, float] | None = None
        self._result: Any = None
        self._error: Exception | None = None
        self._started = time.monotonic()
        self._reported = 0.0
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._timer = qt.QTimer()
        self._timer.setInterval(WINDOW_TIME)
        self._timer.connect("timeout()", self._poll)

    def start(self) -> None:
        """Start the thread and the timer."""
        self._thread.start()
        self._timer.start()

    def cancel(self) -> None:
        """Ask the thread to stop; nothing is reported or delivered any more."""
        self._cancel.set()
        self._timer.stop()

    def waitUntilStopped(self, seconds: float = LONGEST_GOODBYE) -> bool:
        """Wait for the thread of a cancelled task; return whether it has stopped."""
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def _run(self) -> None:
        try:
            if self._after is not None:
                self._after._thread.join()  # noqa: SLF001 - of the same class
                self._after = None
            self._result = self._work(self._report, self._cancel)
        except Exception as error:  # whatever it was, the window's thread shows it
            self._error = error
        finally:
            self._work = _nothing  # gives the memory of a scan back, also while a cancelled task is kept

    def _report(self, stage: str, fraction: float) -> None:
        self._latest = (stage, fraction)

    def _poll(self) -> None:
        time.sleep(THREAD_TIME)
        if self._thread.is_alive():
            elapsed = time.monotonic() - self._started
            if self._latest is not None and elapsed - self._reported >= PROGRESS_INTERVAL:
                self._reported = elapsed
                self._onProgress(*self._latest, elapsed)
            return
        self._timer.stop()
        if self._error is not None:
            self._onFailure(self._error)
        else:
            self._onSuccess(self._result)


def _nothing(_report: Callable[[str, float], None], _cancel: threading.Event) -> None:
    """Stand for work that is done."""
