"""One study through everything, from its folder to the files of its result."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import ConfigurationError
from ..export import require_highdicom
from ..io import load_series
from ..progress import CancelSignal, StageProgress
from ..series import PerfusionSeries
from ..staging import publish, remove, staging_folder
from .analysis import analyse_series
from .config import NO_CORE_VOLUME_MODEL, PipelineConfig, RegisteredFormat
from .core_volume_question import refuse_core_volume_choices
from .dicom_results import source_images
from .network_maps import refuse_unsuited
from .outputs import RESULT_NAMES, write_result
from .stages import Stage, StageClock


@dataclass(frozen=True)
class RunResult:
    """Where a run left its files, and its numbers.

    Attributes
    ----------
    folder : Path
    summary : dict
        The content of summary.json.
    seconds : dict of str to float
        Seconds per stage.
    """

    folder: Path
    summary: dict[str, Any]
    seconds: dict[str, float]


def run_study(
    source: Path | str,
    output: Path | str,
    config: PipelineConfig | None = None,
    progress: StageProgress | None = None,
    cancel: CancelSignal | None = None,
) -> RunResult:
    """Compute maps, core and penumbra of a study and write them.

    The result appears whole or not at all. Files of an earlier run in `output` are removed first, so that
    they cannot be mistaken for the result of a run that failed; other files there are left alone.

    Parameters
    ----------
    source : path
        DICOM folder, 4D NIfTI or folder with one, or ``.seq.nrrd``.
    output : path
        Folder for the result; made if needed.
    config : PipelineConfig, optional
    progress : callable, optional
        Called with the title of the stage and the fraction of the run that is done.
    cancel : CancelSignal, optional
        Once set, the run stops at its next report.

    Raises
    ------
    CTPerfusionError
        If the study cannot be processed; one sentence with reason and remedy.
    Cancelled
        If `cancel` was set.
    """
    folder = Path(output)
    config = config or PipelineConfig()
    _prepare(folder)
    clock = StageClock(progress, cancel, _stages(config))
    with clock.stage(Stage.LOAD) as report:
        series = load_series(
            Path(source), frame_interval=config.frame_interval, times=config.times, on_progress=report
        )
    _refuse_impossible(config, series)
    analysis = analyse_series(series, config, clock)
    with staging_folder(folder) as staging:
        summary = write_result(staging, analysis, config, clock)
        publish(staging, folder)
    return RunResult(folder, summary, clock.seconds)


def _stages(config: PipelineConfig) -> list[Stage]:
    left_out = set()
    if config.core_volume_model == NO_CORE_VOLUME_MODEL:
        left_out.add(Stage.CORE_VOLUME)
    if not config.dicom:
        left_out.add(Stage.DICOM)
    if config.registered is None:
        left_out.add(Stage.REGISTERED)
    return [stage for stage in Stage if stage not in left_out]


def _refuse_impossible(config: PipelineConfig, series: PerfusionSeries) -> None:
    """Refuse before the long work what would fail after it."""
    if config.dicom or config.registered is RegisteredFormat.DICOM:
        require_highdicom()
        source_images(series)
    refuse_unsuited(config, series)
    refuse_core_volume_choices(config, series)


def _prepare(folder: Path) -> None:
    if folder.exists() and not folder.is_dir():
        raise ConfigurationError(f"The output {folder} is a file", "name a folder for the result")
    existing = next(parent for parent in (folder, *folder.resolve().parents) if parent.exists())
    if not os.access(existing, os.W_OK):
        raise ConfigurationError(
            f"The output {folder} cannot be written", "choose a folder in which you may create files"
        )
    for name in RESULT_NAMES:
        remove(folder / name)
