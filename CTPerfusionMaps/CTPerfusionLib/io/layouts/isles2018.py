"""The folders of the ISLES 2018 challenge.

As the challenge gives its data: ``TRAINING/case_N`` with a folder for each image, which holds a NIfTI file of
its own name, ``SMIR.Brain.XX.O.CT_4DPWI.<id>/SMIR.Brain.XX.O.CT_4DPWI.<id>.nii``, or with these files
themselves. ``CT_4DPWI`` is the scan, ``OT`` the lesion on diffusion images; the cases of the challenge's test
have none.
"""

import csv
import re
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from ...errors import SeriesError
from .cohort_case import LESION, SERIES, CohortCase
from .inside import entries, is_file_inside

CHALLENGE_INTERVAL = 1.0
"""Seconds between frames, to which the challenge has resampled all scans."""

PATIENTS_FILE = "patients.csv"
"""Beside the cases: columns ``case`` and ``patient``, for those whose two slabs are two cases."""

_TRAINING = "TRAINING"
_KINDS: Mapping[str, str] = MappingProxyType(
    {
        SERIES: "CT_4DPWI", LESION: "OT",
        "CBF": "CT_CBF", "CBV": "CT_CBV", "MTT": "CT_MTT", "Tmax": "CT_Tmax",
    }
)  # fmt: skip
"""What the challenge calls the parts of a case."""

_NO_LESION = f"no lesion ({_KINDS[LESION]}), as in the cases of the test"

_CASE = re.compile(r"case_(\d+)")
_IMAGE = re.compile(r"SMIR\.Brain\.[^.]+\.[^.]+\.(?P<kind>\w+)\.\d+")
_SUFFIXES = (".nii", ".nii.gz")
_SUFFIX = re.compile(r"\.nii(\.gz)?$")


def is_isles2018(folder: Path) -> bool:
    """Say whether a folder holds cases as the challenge does."""
    return any(_images(case, folder) for case in _case_folders(folder))


def find_isles2018(folder: Path) -> tuple[CohortCase, ...]:
    """Return the cases of the challenge by number: in ``TRAINING`` where there is one, else in `folder`.

    Two slabs of one patient are two cases, and the files of the challenge do not tell which belong together.
    They share a patient where :data:`PATIENTS_FILE` says so, else each case counts as one.

    Raises
    ------
    SeriesError
        If that file cannot be read.
    """
    if not is_isles2018(folder):
        return ()
    patients = _patients(_place(folder) / PATIENTS_FILE, folder)
    return tuple(_case(path, folder, patients) for path in _case_folders(folder))


def _place(folder: Path) -> Path:
    training = folder / _TRAINING
    return training if training.is_dir() else folder


def _case_folders(folder: Path) -> list[Path]:
    numbers = {path: _CASE.fullmatch(path.name) for path in entries(_place(folder), folder) if path.is_dir()}
    found = {path: int(match[1]) for path, match in numbers.items() if match}
    return sorted(found, key=lambda path: found[path])


def _case(place: Path, root: Path, patients: Mapping[str, str]) -> CohortCase:
    images = _images(place, root)
    files, missing = {}, {}
    for part, kind in _KINDS.items():
        found = images.get(kind, [])
        if len(found) == 1:
            files[part] = found[0]
        elif found:
            missing[part] = f"more than one {kind}"
        else:
            missing[part] = _NO_LESION if part == LESION else f"no {kind}"
    return CohortCase(place.name, patients.get(place.name, place.name), files, missing)


def _images(place: Path, root: Path) -> dict[str, list[Path]]:
    """Return the images of a case by what they are."""
    found: dict[str, list[Path]] = {}
    for path in entries(place, root):
        is_folder = path.is_dir()
        stem = path.name if is_folder else _SUFFIX.sub("", path.name)
        match = _IMAGE.fullmatch(stem)
        if match:
            files = [path / f"{stem}{suffix}" for suffix in _SUFFIXES] if is_folder else [path]
            usable = (file for file in files if file.name.endswith(_SUFFIXES) and is_file_inside(file, root))
            found.setdefault(match["kind"], []).extend(usable)
    return found


def _patients(path: Path, root: Path) -> dict[str, str]:
    """Return the patient of each case that the file names; none where there is no such file."""
    if not is_file_inside(path, root):
        return {}
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = [(row["case"].strip(), row["patient"].strip()) for row in csv.DictReader(file)]
    except (OSError, UnicodeDecodeError, csv.Error, KeyError, AttributeError) as error:
        raise _unusable("cannot be read") from error
    patients = dict(rows)
    if len(patients) < len(rows) or not all(case and patient for case, patient in rows):
        raise _unusable("names a case twice, or leaves a place empty")
    return patients


def _unusable(what: str) -> SeriesError:
    return SeriesError(
        f"The list {PATIENTS_FILE} of slabs of one patient {what}",
        "give a CSV file in UTF-8 with the columns case and patient and a row for each case",
    )
