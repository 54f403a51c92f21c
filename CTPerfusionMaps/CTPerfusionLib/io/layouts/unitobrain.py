"""The folders of the UniToBrain data set: which patient has what.

The scheme is that of the data set and its public code (EIDOSLAB/UC3-UNITOBrain): beside each other lie
``ID``, ``ID_Registered``, ``ID_Registered_Filtered_3mm_20HU`` and
``ID_Registered_Filtered_3mm_20HU_Maps``, the last with a folder ``NLR_CBV`` and so on for each map.
"""

import re
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType

from .cohort_case import SERIES, CohortCase
from .inside import entries, stays_inside

_FILTERED = "_Registered_Filtered_3mm_20HU"
_MAPS = f"{_FILTERED}_Maps"
_ANY = re.compile(rf"(?P<patient>.+?)(?P<suffix>{_MAPS}|{_FILTERED}|_Registered|)")

MAP_NAMES = ("CBV", "CBF", "MTT", "TTP", "Delay")
"""The maps of the data set; the folder of each is called ``NLR_`` and this."""


class UniToBrainStage(StrEnum):
    """How far the series that is read has been processed by the authors of the data set."""

    RAW = "raw"
    REGISTERED = "registered"
    FILTERED = "filtered"


_SUFFIXES: Mapping[UniToBrainStage, str] = MappingProxyType(
    {
        UniToBrainStage.RAW: "",
        UniToBrainStage.REGISTERED: "_Registered",
        UniToBrainStage.FILTERED: _FILTERED,
    }
)
"""Of the folder of the series."""


def is_unitobrain(folder: Path) -> bool:
    """Say whether a folder holds patients in the scheme of the data set."""
    return any(_suffix(path.name) for path in _folders(folder))


def find_unitobrain(folder: Path, stage: UniToBrainStage = UniToBrainStage.RAW) -> tuple[CohortCase, ...]:
    """Return all patients of whom there is any folder, in alphabetical order.

    Parameters
    ----------
    folder : Path
        Of the data set.
    stage : UniToBrainStage
        Which series is read; the maps are those of the filtered one.
    """
    if not is_unitobrain(folder):
        return ()
    names = sorted({path.name.removesuffix(_suffix(path.name)) for path in _folders(folder)})
    return tuple(_case(folder, name, stage) for name in names)


def _case(root: Path, name: str, stage: UniToBrainStage) -> CohortCase:
    maps = root / f"{name}{_MAPS}"
    places = {
        SERIES: root / f"{name}{_SUFFIXES[stage]}",
        **{each: maps / f"NLR_{each}" for each in MAP_NAMES},
    }
    files = {part: place for part, place in places.items() if _has_files(place, root)}
    missing = {
        part: f"no {stage} series" if part == SERIES else f"no NLR_{part}"
        for part in places
        if part not in files
    }
    return CohortCase(name, name, files, missing)


def _folders(folder: Path) -> list[Path]:
    return [path for path in entries(folder, folder) if path.is_dir()]


def _has_files(folder: Path, root: Path) -> bool:
    is_filled = folder.is_dir() and any(path.is_file() for path in folder.rglob("*"))
    return is_filled and stays_inside(folder, root)


def _suffix(name: str) -> str:
    match = _ANY.fullmatch(name)
    return match["suffix"] if match else ""
