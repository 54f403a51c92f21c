"""One scan of a public cohort: its files, and what is missing of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

SERIES, LESION = "series", "lesion"
"""Parts of a case beside its reference maps: the perfusion scan, and the lesion that people have drawn."""

QUANTITIES = ("CBV", "CBF", "MTT", "TTP", "Tmax", "Delay")
"""What reference maps show; parts of a case are called so."""


@dataclass(frozen=True)
class CohortCase:
    """The files of one scan.

    Attributes
    ----------
    name : str
        Unique within the cohort: that of its folder.
    patient : str
        Cases of one patient must never be divided.
    files : mapping of str to Path
        By part: :data:`SERIES` (a file, or a folder of DICOM files), :data:`LESION` and
        :data:`QUANTITIES`.
    missing : mapping of str to str
        Parts that are not there, with what is missing as a noun, such as ``no CT_4DPWI``.
    """

    name: str
    patient: str
    files: Mapping[str, Path]
    missing: Mapping[str, str]

    @property
    def reference_maps(self) -> dict[str, Path]:
        """The reference maps that are there, by quantity."""
        return {name: self.files[name] for name in QUANTITIES if name in self.files}

    def lack_of(self, *parts: str) -> str:
        """Return a few words about which of some parts are missing; empty if none is.

        Where the scan is, nothing else is worth naming.
        """
        wanted = (SERIES,) if SERIES in parts and SERIES in self.missing else parts
        words = [self.missing[part] for part in wanted if part in self.missing]
        return f"there is {' and '.join(words)}" if words else ""
