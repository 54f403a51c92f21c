"""The stages of a cross-validation as shares of the whole, for its progress."""

from ...errors import Cancelled
from ...progress import CancelSignal, ProgressCallback, StageProgress

_READING_SHARE = 0.02
_VARYING_SHARE = 0.1
_ENCODING_SHARE = 0.6
"""Of the whole until the variants that are kept are there, and where they are the features of an encoder that
is not trained: learning is quick then."""


class Stages:
    """Gives each stage its part of the progress, and ends it when the user asks for it.

    Parameters
    ----------
    on_progress : callable
        Takes a title and the fraction of the whole.
    cancel : CancelSignal or None
    keeps_variants : bool
        Whether variants are computed before the folds.
    encodes : bool
        Whether that includes an encoder.
    """

    def __init__(
        self,
        on_progress: StageProgress,
        cancel: CancelSignal | None,
        *,
        keeps_variants: bool,
        encodes: bool,
    ) -> None:
        self._on_progress = on_progress
        self._cancel = cancel
        share = _ENCODING_SHARE if encodes else _VARYING_SHARE
        self._folds_start = share if keeps_variants else _READING_SHARE

    @property
    def reading(self) -> ProgressCallback:
        """What takes the fraction of the patients that are read."""
        return lambda fraction: self._report("Reading patients", fraction * _READING_SHARE)

    @property
    def varying(self) -> ProgressCallback:
        """What takes the fraction of the patients whose variants are there."""
        width = self._folds_start - _READING_SHARE
        return lambda fraction: self._report("Varying patients", _READING_SHARE + fraction * width)

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
