"""One patient of the evaluation of core-volume networks: what each fold's network said, and the truth."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import numpy as np

PROBABILITY_THRESHOLD = 0.5
"""Mean probability of the networks from which on a core is called large."""


class Cohort(StrEnum):
    """Patients by what the training had to do with them, in the order of the tables."""

    VALIDATION = "validation folds"
    """Of the cross-validation, each by the network whose best epoch they chose."""

    TEST = "test folds"
    """Of the cross-validation, each by the one network that had nothing to do with them."""

    HELD_OUT = "held-out patients"
    """Of the same kind as those of the training, and unknown to all networks."""

    EXTERNAL = "external patients"
    """Of another scanner or institution."""

    @property
    def is_of_folds(self) -> bool:
        """Whether each patient belongs to one fold; other patients are seen by all networks."""
        return self in (Cohort.VALIDATION, Cohort.TEST)


@dataclass(frozen=True)
class FoldTraining:
    """How one network was trained.

    Attributes
    ----------
    epochs, best_epoch : int
    seconds : float
        Of all epochs.
    """

    epochs: int
    best_epoch: int
    seconds: float


@dataclass(frozen=True)
class CoreStudy:
    """The networks of one cross-validation.

    Attributes
    ----------
    name : str
        As the tables call it.
    pathways, output : str
        Of the architecture, see :data:`CTPerfusionLib.networks.core_volume.PATHWAYS` and ``OUTPUTS``.
    threshold_ml : float
        mL from which on a core is large.
    folds : tuple of int
        Numbers of the networks.
    training : tuple of FoldTraining
        Of each network, where it is recorded.
    """

    name: str
    pathways: str
    output: str
    threshold_ml: float
    folds: tuple[int, ...]
    training: tuple[FoldTraining, ...] = ()

    @property
    def gives_volume(self) -> bool:
        """Whether the networks estimate mL instead of a probability."""
        return self.output == "volume"


@dataclass(frozen=True)
class CoreVolumeCase:
    """One patient as the networks of one study see it.

    Attributes
    ----------
    study : str
        Name of the study.
    cohort : Cohort
    patient : str
        Its identifier in the data set.
    core_ml : float
        True core volume.
    is_large : bool
        Whether it reaches the study's threshold.
    values : mapping of int to float
        By the number of the fold: the probability of a large core, or the volume in mL.
    groups : mapping of str to str or float
        What the data set says of the patient.
    """

    study: str
    cohort: Cohort
    patient: str
    core_ml: float
    is_large: bool
    values: Mapping[int, float]
    groups: Mapping[str, str | float] = field(default_factory=dict)

    @property
    def mean(self) -> float:
        """The mean of all networks that saw the patient: what the ensemble says."""
        return float(np.mean(list(self.values.values())))


@dataclass(frozen=True)
class LeftOutPatient:
    """A patient of a data set who is not evaluated.

    Attributes
    ----------
    cohort : Cohort
    patient, reason : str
    """

    cohort: Cohort
    patient: str
    reason: str


@dataclass(frozen=True)
class CoreVolumeEvaluation:
    """All that was measured.

    Attributes
    ----------
    studies : tuple of CoreStudy
    cases : tuple of CoreVolumeCase
    left_out : tuple of LeftOutPatient
    settings : mapping of str to str
        What was chosen, in the words of the tables.
    """

    studies: tuple[CoreStudy, ...]
    cases: tuple[CoreVolumeCase, ...]
    settings: Mapping[str, str]
    left_out: tuple[LeftOutPatient, ...] = ()


def case_row(case: CoreVolumeCase) -> dict[str, Any]:
    """Return a case as a flat row."""
    row: dict[str, Any] = {
        "study": case.study,
        "cohort": str(case.cohort),
        "patient": case.patient,
        "core_ml": case.core_ml,
        "large": "yes" if case.is_large else "no",
        "ensemble": case.mean,
    }
    row |= {f"fold_{fold}": value for fold, value in sorted(case.values.items())}
    return row | {f"group_{name}": str(value) for name, value in case.groups.items()}
