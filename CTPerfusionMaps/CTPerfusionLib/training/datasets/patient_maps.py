"""One patient ready for a network, and what gives such patients."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PureWindowsPath
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from ...errors import ConfigurationError
from ...networks import MAP_TARGETS, InputSettings
from ...progress import ProgressCallback, ignore_progress
from .dataset_error import DatasetError

STACK_SCALE = 65535
"""Stored value of a stack that stands for 1: steps of 0.006 HU in a window of 400 HU, far below noise."""


@dataclass(frozen=True, eq=False)
class PatientMaps:
    """One patient ready for a network.

    Attributes
    ----------
    patient : str
        Identifier without meaning outside the data set; never a name.
    stack : ndarray of uint16 or float32, shape (Z, T, Y, X)
        The study as :func:`CTPerfusionLib.networks.prepare_input` gives it, [0, 1]; uint16 is that times
        65535. Memory-mapped where it comes from a cache.
    context : ndarray of float32, shape (K, T)
        Summary curves of the whole study.
    targets : ndarray of float32, shape (Z, C, Y, X)
        Physical units; NaN where there is no target.
    target_names : tuple of str, length C
    brain, tissue : ndarray of bool, shape (Z, Y, X)
        The inside of the skull, and what is analysed of it.
    ijk_to_ras : ndarray of float64, shape (4, 4)
    groups : mapping of str to str or float
        What a result may be broken down by, such as the lesion and the noise of a phantom.
    """

    patient: str
    stack: NDArray[Any]
    context: NDArray[np.float32]
    targets: NDArray[np.float32]
    target_names: tuple[str, ...]
    brain: NDArray[np.bool_]
    tissue: NDArray[np.bool_]
    ijk_to_ras: NDArray[np.float64]
    groups: Mapping[str, str | float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.stack.ndim != 4 or self.stack.dtype not in (np.uint16, np.float32):
            raise ValueError(f"stack must be (Z, T, Y, X) uint16 or float32, got {_described(self.stack)}")
        slices, times, rows, columns = self.stack.shape
        expected = {
            "context": (len(self.context), times),
            "targets": (slices, len(self.target_names), rows, columns),
            "brain": (slices, rows, columns),
            "tissue": (slices, rows, columns),
            "ijk_to_ras": (4, 4),
        }
        for name, shape in expected.items():
            if getattr(self, name).shape != shape:
                raise ValueError(f"{name} must have the shape {shape}, got {getattr(self, name).shape}")

    @property
    def n_slices(self) -> int:
        """Number of slices Z."""
        return int(self.stack.shape[0])

    def target(self, name: str) -> NDArray[np.float32]:
        """Return the map of that name in physical units, shape (Z, Y, X).

        Raises
        ------
        DatasetError
            If the patient has no such map.
        """
        if name not in self.target_names:
            raise DatasetError(
                f"Patient {self.patient} has no target {name}",
                f"choose among {', '.join(self.target_names)}",
            )
        return self.targets[:, self.target_names.index(name)]


class PatientSource(Protocol):
    """A data set: patients by their identifiers, all prepared in the same way."""

    @property
    def name(self) -> str:
        """What the data set is called in records and model cards."""

    @property
    def settings(self) -> InputSettings:
        """How the input of the network is prepared."""

    @property
    def target_names(self) -> tuple[str, ...]:
        """The maps that every patient has, keys of :data:`CTPerfusionLib.networks.MAP_TARGETS`."""

    @property
    def patients(self) -> tuple[str, ...]:
        """Identifiers of the patients that can be used."""

    def load(self, patient: str) -> PatientMaps:
        """Return one patient.

        Raises
        ------
        DatasetError
            If there is no such patient, or its data cannot be used.
        """


class ComputedSource(PatientSource, Protocol):
    """A data set whose patients are prepared when they are asked for, which takes seconds to minutes."""

    @property
    def recipe(self) -> Mapping[str, Any]:
        """What the patients are made from and how, ready for JSON: equal recipes give equal patients."""

    @property
    def skipped(self) -> Mapping[str, str]:
        """Patients that are known not to be usable, with the reason."""

    def fingerprint(self, patient: str) -> str:
        """Return a digest that changes with the files of a patient; empty where it is made of none."""

    def load(self, patient: str, *, on_progress: ProgressCallback = ignore_progress) -> PatientMaps:
        """Return one patient, as :meth:`PatientSource.load`, and report the fraction done."""


def checked_targets(names: Sequence[str]) -> tuple[str, ...]:
    """Return the names of targets as a tuple.

    Raises
    ------
    ConfigurationError
        If there is none, one is named twice, or one is not known.
    """
    unknown = [name for name in names if name not in MAP_TARGETS]
    if isinstance(names, str) or unknown:
        raise ConfigurationError(
            f"There is no target map {unknown[0] if unknown else names!r}",
            f"give a list of some of: {', '.join(MAP_TARGETS)}",
        )
    if not names or len(set(names)) < len(names):
        raise ConfigurationError(
            "No target map is named" if not names else "A target map is named twice",
            f"give a list of some of: {', '.join(MAP_TARGETS)}",
        )
    return tuple(names)


def require_patient(patient: str, patients: Sequence[str]) -> None:
    """Raise a DatasetError if a data set has no such patient."""
    if patient not in patients:
        raise DatasetError(
            f"The data set has no patient {patient}", "choose one of its patients, or use its own division"
        )


def is_folder_name(patient: str) -> bool:
    """Say whether an identifier is the name of a folder and nothing else on any system, nor a hidden one."""
    return PureWindowsPath(patient).name == patient and patient.strip(" .") != "" and patient[0] != "."


def skipped_sentence(skipped: Mapping[str, str], n_patients: int) -> str:
    """Return one sentence about patients that are left out, empty where there are none.

    Parameters
    ----------
    skipped : mapping of str to str
        Reasons by patient.
    n_patients : int
        All patients, with those.
    """
    if not skipped:
        return ""
    reasons = "; ".join(f"{patient}: {reason.rstrip('.')}" for patient, reason in skipped.items())
    verb = "is" if len(skipped) == 1 else "are"
    return f"{len(skipped)} of {n_patients} patients {verb} left out ({reasons})."


def _described(array: NDArray[Any]) -> str:
    return f"{array.dtype} of shape {array.shape}"
