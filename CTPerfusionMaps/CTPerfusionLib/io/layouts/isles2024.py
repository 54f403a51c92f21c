"""The folders of the ISLES 2024 challenge, which follow BIDS.

``raw_data/sub-strokeNNNN/ses-01/*_ctp.nii.gz`` is the scan. Reference maps lie in
``derivatives/sub-strokeNNNN/ses-01/perfusion-maps/*_space-ncct_{cbf,cbv,mtt,tmax}.nii.gz``, registered to the
plain CT, and in releases that have them also in ``raw_data/.../perfusion-maps/*_{cbf,...}.nii.gz``, in the
space of the scan. The final lesion is ``derivatives/.../ses-02/*_lesion-msk.nii.gz``.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from .cohort_case import LESION, SERIES, CohortCase
from .inside import entries, is_file_inside

RESAMPLED_INTERVAL = 1.0
"""Seconds between frames, to which the challenge has resampled all scans."""

_RAW, _DERIVED = "raw_data", "derivatives"
_MAPS = "perfusion-maps"
_SUBJECT = re.compile(r"sub-stroke(case)?\d+")
_ACUTE, _FOLLOW_UP = re.compile(r"ses-0*1"), re.compile(r"ses-0*2")
_SUFFIXES: Mapping[str, str] = MappingProxyType({"CBF": "cbf", "CBV": "cbv", "MTT": "mtt", "Tmax": "tmax"})


def find_isles2024(folder: Path) -> tuple[CohortCase, ...]:
    """Return the cases of the challenge, a subject each, in alphabetical order.

    The maps in the space of the scan are taken where there are any: those in the space of the plain CT have
    been moved by a registration that no file records.
    """
    subjects = {
        path.name
        for part in (_RAW, _DERIVED)
        for path in entries(folder / part, folder)
        if path.is_dir() and _SUBJECT.fullmatch(path.name)
    }
    return tuple(_case(folder, subject) for subject in sorted(subjects))


def _case(root: Path, subject: str) -> CohortCase:
    scan = _session(root / _RAW / subject, _ACUTE, root)
    derived = _session(root / _DERIVED / subject, _ACUTE, root)
    later = _session(root / _DERIVED / subject, _FOLLOW_UP, root)
    own_space = any(_images(scan / _MAPS, suffix, root) for suffix in _SUFFIXES.values())
    maps = scan / _MAPS if own_space else derived / _MAPS
    candidates = {
        SERIES: _images(scan, "ctp", root),
        LESION: _images(later, "lesion-msk", root),
        **{name: _images(maps, suffix, root) for name, suffix in _SUFFIXES.items()},
    }
    words = {SERIES: "ctp", LESION: "lesion-msk", **_SUFFIXES}
    return CohortCase(
        name=subject,
        patient=subject,
        files={part: found[0] for part, found in candidates.items() if len(found) == 1},
        missing={
            part: f"{'more than one' if found else 'no'} {words[part]}"
            for part, found in candidates.items()
            if len(found) != 1
        },
    )


def _session(subject: Path, number: re.Pattern[str], root: Path) -> Path:
    """Return the folder of a session, one that is not there if it is not."""
    found = [path for path in entries(subject, root) if number.fullmatch(path.name)]
    return found[0] if found else subject / "no session"


def _images(folder: Path, suffix: str, root: Path) -> list[Path]:
    ends = (f"_{suffix}.nii.gz", f"_{suffix}.nii")
    return [path for path in entries(folder, root) if path.name.endswith(ends) and is_file_inside(path, root)]
