"""How long a whole run takes and how much memory it needs, from the files of a study to its report.

Every run has a process of its own, as on the command line, so that its peak memory is its own and loading
compiled code counts. Between the runs, SimpleITK resamples all frames of the same study once; what is
reported are multiples of that.
"""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

from ..devices import DEVICES
from ..errors import ProcessingError
from ..io import load_series
from ..pipeline import Stage
from ..progress import ProgressCallback, ignore_progress, part_of
from ..staging import staging_folder
from .machine_facts import machine_facts
from .preprocessing_benchmark import PREPROCESSING, TUNING_SEED
from .resampling import resample_frames, resampling_part
from .side_by_side import Role
from .turns import Part, PartTiming, Turn, entered, take_turns

STAGES, WHOLE = "stages", "whole"
"""Names of sums: all stages; the process from its start to its end."""

_TITLES = {
    **{stage.name.lower(): stage.title for stage in Stage},
    PREPROCESSING: "Stages between loading and maps",
    STAGES: "All stages",
    WHOLE: "Whole command, with its start",
}

_PREPARING = tuple(stage.name.lower() for stage in Stage)[1 : list(Stage).index(Stage.MAPS)]
"""The stages between loading and maps."""

_LOOK = 0.05
"""Seconds between two looks at whether a run has ended or the user wants to stop."""


@dataclass(frozen=True)
class PipelineBenchmark:
    """What was measured.

    Attributes
    ----------
    facts : mapping
        See :func:`machine_facts`.
    rounds : int
    study : str
        What was run, without the name of a folder.
    shape : tuple of int
        (T, Z, Y, X).
    timings : mapping of str to PartTiming
        The yardstick, the stages in their order by the names that a manifest gives them, the sums.
    peak_memory_gb : float or None
        Median over the rounds; None where the system does not tell.
    """

    facts: Mapping[str, Any]
    rounds: int
    study: str
    shape: tuple[int, ...]
    timings: Mapping[str, PartTiming]
    peak_memory_gb: float | None

    def share(self, name: str) -> float:
        """Return the share of a part in the whole, the median over the rounds."""
        whole = self.timings[WHOLE].seconds
        return median(
            part / all_of_it for part, all_of_it in zip(self.timings[name].seconds, whole, strict=True)
        )


def benchmark_pipeline(
    study: Path | None = None,
    *,
    size: str = "clinical",
    rounds: int = 3,
    on_progress: ProgressCallback = ignore_progress,
) -> PipelineBenchmark:
    """Time whole runs side by side with SimpleITK's resampling of the same frames, on the processor.

    Parameters
    ----------
    study : Path, optional
        What ``ctperfusion run`` takes; without, a simulated head is written to a temporary folder as DICOM.
    size : str
        Of that head: ``clinical`` or ``tiny``.
    rounds : int
        After a first run, which is reported apart.
    on_progress : callable

    Raises
    ------
    CTPerfusionError
        If the study cannot be loaded or processed.
    """
    facts = machine_facts(DEVICES["cpu"])
    with staging_folder(Path(tempfile.gettempdir()) / "ctperfusion-benchmark") as folder:
        source = study or _simulate(folder / "phantom", size, part_of(on_progress, 0.0, 0.15))
        series = load_series(source, on_progress=part_of(on_progress, 0.15, 0.2))
        yardstick, _ = entered(resampling_part(series), partial(resample_frames, series))
        runs = _Runs(source, folder / "result")
        first = runs.run(part_of(on_progress, 0.2, 0.3))
        parts = tuple(Part(name, _TITLES[name], Role.OURS, series.n_frames) for name in first)
        turns = [yardstick, Turn(parts, runs.run, first)]
        timings = take_turns(turns, rounds, part_of(on_progress, 0.3, 1.0))
    return PipelineBenchmark(
        facts=facts,
        rounds=rounds,
        study=f"simulated head, ge-cine, seed {TUNING_SEED}" if study is None else "given",
        shape=series.voxels.shape,
        timings=timings,
        peak_memory_gb=runs.peak_memory_gb,
    )


def _simulate(folder: Path, size: str, on_progress: ProgressCallback) -> Path:
    """Write a head as DICOM and return the folder of its study.

    By a process of its own, since Linux counts the peak memory of a process as that of those it starts.
    """
    _ctperfusion(["phantom", "head", str(folder), "--size", size, "--seed", str(TUNING_SEED)], on_progress)
    return folder / "study"


class _Runs:
    """Runs of one study, and what their manifests say."""

    def __init__(self, study: Path, output: Path) -> None:
        self._arguments = ["run", str(study.resolve()), "--output", str(output), "--device", "cpu"]
        self._manifest = output / "run.json"
        self._peaks: list[float | None] = []

    def run(self, on_progress: ProgressCallback) -> dict[str, float]:
        """Run the study once; return the seconds of the stages and their sums."""
        started = time.perf_counter()
        _ctperfusion(self._arguments, on_progress)
        whole = time.perf_counter() - started
        manifest = json.loads(self._manifest.read_text(encoding="utf-8"))
        self._peaks.append(manifest["peak_memory_gb"])
        stages: dict[str, float] = manifest["seconds"]
        preparing = sum(stages[name] for name in _PREPARING if name in stages)
        return {**stages, PREPROCESSING: preparing, STAGES: sum(stages.values()), WHOLE: whole}

    @property
    def peak_memory_gb(self) -> float | None:
        """Median over all runs; None where the system does not tell."""
        known = [peak for peak in self._peaks if peak is not None]
        return median(known) if known else None


def _ctperfusion(arguments: list[str], on_progress: ProgressCallback) -> None:
    """Run ``ctperfusion`` in a process of its own, which ends at once if `on_progress` raises."""
    command = [sys.executable, "-m", "CTPerfusionLib.cli", *arguments]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)  # noqa: S603
    said = ""
    try:
        while process.returncode is None:
            on_progress(0.0)
            with suppress(subprocess.TimeoutExpired):
                _, said = process.communicate(timeout=_LOOK)
    finally:
        # It writes into our own temporary folder only, so that it need not tidy up.
        process.kill()
        process.wait()
    if process.returncode:
        raise _failure(said)


def _failure(said: str) -> ProcessingError:
    """Return the error of which a process spoke last."""
    lines = said.strip().splitlines() or ["The run ended without a word."]
    reason, _, remedy = lines[-1].removeprefix("ctperfusion: ").rstrip(".").rpartition("; ")
    return ProcessingError(reason or remedy, remedy if reason else "run it by itself to see more")
