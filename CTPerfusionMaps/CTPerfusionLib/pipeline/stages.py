"""The stages of a run: what the progress display names and the manifest times."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from enum import Enum

from ..errors import Cancelled
from ..progress import CancelSignal, ProgressCallback, StageProgress


class Stage(Enum):
    """A stage with its title and its usual share of the time of a clinical study, in percent."""

    LOAD = ("Loading", 11)
    REGISTER = ("Correcting motion", 14)
    MASKS = ("Finding brain and baseline", 5)
    VESSELS = ("Finding artery and vein", 3)
    FILTER = ("Filtering noise", 2)
    MAPS = ("Computing maps", 21)
    CORE_VOLUME = ("Judging the core in two slices", 3)
    LESION = ("Normalising and segmenting", 15)
    SCENE = ("Writing scene", 14)
    REPORT = ("Writing maps and report", 15)
    DICOM = ("Writing DICOM results", 8)
    REGISTERED = ("Writing registered series", 20)

    def __init__(self, title: str, share: int) -> None:
        self.title = title
        self.share = share


PREPARATION_STAGES = (Stage.REGISTER, Stage.MASKS, Stage.VESSELS, Stage.FILTER)
"""The stages of :func:`CTPerfusionLib.pipeline.prepare_series`."""


class StageClock:
    """Runs the stages of one study: reports progress, notices cancellation, measures time.

    Parameters
    ----------
    progress : callable, optional
    cancel : CancelSignal, optional
        Looked at whenever a stage reports; once set, :class:`Cancelled` is raised.
    stages : sequence of Stage
        Those that will run, in their order: the fractions are of these. All by default.
    """

    def __init__(
        self,
        progress: StageProgress | None = None,
        cancel: CancelSignal | None = None,
        stages: Sequence[Stage] = tuple(Stage),
    ) -> None:
        self._progress = progress
        self._cancel = cancel
        self._stages = tuple(stages)
        self.seconds: dict[str, float] = {}

    @contextmanager
    def stage(self, stage: Stage) -> Iterator[ProgressCallback]:
        """Run one stage; gives the callback that its functions report to.

        Raises
        ------
        ValueError
            If it is none of the stages that were to run.
        """
        position = self._stages.index(stage)
        before = sum(earlier.share for earlier in self._stages[:position])
        whole = sum(any_stage.share for any_stage in self._stages)

        def report(fraction: float) -> None:
            if self._cancel is not None and self._cancel.is_set():
                raise Cancelled
            if self._progress is not None:
                self._progress(stage.title, (before + stage.share * min(max(fraction, 0.0), 1.0)) / whole)

        started = time.perf_counter()
        report(0.0)
        yield report
        report(1.0)
        self.seconds[stage.name.lower()] = round(time.perf_counter() - started, 3)
