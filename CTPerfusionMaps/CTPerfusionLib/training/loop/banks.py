"""The slices of the parts of a division, read once for phases that show them alike."""

from collections.abc import Mapping, Sequence

from ...errors import Cancelled
from ...progress import CancelSignal, ProgressCallback, part_of
from ..datasets import MapSlices, PatientSource, Split
from ..phase import Crop, Phase
from ..settings import MapTraining
from .slice_bank import SliceBank, available_memory
from .window import Window, brain_windows

_WINDOWS_SHARE = 0.1
"""Of the reading that goes into finding the windows about the brains."""


class Banks:
    """Banks of slices by part.

    Parameters
    ----------
    source : PatientSource
    split : Split
    settings : MapTraining
    cancel : CancelSignal or None
    """

    def __init__(
        self, source: PatientSource, split: Split, settings: MapTraining, cancel: CancelSignal | None
    ) -> None:
        self._source = source
        self._split = split
        self._settings = settings
        self._cancel = cancel
        self._shown: tuple[int | None, Crop] | None = None
        self._windows: Mapping[str, Window] | None = None
        self._held: dict[str, SliceBank] = {}

    def read(self, parts: Sequence[str], phase: Phase, on_progress: ProgressCallback) -> list[SliceBank]:
        """Return the slices of parts as a phase shows them.

        Raises
        ------
        Cancelled
            If the user asked to stop.
        DatasetError, ConfigurationError
            If data cannot be used.
        """

        def report(fraction: float) -> None:
            if self._cancel is not None and self._cancel.is_set():
                raise Cancelled
            on_progress(fraction)

        if self._shown != (phase.size, phase.crop):
            self._held.clear()
            self._windows = None
            if phase.crop is Crop.BRAIN:
                windows_read = part_of(report, 0.0, _WINDOWS_SHARE)
                self._windows = brain_windows(self._source, self._split.patients, phase.size, windows_read)
            self._shown = (phase.size, phase.crop)
        missing = [part for part in parts if part not in self._held]
        for position, part in enumerate(missing):
            start, stop = (
                _WINDOWS_SHARE + (1.0 - _WINDOWS_SHARE) * place / len(missing)
                for place in (position, position + 1)
            )
            self._held[part] = self._bank(part, phase, part_of(report, start, stop))
        return [self._held[part] for part in parts]

    def _bank(self, part: str, phase: Phase, on_progress: ProgressCallback) -> SliceBank:
        samples = MapSlices(self._source, self._split.parts[part], self._settings.targets, size=phase.size)
        taken = sum(bank.n_bytes for bank in self._held.values())
        memory = available_memory(self._settings.compute.devices) - taken
        return SliceBank(samples, self._windows, self._settings.region, memory, on_progress)
