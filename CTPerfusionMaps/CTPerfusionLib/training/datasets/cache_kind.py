"""What differs between caches of patients for one network and for another."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar

from ...progress import ProgressCallback, ignore_progress


class CacheSettings(Protocol):
    """How the input of a network is prepared."""

    def as_json(self) -> dict[str, Any]:
        """Return the settings as JSON holds them."""


Patient = TypeVar("Patient")
Prepared = TypeVar("Prepared", covariant=True)
Settings = TypeVar("Settings", bound=CacheSettings)


@dataclass(frozen=True)
class CacheKind(Generic[Patient, Settings]):
    """How patients of one kind are kept; its functions are those of a module, for processes are given them.

    Attributes
    ----------
    format : str
        What the description of the cache states.
    arrays : tuple of str
        Files of a patient; the first holds its images.
    read_settings : callable
        Returns the settings of a record.
    check_targets : callable
        Returns the names of what a patient has beside its images, or refuses them.
    store : callable
        Writes a patient into a folder, with the digest of the files that it was made from.
    load : callable
        Reads what `store` has written.
    """

    format: str
    arrays: tuple[str, ...]
    read_settings: Callable[[Mapping[str, Any]], Settings]
    check_targets: Callable[[Sequence[str]], tuple[str, ...]]
    store: Callable[[Path, Patient, str], None]
    load: Callable[[Path], Patient]


class CacheableSource(Protocol[Prepared]):
    """A data set whose patients are prepared when they are asked for."""

    @property
    def name(self) -> str:
        """What the data set is called."""

    @property
    def settings(self) -> CacheSettings:
        """How the input of the network is prepared."""

    @property
    def target_names(self) -> tuple[str, ...]:
        """What every patient has beside its images."""

    @property
    def recipe(self) -> Mapping[str, Any]:
        """What the patients are made from and how, ready for JSON."""

    @property
    def patients(self) -> tuple[str, ...]:
        """Identifiers of the patients."""

    @property
    def skipped(self) -> Mapping[str, str]:
        """Patients that are known not to be usable, with the reason."""

    def fingerprint(self, patient: str) -> str:
        """Return a digest that changes with the files of a patient."""

    def load(self, patient: str, *, on_progress: ProgressCallback = ignore_progress) -> Prepared:
        """Prepare a patient."""
