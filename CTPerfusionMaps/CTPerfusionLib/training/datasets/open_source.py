"""A data set by what a user calls it: a folder of any kind, or the head phantoms."""

import re
from collections.abc import Sequence
from pathlib import Path

from ...errors import ConfigurationError
from ...io.layouts import UniToBrainStage, is_unitobrain
from ...networks import InputSettings
from .cached_source import CachedSource, is_cache
from .dataset_error import DatasetError
from .folder_source import FolderSource
from .patient_maps import ComputedSource, checked_targets
from .phantom_source import PhantomReference, PhantomSource
from .unitobrain_source import UniToBrainSource

PHANTOMS = "phantoms"
"""What the head phantoms are called; ``phantoms:FIRST-LAST`` chooses their seeds."""

DEFAULT_SEEDS = range(2001, 2101)

_SEEDS = re.compile(rf"{PHANTOMS}:(\d+)-(\d+)")


def open_source(
    source: str | Path,
    settings: InputSettings,
    targets: Sequence[str],
    *,
    reference: PhantomReference | str = PhantomReference.TRUTH,
    scanner: str | Sequence[str] = "ge-cine",
    size: str | Sequence[str] = "tiny",
    stage: UniToBrainStage | str = UniToBrainStage.FILTERED,
    frame_interval: float | None = None,
) -> ComputedSource | CachedSource:
    """Open a data set of the kind that it turns out to be.

    Parameters
    ----------
    source : str or path
        ``phantoms``, ``phantoms:FIRST-LAST`` with the seeds of both ends, or a folder: a cache, UniToBrain,
        or one folder for each patient.
    settings : InputSettings
        Of the network's input; a cache must have been made with the same.
    targets : sequence of str
        A cache may have more.
    reference, scanner, size
        Of phantoms, see :class:`PhantomSource`.
    stage
        Of UniToBrain, see :class:`UniToBrainSource`.
    frame_interval : float or None
        Seconds between frames, for series without usable times.

    Raises
    ------
    ConfigurationError
        If an option is not known, or a cache was made with other settings.
    DatasetError
        If there is no such data set, or nothing in it can be used.
    """
    seeds = phantom_seeds(str(source))
    if seeds is not None:
        return PhantomSource(seeds, settings, targets, reference=reference, scanner=scanner, size=size)
    folder = Path(source)
    if not folder.is_dir():
        raise DatasetError(
            f"There is no data set {source}", f"give a folder, or {PHANTOMS} for simulated patients"
        )
    if is_cache(folder):
        return _opened_cache(folder, settings, targets)
    if is_unitobrain(folder):
        return UniToBrainSource(folder, settings, targets, stage=stage, frame_interval=frame_interval)
    return FolderSource(folder, settings, targets, frame_interval=frame_interval)


def phantom_seeds(text: str) -> range | None:
    """Return the seeds of the phantoms that are asked for, None if a folder is meant.

    Raises
    ------
    ConfigurationError
        If the last seed lies before the first.
    """
    if text == PHANTOMS:
        return DEFAULT_SEEDS
    match = _SEEDS.fullmatch(text)
    if match is None:
        return None
    seeds = range(int(match[1]), int(match[2]) + 1)
    if not seeds:
        raise ConfigurationError(f"{text} names no phantom", "write the first seed, then the last one")
    return seeds


def _opened_cache(folder: Path, settings: InputSettings, targets: Sequence[str]) -> CachedSource:
    cached = CachedSource(folder)
    if cached.settings != settings:
        raise ConfigurationError(
            f"The cache {folder} was made for another input than the network's",
            "cache the data set with the settings of this training",
        )
    missing = [name for name in checked_targets(targets) if name not in cached.target_names]
    if missing:
        raise ConfigurationError(
            f"The cache {folder} has no {missing[0]}", f"choose among {', '.join(cached.target_names)}"
        )
    return cached
