"""The folders of the UniToBrain data set: which patient has what.

The scheme is that of the data set and its public code (EIDOSLAB/UC3-UNITOBrain): beside each other lie
``ID``, ``ID_Registered``, ``ID_Registered_Filtered_3mm_20HU`` and
``ID_Registered_Filtered_3mm_20HU_Maps``, the last with a folder ``NLR_CBV`` and so on for each map.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType

from ...preprocessing import DEFAULT_REGISTRATION_METHOD, FILTERS

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


@dataclass(frozen=True)
class StageRule:
    """What a stage of processing means.

    Attributes
    ----------
    suffix : str
        Of the folder.
    registration, filter : str
        What is still to be done to the series, by the names of
        :class:`CTPerfusionLib.pipeline.PipelineConfig`.
    """

    suffix: str
    registration: str
    filter: str


_FILTER = next(iter(FILTERS))

STAGES: Mapping[UniToBrainStage, StageRule] = MappingProxyType(
    {
        UniToBrainStage.RAW: StageRule("", DEFAULT_REGISTRATION_METHOD, _FILTER),
        UniToBrainStage.REGISTERED: StageRule("_Registered", "none", _FILTER),
        UniToBrainStage.FILTERED: StageRule(_FILTERED, "none", "none"),
    }
)
"""What each stage means."""


@dataclass(frozen=True)
class UniToBrainPatient:
    """The folders of one patient.

    Attributes
    ----------
    name : str
        As the data set calls it, such as ``MOL-002``.
    series : Path
    maps : mapping of str to Path
        By the names of :data:`MAP_NAMES`, those that are there.
    """

    name: str
    series: Path
    maps: Mapping[str, Path]


def is_unitobrain(folder: Path) -> bool:
    """Say whether a folder holds patients in the scheme of the data set."""
    return any(_suffix(path.name) for path in _folders(folder))


def patient_names(folder: Path) -> list[str]:
    """Return all patients of whom there is any folder, in alphabetical order."""
    return sorted({_patient(path.name) for path in _folders(folder)})


def patient_folders(
    folder: Path, name: str, stage: UniToBrainStage, targets: Iterable[str]
) -> UniToBrainPatient | str:
    """Return the folders of a patient, or a few words about what is missing.

    Parameters
    ----------
    folder : Path
        Of the data set.
    name : str
    stage : UniToBrainStage
        Which series is read.
    targets : iterable of str
        Maps that have to be there.
    """
    series = folder / f"{name}{STAGES[stage].suffix}"
    if not _has_files(series):
        return f"there is no {stage} series"
    parent = folder / f"{name}{_MAPS}"
    maps = {each: parent / f"NLR_{each}" for each in MAP_NAMES if _has_files(parent / f"NLR_{each}")}
    missing = [f"NLR_{target}" for target in targets if target not in maps]
    if missing:
        return f"there is no {' and no '.join(missing)}"
    return UniToBrainPatient(name, series, maps)


def _folders(folder: Path) -> list[Path]:
    return [path for path in folder.iterdir() if path.is_dir() and not path.name.startswith(".")]


def _has_files(folder: Path) -> bool:
    return folder.is_dir() and any(path.is_file() for path in folder.rglob("*"))


def _suffix(name: str) -> str:
    match = _ANY.fullmatch(name)
    return match["suffix"] if match else ""


def _patient(name: str) -> str:
    return name.removesuffix(_suffix(name))
