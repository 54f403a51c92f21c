"""What is learned of each patient: the core volume, and whether it is large."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from ..datasets import DatasetError
from .settings import MEDIAN


@dataclass(frozen=True)
class CoreLabels:
    """The labels of a cohort.

    Attributes
    ----------
    threshold_ml : float
    volumes_ml : tuple of float
        Core volume of each patient.
    """

    threshold_ml: float
    volumes_ml: tuple[float, ...]

    @property
    def large(self) -> tuple[bool, ...]:
        """Whether each core is large; one of exactly the threshold, which the paper leaves open, is."""
        return tuple(volume >= self.threshold_ml for volume in self.volumes_ml)


def core_labels(
    patients: Sequence[str], volumes: Sequence[float | None], threshold: float | Literal["median"]
) -> CoreLabels:
    """Return the labels of a cohort.

    Parameters
    ----------
    patients : sequence of str
    volumes : sequence of float or None
        Core volume of each in mL.
    threshold : float or "median"
        mL from which on a core is large, or the median of `volumes`.

    Raises
    ------
    DatasetError
        If a patient has no label, a volume is none, or all patients are on one side of the threshold.
    """
    unlabelled = [name for name, volume in zip(patients, volumes, strict=True) if volume is None]
    if unlabelled:
        raise DatasetError(
            f"{len(unlabelled)} of {len(patients)} patients have no core volume: {_some(unlabelled)}",
            "give each a mask of its core or a row in labels.csv, or leave them out",
        )
    known = [float(volume) for volume in volumes if volume is not None]
    wrong = [name for name, volume in zip(patients, known, strict=True) if not 0.0 <= volume < np.inf]
    if wrong:
        raise DatasetError(
            f"The core volume of {_some(wrong)} is negative or no number", "give volumes in mL, 0 for no core"
        )
    labels = CoreLabels(float(np.median(known)) if threshold == MEDIAN else float(threshold), tuple(known))
    if len(set(labels.large)) < 2:
        side = "at least" if labels.large[0] else "below"
        raise DatasetError(
            f"All labels are equal: the cores of all {len(known)} patients are {side} "
            f"{labels.threshold_ml:.3g} mL",
            "give patients with small and with large cores, or another threshold",
        )
    return labels


_MOST_NAMED = 5


def _some(patients: Sequence[str]) -> str:
    named = ", ".join(patients[:_MOST_NAMED])
    more = len(patients) - _MOST_NAMED
    return f"{named} and {more} more" if more > 0 else named
