"""Patients in two halves: one by which numbers are tuned, one with which they are reported.

Numbers that were tuned and reported with the same patients are too good. Which half a patient belongs to
depends on the patient's name and the seed alone, so it is the same in every run, whatever order files come in
and whoever else is there, and cases of one patient are never divided.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from ..errors import ConfigurationError

FORMAT = "ctperfusion halves by patient"

_MEND = "give each patient to exactly one half"


class Half(StrEnum):
    """What a patient serves for."""

    TUNING = "tuning"
    REPORTING = "reporting"


@dataclass(frozen=True)
class PatientHalves:
    """Which patients belong to which half.

    Attributes
    ----------
    tuning : tuple of str
        By whom parameters may be chosen.
    reporting : tuple of str
        Whom nothing that is tuned may see.
    seed : int
        By which they were divided.

    Raises
    ------
    ConfigurationError
        If a patient is in both halves, or twice in one.
    """

    tuning: tuple[str, ...]
    reporting: tuple[str, ...]
    seed: int

    def __post_init__(self) -> None:
        doubled = [name for name, count in Counter(self.patients).items() if count > 1]
        if doubled:
            raise ConfigurationError(f"The halves hold patient {doubled[0]} twice", _MEND)

    @property
    def patients(self) -> tuple[str, ...]:
        """All patients, half by half."""
        return (*self.tuning, *self.reporting)

    def of(self, patient: str) -> Half:
        """Return the half of a patient.

        Raises
        ------
        ConfigurationError
            If there is no such patient.
        """
        for half in Half:
            if patient in getattr(self, half):
                return half
        raise ConfigurationError(
            f"Patient {patient} is in neither half", "divide all patients before any is used"
        )


def halve_patients(patients: Iterable[str], seed: int = 0) -> PatientHalves:
    """Divide patients by a hash of their names.

    Each patient falls into either half with equal chance, so the halves differ in size. That keeps every
    patient in place when others are added; halves of equal size would move some from one half to the other.

    Parameters
    ----------
    patients : iterable of str
        A patient may be named several times, as one with several cases is; the order does not matter.
    seed : int
        Another one divides them differently.
    """
    names = sorted(set(patients))
    return PatientHalves(
        tuning=tuple(name for name in names if _half(name, seed) is Half.TUNING),
        reporting=tuple(name for name in names if _half(name, seed) is Half.REPORTING),
        seed=seed,
    )


def halves_text(halves: PatientHalves) -> str:
    """Return halves as JSON."""
    record = {
        "format": FORMAT,
        "seed": halves.seed,
        **{str(half): list(getattr(halves, half)) for half in Half},
    }
    return json.dumps(record, indent=1) + "\n"


def patient_digest(cohort: str, patient: str) -> str:
    """Return what a patient of a cohort is recognised by where names are not to be told."""
    return hashlib.sha256(f"{cohort}:{patient}".encode()).hexdigest()[:16]


def find_copies(digests: Mapping[str, str]) -> dict[str, str]:
    """Return the cases whose images another one has too: they would stand in both halves.

    Parameters
    ----------
    digests : mapping of str to str
        Of the images of each case, in the order of the cases.

    Returns
    -------
    dict of str to str
        By the name of each copy, the first case with these images.
    """
    first: dict[str, str] = {}
    for name, digest in digests.items():
        first.setdefault(digest, name)
    return {name: first[digest] for name, digest in digests.items() if first[digest] != name}


def _half(patient: str, seed: int) -> Half:
    first = hashlib.sha256(f"{seed}:{patient}".encode()).digest()[0]
    return Half.TUNING if first % 2 else Half.REPORTING
