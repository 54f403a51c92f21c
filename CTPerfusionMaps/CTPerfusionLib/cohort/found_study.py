"""A study that a cohort consists of, and what it is called there."""

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

from ..errors import SeriesError

_LONGEST_NAME = 100
"""Characters; file systems take 255 bytes, and endings are added."""

_UNFIT = re.compile(r"[^A-Za-z0-9._-]+")


@dataclass(frozen=True)
class FoundStudy:
    """A study as it was found.

    Attributes
    ----------
    origin : str
        Where it lies within the cohort's folder, with forward slashes. It may tell who the patient is.
    path : Path
        What :func:`CTPerfusionLib.io.load_series` is given.
    public_name : str
        Name in a public cohort; empty where the name may be a patient's.
    study_uid : str
        DICOM's, empty where there is none.
    patient : str
        What two studies of one patient have in common, for comparison only; empty where nothing is known.
    frame_interval : float or None
        Seconds between frames where the files of a public cohort do not tell times.
    problem : SeriesError or None
        Why it cannot be processed, where that is known without loading it.
    """

    origin: str
    path: Path
    public_name: str = ""
    study_uid: str = ""
    patient: str = ""
    frame_interval: float | None = None
    problem: SeriesError | None = None


def study_names(studies: tuple[FoundStudy, ...], *, own_names: bool) -> tuple[str, ...]:
    """Return what studies are called in tables, file names and logs, each by another name.

    A study keeps its name when others are added to the cohort.

    Parameters
    ----------
    studies : tuple of FoundStudy
    own_names : bool
        Name them for the folders that they were found in. Without that they are called ``study-`` and a hash
        of the place, unless the cohort is a public one, since folders are often named for patients.
    """
    wanted = [_name(study, own_names=own_names) for study in studies]
    folded = [name.casefold() for name in wanted]  # some file systems take A for a
    return tuple(
        f"{name}-{_digest(study.origin)}" if folded.count(name.casefold()) > 1 else name
        for name, study in zip(wanted, studies, strict=True)
    )


def _name(study: FoundStudy, *, own_names: bool) -> str:
    if study.public_name:
        return fitting_name(study.public_name)
    return fitting_name(study.origin) if own_names else f"study-{_digest(study.origin)}"


def fitting_name(text: str) -> str:
    """Return a text as the name of a file on any system, never one that is hidden or leads elsewhere."""
    name = _UNFIT.sub("_", text.replace("/", "__")).strip("._-")[:_LONGEST_NAME]
    return name or "study"


def _digest(origin: str) -> str:
    return hashlib.sha256(origin.encode("utf-8", "surrogateescape")).hexdigest()[:10]
