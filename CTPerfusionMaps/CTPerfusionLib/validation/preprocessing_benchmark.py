"""How fast a series is prepared: beside one resampling, the exact filter and other people's registrations.

All of them process the same simulated head in one process, in turns. What is reported are ratios, since
seconds say more about a machine and what else it does than about a method.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..devices import DEVICES
from ..phantom import Phantom
from ..pipeline import NO_CORE_VOLUME_MODEL, PipelineConfig, Stage, StageClock, prepare_series
from ..preprocessing import register_frames
from ..progress import ProgressCallback, ignore_progress, part_of
from ..series import PerfusionSeries
from .filter_contestants import FilterInput, enter_filters
from .machine_facts import machine_facts
from .registration_contestants import compared_frames, enter_registrations
from .resampling import resample_frames, resampling_part
from .side_by_side import Role
from .turns import Part, PartTiming, Turn, entered, take_turns

TUNING_SEED = 100
"""Of a simulated head; one of those that are used for tuning and not for reporting."""

PREPROCESSING = "preprocessing"
"""Name of the sum over all stages."""

REGISTERING = Stage.REGISTER.name.lower()
"""Name of the stage that finds motion, judges the frames and resamples them."""

_TOGETHER = "All these stages together"
_CONFIG = PipelineConfig(device="cpu", core_volume_model=NO_CORE_VOLUME_MODEL)


@dataclass(frozen=True)
class PreprocessingBenchmark:
    """The whole comparison.

    Attributes
    ----------
    facts : mapping
        See :func:`machine_facts`.
    rounds : int
    phantom : mapping
        Parameters of the simulated head: seed, scanner, size, motion, noise.
    shape : tuple of int
        (T, Z, Y, X).
    n_filtered : int
        Voxels of the mask of the filters.
    frames : tuple of int
        Those that the other registrations are given, and on which errors are measured.
    timings : mapping of str to PartTiming
        By name; the stages have the names that a manifest gives them.
    registration_errors : mapping of str to float
        Mean target error in mm on `frames`, by the name of the method.
    missing : mapping of str to str
        Registrations that did not take part, with what to do about it.
    filter_rms : float
        Root mean square of the difference between fast and exact filter, HU.
    """

    facts: Mapping[str, Any]
    rounds: int
    phantom: Mapping[str, Any]
    shape: tuple[int, ...]
    n_filtered: int
    frames: tuple[int, ...]
    timings: Mapping[str, PartTiming]
    registration_errors: Mapping[str, float]
    missing: Mapping[str, str]
    filter_rms: float


def benchmark_preprocessing(
    phantom: Phantom, *, rounds: int = 3, on_progress: ProgressCallback = ignore_progress
) -> PreprocessingBenchmark:
    """Time what prepares a series, side by side with what it is compared with, on the processor.

    Parameters
    ----------
    phantom : Phantom
        A head; one of clinical size takes 5 GB of memory.
    rounds : int
    on_progress : callable
    """
    facts = machine_facts(DEVICES["cpu"])
    series = phantom.series
    yardstick, _ = entered(resampling_part(series), partial(resample_frames, series))
    preparation, tissue = _enter_preparation(series, part_of(on_progress, 0.0, 0.1))
    registrations = enter_registrations(phantom, part_of(on_progress, 0.1, 0.25))
    registered = register_frames(series, on_progress=part_of(on_progress, 0.25, 0.3)).series.voxels
    given = FilterInput(registered, series.spacing, tissue)
    filters, rms = enter_filters(given, part_of(on_progress, 0.3, 0.4))
    turns = [yardstick, preparation, *registrations.turns, *filters]
    return PreprocessingBenchmark(
        facts=facts,
        rounds=rounds,
        phantom={"seed": phantom.truth.seed, **phantom.truth.parameters},
        shape=series.voxels.shape,
        n_filtered=int(tissue.sum()),
        frames=compared_frames(series.n_frames),
        timings=take_turns(turns, rounds, part_of(on_progress, 0.4, 1.0)),
        registration_errors=registrations.errors,
        missing=registrations.missing,
        filter_rms=rms,
    )


def _enter_preparation(
    series: PerfusionSeries, on_progress: ProgressCallback
) -> tuple[Turn, NDArray[np.bool_]]:
    """Prepare a series as a run does, for the first time; return the turn, and the tissue that was found."""

    def run(report: ProgressCallback) -> tuple[dict[str, float], NDArray[np.bool_]]:
        clock = StageClock(lambda _title, fraction: report(fraction))
        tissue = prepare_series(series, _CONFIG, clock).masks.tissue
        return {**clock.seconds, PREPROCESSING: sum(clock.seconds.values())}, tissue

    first, tissue = run(on_progress)
    titles = {stage.name.lower(): stage.title for stage in Stage} | {PREPROCESSING: _TOGETHER}
    parts = tuple(Part(name, titles[name], Role.OURS, series.n_frames) for name in first)
    return Turn(parts, lambda report: run(report)[0], first), tissue
