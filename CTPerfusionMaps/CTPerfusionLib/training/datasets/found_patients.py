"""What data sets of files have in common: the patients that were found, and those that are left out."""

from collections.abc import Mapping
from pathlib import Path
from typing import Generic, TypeVar

from .dataset_error import DatasetError
from .patient_maps import require_patient, skipped_sentence

Files = TypeVar("Files")


class FoundPatients(Generic[Files]):
    """A data set in a folder, of which each patient has files.

    Parameters
    ----------
    folder : path
    found : mapping
        The files of each patient by identifier, or a few words about what is missing.
    remedy : str
        What a user can do where no patient can be used.

    Raises
    ------
    DatasetError
        If no patient can be used.
    """

    def __init__(self, folder: Path | str, found: Mapping[str, Files | str], remedy: str) -> None:
        self._skipped = {name: files for name, files in found.items() if isinstance(files, str)}
        self._files = {name: files for name, files in found.items() if not isinstance(files, str)}
        if not self._files:
            raise DatasetError(
                f"No patient in the folder {folder} can be used{self.report and ': ' + self.report[:-1]}",
                remedy,
            )

    @property
    def patients(self) -> tuple[str, ...]:
        """Identifiers of the patients, as folders or files of the data set have them."""
        return tuple(self._files)

    @property
    def skipped(self) -> Mapping[str, str]:
        """Patients that cannot be used, with what is missing."""
        return dict(self._skipped)

    @property
    def report(self) -> str:
        """One sentence about the patients that are left out, empty where there are none."""
        return skipped_sentence(self._skipped, len(self._skipped) + len(self._files))

    def _files_of(self, patient: str) -> Files:
        """Return the files of a patient.

        Raises
        ------
        DatasetError
            If there is no such patient.
        """
        require_patient(patient, self.patients)
        return self._files[patient]
