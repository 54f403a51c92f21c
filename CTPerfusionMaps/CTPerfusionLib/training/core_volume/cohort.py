"""The patients of a training: their stacks, their labels and what the stacks are standardised by."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from ...networks.core_volume import CoreVolumeInputSettings, Standardisation
from ...progress import ProgressCallback, reported
from ..datasets import DatasetError
from .datasets import CorePatient, CorePatientSource
from .labels import CoreLabels, core_labels


@dataclass(frozen=True, eq=False)
class Cohort:
    """The patients of a training.

    Attributes
    ----------
    source : str
        Name of their data set.
    recipe : mapping
        What they are made from.
    input : CoreVolumeInputSettings
    patients : tuple of CorePatient
        Mapped into memory where they come from a cache.
    labels : CoreLabels
        In the order of `patients`.
    standardisation : Standardisation
        Mean and SD of all stacks as they are.
    """

    source: str
    recipe: Mapping[str, Any]
    input: CoreVolumeInputSettings
    patients: tuple[CorePatient, ...]
    labels: CoreLabels
    standardisation: Standardisation

    @property
    def names(self) -> tuple[str, ...]:
        """Identifiers of the patients."""
        return tuple(patient.patient for patient in self.patients)

    @property
    def digest(self) -> str:
        """SHA-256 of who the patients are and how large their cores."""
        content = [[name, volume] for name, volume in zip(self.names, self.labels.volumes_ml, strict=True)]
        return hashlib.sha256(json.dumps(content).encode()).hexdigest()


def read_cohort(
    source: CorePatientSource, threshold: float | Literal["median"], on_progress: ProgressCallback
) -> Cohort:
    """Read and check all patients of a data set.

    Parameters
    ----------
    source : CorePatientSource
    threshold : float or "median"
        mL from which on a core is large.
    on_progress : callable

    Raises
    ------
    DatasetError
        If a patient has no label or cannot be used, or all labels are equal.
    """
    patients = tuple(source.load(name) for name in reported(source.patients, on_progress))
    labels = core_labels(source.patients, [patient.core_ml for patient in patients], threshold)
    return Cohort(
        source=source.name,
        recipe=source.recipe,
        input=source.settings,
        patients=patients,
        labels=labels,
        standardisation=Standardisation.of(_checked(patients, source.settings)),
    )


def _checked(patients: tuple[CorePatient, ...], settings: CoreVolumeInputSettings) -> Iterator[Any]:
    """Yield the HU of each patient.

    Raises
    ------
    DatasetError
        If a stack has another shape than the settings say, or values that are no numbers.
    """
    shape = (2, settings.n_frames, settings.size, settings.size)
    for patient in patients:
        if patient.stack.shape != shape:
            raise DatasetError(
                f"The slices of patient {patient.patient} have the shape {patient.stack.shape}, not {shape}",
                "prepare all patients with the same settings",
            )
        hounsfield = patient.hounsfield
        if not np.isfinite(hounsfield).all():
            raise DatasetError(
                f"The slices of patient {patient.patient} have values that are no numbers",
                "mend them, or leave the patient out",
            )
        yield hounsfield
