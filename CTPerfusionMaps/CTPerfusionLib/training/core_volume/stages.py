"""The stages of a cross-validation as shares of the whole, for its progress."""

from ...errors import Cancelled
from ...progress import CancelSignal, ProgressCallback, StageProgress

_READING_SHARE = 0.02
_ENCODING_SHARE = 0.6
"""Of the whole until the features of an encoder that is not trained are there; learning is quick then."""


class Stages:
    """Gives each stage its part of the progress, and ends it when the user asks for it.

    Parameters
    ----------
    on_progress : callable
        Takes a title and the fraction of the whole.
    cancel : CancelSignal or None
    encodes : bool
        Whether features are computed before the folds.
    """

    def __init__(self, on_progress: StageProgress, cancel: CancelSignal | None, *, encodes: bool) -> None:
        self._on_progress = on_progress
        self._cancel = cancel
        self._folds_start = _ENCODING_SHARE if encodes else _READING_SHARE

    @property
    def reading(self) -> ProgressCallback:
        """What takes the fraction of the patients that are read."""
        return lambda fraction: self._report("Reading patients", fraction * _READING_SHARE)

    @property
    def encoding(self) -> ProgressCallback:
        """What takes the fraction of the patients whose features are there."""
        width = self._folds_start - _READING_SHARE
        return lambda fraction: self._report("Encoding patients", _READING_SHARE + fraction * width)

    def fold(self, number: int, n_folds: int) -> StageProgress:
        """Return what takes a title and the fraction of a fold."""

        def report(title: str, fraction: float) -> None:
            done = (number - 1 + fraction) / n_folds
            self._report(
                f"Fold {number} of {n_folds}: {title}", self._folds_start + done * (1.0 - self._folds_start)
            )

        return report

    def _report(self, title: str, fraction: float) -> None:
        if self._cancel is not None and self._cancel.is_set():
            raise Cancelled
        self._on_progress(title, fraction)
