"""One patient ready for the core-volume network, and what gives such patients."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from ....networks.core_volume.input_settings import CoreVolumeInputSettings
from ....progress import ProgressCallback, ignore_progress

CORE_TARGET = "core_ml"
"""What every patient of a data set has beside its images."""

LOWEST_HU, STEPS_PER_HU = -1024.0, 16.0
"""HU that is stored as 0, and stored steps per HU: 4096 HU fill uint16 in steps far below noise."""


@dataclass(frozen=True, eq=False)
class CorePatient:
    """One patient ready for the core-volume network.

    Attributes
    ----------
    patient : str
        Identifier without meaning outside the data set; never a name.
    stack : ndarray of uint16 or float32, shape (2, T, Y, X)
        The lower and the upper slice as
        :func:`CTPerfusionLib.networks.core_volume.prepare_core_volume_input` gives them: HU as float32, or as
        uint16 in 1/16 HU above -1024 HU. Memory-mapped where it comes from a cache.
    core_ml : float or None
        Volume of the ischemic core in mL; None where it is not known.
    groups : mapping of str to str or float
        What a result may be broken down by, such as the lesion and the noise of a phantom.
    """

    patient: str
    stack: NDArray[Any]
    core_ml: float | None
    groups: Mapping[str, str | float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.stack.ndim != 4 or len(self.stack) != 2 or self.stack.dtype not in (np.uint16, np.float32):
            raise ValueError(
                "stack must be (2, T, Y, X) uint16 or float32, got "
                f"{self.stack.dtype} of shape {self.stack.shape}"
            )
        if self.core_ml is not None and not 0.0 <= self.core_ml < np.inf:
            raise ValueError(f"core_ml must be 0 mL or more, got {self.core_ml}")

    @property
    def hounsfield(self) -> NDArray[np.float32]:
        """The slices in HU, shape (2, T, Y, X)."""
        if self.stack.dtype == np.float32:
            return self.stack
        return np.asarray(self.stack, dtype=np.float32) / np.float32(STEPS_PER_HU) + np.float32(LOWEST_HU)


def stored_hounsfield(hounsfield: NDArray[np.float32]) -> NDArray[np.uint16]:
    """Return HU as a :class:`CorePatient` stores them; what lies beyond -1024 and 3071 HU is clipped."""
    steps = np.rint((hounsfield - np.float32(LOWEST_HU)) * np.float32(STEPS_PER_HU))
    return np.asarray(np.clip(steps, 0, np.iinfo(np.uint16).max), dtype=np.uint16)


class CorePatientSource(Protocol):
    """A data set: patients by their identifiers, all prepared in the same way."""

    @property
    def name(self) -> str:
        """What the data set is called in records and model cards."""

    @property
    def settings(self) -> CoreVolumeInputSettings:
        """How the input of the network is prepared."""

    @property
    def patients(self) -> tuple[str, ...]:
        """Identifiers of the patients that can be used."""

    @property
    def skipped(self) -> Mapping[str, str]:
        """Patients that cannot be used, with the reason."""

    @property
    def recipe(self) -> Mapping[str, Any]:
        """What the patients are made from and how, ready for JSON: equal recipes give equal patients."""

    def load(self, patient: str) -> CorePatient:
        """Return one patient.

        Raises
        ------
        DatasetError
            If there is no such patient, or its data cannot be used.
        """


class ComputedCoreSource(CorePatientSource, Protocol):
    """A data set whose patients are prepared when they are asked for, which takes seconds."""

    @property
    def target_names(self) -> tuple[str, ...]:
        """Always the core volume."""

    def fingerprint(self, patient: str) -> str:
        """Return a digest that changes with the files of a patient; empty where it is made of none."""

    def load(self, patient: str, *, on_progress: ProgressCallback = ignore_progress) -> CorePatient:
        """Return one patient, as :meth:`CorePatientSource.load`, and report the fraction done."""
