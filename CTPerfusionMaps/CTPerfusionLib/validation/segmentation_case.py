"""One case of the study of global and local normalisation: what was known, and what was found."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any


class Group(StrEnum):
    """The groups of Rau et al. 2024."""

    NO_MICROANGIOPATHY = "NoMA"
    MICROANGIOPATHY = "MA"


GRADES = (0, 1, 2, 3)
"""Of microangiopathy."""

MICROANGIOPATHY_FROM = 2
"""Grade from which a case belongs to MA: Fazekas above 1, as in the paper; 0 and 1 are NoMA."""


def group_of(grade: int) -> Group:
    """Return the group of a grade of white-matter disease, 0 to 3."""
    return Group.MICROANGIOPATHY if grade >= MICROANGIOPATHY_FROM else Group.NO_MICROANGIOPATHY


@dataclass(frozen=True)
class CaseLabels:
    """What is known of a case beforehand.

    Attributes
    ----------
    number : int
        From 1; tables and figures name cases by it, never by the name of a study.
    study : str
        The study's name in its folder, or the seed and the kind of a simulated head.
    group : Group
    grade : int or None
        Of microangiopathy, 0 to 3; None where only the group is known.
    stroke : bool
    seed : int or None
    scanner, lesion : str
        Of a simulated head; empty otherwise.
    """

    number: int
    study: str
    group: Group
    grade: int | None
    stroke: bool
    seed: int | None = None
    scanner: str = ""
    lesion: str = ""


@dataclass(frozen=True)
class Measured:
    """What the analysis of a case says; volumes in mL.

    Attributes
    ----------
    core_global, core_local : float
        Cleaned, by both normalisations.
    core_global_raw, core_local_raw : float or None
        The same beyond the thresholds, before cleaning; None where the result does not say.
    hypoperfusion, penumbra, tmax_6 : float
    side : str
        The affected hemisphere: ``left``, ``right`` or ``none``.
    counted : str
        The normalisation whose core counts by the protocol.
    lesion_seconds, cut_milliseconds : float or None
        Time of normalisation and segmentation, and of a cut with a threshold that moved; None where they
        were not measured.
    """

    core_global: float
    core_local: float
    core_global_raw: float | None
    core_local_raw: float | None
    hypoperfusion: float
    penumbra: float
    tmax_6: float
    side: str
    counted: str
    lesion_seconds: float | None = None
    cut_milliseconds: float | None = None

    @property
    def core(self) -> float:
        """The core that counts."""
        return self.core_local if self.counted == "local" else self.core_global

    @property
    def change(self) -> float:
        """Core by local less core by global normalisation."""
        return self.core_local - self.core_global


@dataclass(frozen=True)
class AgainstTruth:
    """A case of known truth; volumes in mL.

    Attributes
    ----------
    true_core, true_hypoperfusion : float
    true_side : str
    dice_global, dice_local, dice_hypoperfusion : float or None
        Dice of both cores and of hypoperfusion; None where truth and finding are empty.
    false_global, false_local : float
        Core where there is none in truth.
    missed_global, missed_local : float
        True core that was not found.
    plane_angle, plane_distance : float
        Between the mid-sagittal plane that was found and the one through the true midline: degrees, and mm in
        the centre of the brain.
    mirror_angle, mirror_distance : float
        The same with the plane that mirrors the brain onto its true counterparts best.
    """

    true_core: float
    true_hypoperfusion: float
    true_side: str
    dice_global: float | None
    dice_local: float | None
    dice_hypoperfusion: float | None
    false_global: float
    false_local: float
    missed_global: float
    missed_local: float
    plane_angle: float
    plane_distance: float
    mirror_angle: float
    mirror_distance: float


@dataclass(frozen=True)
class SegmentationCase:
    """One case: its labels with what was measured, or with why that failed.

    Attributes
    ----------
    labels : CaseLabels
    measured : Measured or None
        None for a case that failed.
    truth : AgainstTruth or None
        None for cases without a known truth.
    failure : str
        A sentence; empty where all went well.
    """

    labels: CaseLabels
    measured: Measured | None = None
    truth: AgainstTruth | None = None
    failure: str = ""


@dataclass(frozen=True)
class SegmentationCohort:
    """All cases of one evaluation.

    Attributes
    ----------
    cases : tuple of SegmentationCase
    simulated : bool
        Whether the cases are head phantoms, of known truth.
    settings : mapping
        What was chosen, in the words of the tables.
    size : str
        Of the phantoms, ``clinical`` or ``tiny``; empty for real cases.
    """

    cases: tuple[SegmentationCase, ...]
    simulated: bool
    settings: Mapping[str, str]
    size: str = ""


def case_record(case: SegmentationCase) -> dict[str, Any]:
    """Return a case as a flat row; every cohort has all columns, with None for what is not known."""
    row = asdict(case.labels)
    row["group"] = str(case.labels.group)
    for part, kind in ((case.measured, Measured), (case.truth, AgainstTruth)):
        names = kind.__dataclass_fields__
        row |= asdict(part) if part is not None else dict.fromkeys(names)
    return row | {"failure": case.failure}
