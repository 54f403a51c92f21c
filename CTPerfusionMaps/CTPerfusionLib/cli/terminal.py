"""Progress on stderr: a bar on a terminal, otherwise a line per stage and per minute."""

import sys
import time
from typing import Any

_REDRAW_INTERVAL = 0.1  # seconds; a terminal need not be faster than an eye
_LINE_INTERVAL = 60.0  # seconds; after which a log tells how far a long stage is


class TerminalProgress:
    """Call it with the title of a stage and the fraction of the whole that is done."""

    def __init__(self) -> None:
        self._stage = ""
        self._started = time.monotonic()
        self._drawn = 0.0
        self._bar: Any = _make_bar() if sys.stderr.isatty() else None

    def __call__(self, stage: str, fraction: float) -> None:
        """Show that `fraction` of the whole is done and `stage` is running."""
        if self._bar is not None:
            self._draw(stage, fraction)
        else:
            self._write_line(stage, fraction)
        self._stage = stage

    def close(self) -> None:
        """Clear the bar."""
        if self._bar is not None:
            self._bar.close()

    def _write_line(self, stage: str, fraction: float) -> None:
        now = time.monotonic()
        if stage == self._stage and now - self._drawn < _LINE_INTERVAL:
            return
        self._drawn = now
        sys.stderr.write(f"[{now - self._started:6.1f} s] {fraction:4.0%} {stage}\n")
        sys.stderr.flush()

    def _draw(self, stage: str, fraction: float) -> None:
        now = time.monotonic()
        if stage == self._stage and now - self._drawn < _REDRAW_INTERVAL:
            return
        self._drawn = now
        self._bar.set_description_str(stage, refresh=False)
        self._bar.n = fraction
        self._bar.refresh()


def _make_bar() -> Any:
    from tqdm import tqdm

    layout = "{desc:<28}{percentage:3.0f} % |{bar}| {elapsed} < {remaining}"
    return tqdm(total=1.0, file=sys.stderr, bar_format=layout, leave=False)
