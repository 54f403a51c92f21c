"""A data set of the core-volume network by what a user calls it: a folder, or the head phantoms."""

from collections.abc import Sequence
from pathlib import Path

from ....errors import ConfigurationError
from ....io.layouts import CHALLENGE_INTERVAL, is_isles2018
from ....networks.core_volume import CoreVolumeInputSettings
from ...datasets import PHANTOMS, DatasetError
from ...datasets.cached_source import is_cache
from ...datasets.open_source import phantom_seeds
from .core_cache import CachedCoreSource
from .core_folder_source import FolderCoreSource
from .core_patient import ComputedCoreSource
from .isles2018_source import Isles2018Source
from .phantom_core_source import PhantomCoreSource


def open_core_source(
    source: str | Path,
    settings: CoreVolumeInputSettings,
    *,
    scanner: str | Sequence[str] = "siemens-shuttle",
    size: str | Sequence[str] = "tiny",
    frame_interval: float | None = None,
) -> ComputedCoreSource | CachedCoreSource:
    """Open a data set of the kind that it turns out to be.

    Parameters
    ----------
    source : str or path
        ``phantoms``, ``phantoms:FIRST-LAST`` with the seeds of both ends, or a folder: a cache, ISLES 2018,
        or one folder for each patient.
    settings : CoreVolumeInputSettings
        Of the network's input; a cache must have been made with the same.
    scanner, size
        Of phantoms, see :class:`PhantomCoreSource`.
    frame_interval : float or None
        Seconds between frames, for series without usable times; 1 s for ISLES 2018 by default.

    Raises
    ------
    ConfigurationError
        If an option is not known, or a cache was made with other settings.
    DatasetError
        If there is no such data set, or nothing in it can be used.
    """
    seeds = phantom_seeds(str(source))
    if seeds is not None:
        return PhantomCoreSource(seeds, settings, scanner=scanner, size=size)
    folder = Path(source)
    if not folder.is_dir():
        raise DatasetError(
            f"There is no data set {source}", f"give a folder, or {PHANTOMS} for simulated patients"
        )
    if is_cache(folder):
        return _opened_cache(folder, settings)
    if is_isles2018(folder):
        interval = CHALLENGE_INTERVAL if frame_interval is None else frame_interval
        return Isles2018Source(folder, settings, frame_interval=interval)
    return FolderCoreSource(folder, settings, frame_interval=frame_interval)


def _opened_cache(folder: Path, settings: CoreVolumeInputSettings) -> CachedCoreSource:
    cached = CachedCoreSource(folder)
    if cached.settings != settings:
        raise ConfigurationError(
            f"The cache {folder} was made for another input than the network's",
            "cache the data set with the settings of this training",
        )
    return cached
