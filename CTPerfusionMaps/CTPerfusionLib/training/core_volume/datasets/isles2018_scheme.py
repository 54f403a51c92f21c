"""The folders of the ISLES 2018 challenge: which case has a scan and a lesion.

As the challenge gives its training data: ``TRAINING/case_N`` with a folder for each image, which holds a
NIfTI file of its own name, ``SMIR.Brain.XX.O.CT_4DPWI.<id>/SMIR.Brain.XX.O.CT_4DPWI.<id>.nii``. ``CT_4DPWI``
is the scan, ``OT`` the lesion; the others (``CT``, ``CT_CBF``, ``CT_CBV``, ``CT_MTT``, ``CT_Tmax``) are not
used. The cases of the challenge's test have no lesion.
"""

import re
from dataclasses import dataclass
from pathlib import Path

TRAINING = "TRAINING"
SCAN, LESION = "CT_4DPWI", "OT"

_CASE = re.compile(r"case_(\d+)")
_IMAGE = re.compile(r"SMIR\.Brain\.[^.]+\.[^.]+\.(?P<kind>\w+)\.\d+")
_SUFFIXES = (".nii", ".nii.gz")


@dataclass(frozen=True)
class Isles2018Case:
    """The files of one case.

    Attributes
    ----------
    scan, lesion : Path
    """

    scan: Path
    lesion: Path


def is_isles2018(folder: Path) -> bool:
    """Say whether a folder holds cases as the challenge does."""
    return any(_images(case) for case in case_folders(folder))


def case_folders(folder: Path) -> list[Path]:
    """Return the folders of the cases by number: in ``TRAINING`` where there is one, else in `folder`."""
    training = folder / TRAINING
    place = training if training.is_dir() else folder
    numbers = {path: _CASE.fullmatch(path.name) for path in place.iterdir() if path.is_dir()}
    found = {path: int(match[1]) for path, match in numbers.items() if match}
    return sorted(found, key=lambda path: found[path])


def find_case(folder: Path) -> Isles2018Case | str:
    """Return the files of a case, or a few words about what is missing."""
    images = _images(folder)
    scans, lesions = images.get(SCAN, []), images.get(LESION, [])
    if not scans:
        return f"there is no {SCAN}"
    if not lesions:
        return f"there is no lesion ({LESION}), as in the cases of the test"
    if len(scans) + len(lesions) > 2:
        return f"there is more than one {SCAN if len(scans) > 1 else LESION}"
    return Isles2018Case(scans[0], lesions[0])


def _images(folder: Path) -> dict[str, list[Path]]:
    """Return the images of a case by what they are."""
    found: dict[str, list[Path]] = {}
    for place in sorted(path for path in folder.iterdir() if path.is_dir()):
        match = _IMAGE.fullmatch(place.name)
        files = [place / f"{place.name}{suffix}" for suffix in _SUFFIXES]
        if match:
            found.setdefault(match["kind"], []).extend(path for path in files if path.is_file())
    return found
