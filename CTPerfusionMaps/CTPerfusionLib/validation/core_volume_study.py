"""A whole evaluation of core-volume networks, from what a user names to what was measured."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from ..networks.core_volume import CoreVolumeInputSettings
from ..progress import ProgressCallback, ignore_progress, part_of
from ..training.core_volume.datasets import (
    CachedCoreSource,
    ComputedCoreSource,
    CorePatientSource,
    cache_core_patients,
    open_core_source,
)
from .core_volume_case import Cohort, CoreVolumeEvaluation
from .core_volume_evaluation import evaluate_core_volume
from .core_volume_models import input_settings, load_studies

TRAINING_SCANNER = "siemens-shuttle"
"""Scheme of the paper's training cohort."""

EXTERNAL_SCANNERS = ("ge-cine", "ge-shuttle", "toshiba")
"""Schemes of simulated external patients: all others."""

_CACHE_FOLDERS: Mapping[Cohort, str] = MappingProxyType(
    {Cohort.HELD_OUT: "held-out", Cohort.EXTERNAL: "external"}
)
"""Below the folder for prepared patients."""

_CACHE_SHARE = 0.9
"""Of the time that preparing patients takes, for the progress."""


@dataclass(frozen=True)
class CoreVolumeData:
    """On which patients networks are evaluated besides the folds of their training.

    Attributes
    ----------
    held_out, external : str or None
        ``phantoms:FIRST-LAST``, or a folder of any kind that
        :func:`~CTPerfusionLib.training.core_volume.datasets.open_core_source` takes.
    scanners, external_scanners : tuple of str
        Of simulated patients; each has one of them.
    size : str
        Of simulated patients.
    frame_interval : float or None
        Seconds between frames, for series without usable times.
    cache : Path or None
        Folder in which prepared patients are kept; None prepares them as they are looked at.
    workers : int
        Processes that prepare patients for the cache.
    """

    held_out: str | None = None
    external: str | None = None
    scanners: tuple[str, ...] = (TRAINING_SCANNER,)
    external_scanners: tuple[str, ...] = EXTERNAL_SCANNERS
    size: str = "tiny"
    frame_interval: float | None = None
    cache: Path | None = None
    workers: int = 1


def evaluate_trainings(
    folders: Sequence[Path],
    data: CoreVolumeData,
    device: str = "auto",
    on_progress: ProgressCallback = ignore_progress,
) -> CoreVolumeEvaluation:
    """Evaluate trainings on their own folds, and on patients that they do not know.

    Parameters
    ----------
    folders : sequence of Path
        Of finished trainings, at least one.
    data : CoreVolumeData
    device : str
    on_progress : callable
        May raise to stop.

    Raises
    ------
    ConfigurationError
        If a folder holds no finished training, an option is not known, or patients cannot be kept.
    DatasetError
        If there is no such data set, no patient is left, or all cores are large or all small.
    """
    trained = load_studies(folders)
    settings = input_settings(trained)
    sources = {
        cohort: _opened(name, scanners, settings, data)
        for cohort, name, scanners in (
            (Cohort.HELD_OUT, data.held_out, data.scanners),
            (Cohort.EXTERNAL, data.external, data.external_scanners),
        )
        if name is not None
    }
    if data.cache is None:
        return evaluate_core_volume(trained, sources, device, on_progress)
    cached = _cached(sources, data.cache, data.workers, part_of(on_progress, 0.0, _CACHE_SHARE))
    return evaluate_core_volume(trained, cached, device, part_of(on_progress, _CACHE_SHARE, 1.0))


def _opened(
    name: str, scanners: tuple[str, ...], settings: CoreVolumeInputSettings, data: CoreVolumeData
) -> ComputedCoreSource | CachedCoreSource:
    return open_core_source(
        name, settings, scanner=scanners, size=data.size, frame_interval=data.frame_interval
    )


def _cached(
    sources: Mapping[Cohort, ComputedCoreSource | CachedCoreSource],
    folder: Path,
    workers: int,
    on_progress: ProgressCallback,
) -> dict[Cohort, CorePatientSource]:
    """Return the data sets with their patients prepared on the disk, those that are not yet."""
    cached: dict[Cohort, CorePatientSource] = {}
    for position, (cohort, source) in enumerate(sources.items()):
        if isinstance(source, CachedCoreSource):
            cached[cohort] = source
            continue
        report = part_of(on_progress, position / len(sources), (position + 1) / len(sources))
        cached[cohort] = cache_core_patients(
            source, folder / _CACHE_FOLDERS[cohort], workers=workers, on_progress=report
        )
    return cached
