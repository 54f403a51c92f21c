"""Folders of series with core volumes as a data set: written phantoms, or scans of one's own."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ....errors import CTPerfusionError
from ....io import load_series
from ....networks.core_volume import CoreVolumeInputSettings
from ....progress import ProgressCallback, ignore_progress, part_of
from ...datasets import DatasetError
from ...datasets.dataset_error import naming
from ...datasets.file_fingerprint import fingerprint
from ...datasets.folder_scheme import PatientFolder, find_patient
from ...datasets.folder_source import truth_groups
from ...datasets.found_patients import FoundPatients
from ...datasets.patient_maps import is_folder_name
from .core_labels_file import LABELS_FILE, read_core_labels
from .core_patient import CORE_TARGET, CorePatient
from .core_preparation import core_patient, mask_volume_ml

_MASK = "core"
_MOST_NAMED = 5


@dataclass(frozen=True)
class _CoreFolder:
    """The files of a patient, and the volume of the core in mL or the mask that it is measured in."""

    files: PatientFolder
    core: float | Path

    @property
    def core_ml(self) -> float:
        return mask_volume_ml(self.core) if isinstance(self.core, Path) else self.core


class FolderCoreSource(FoundPatients[_CoreFolder]):
    """A folder with one folder for each patient, and the volume of the core of each.

    The series of a patient lies where a run or a written phantom has it, or in the patient's folder itself:
    anything that :func:`CTPerfusionLib.io.load_series` reads. The volume stands in ``labels.csv`` beside the
    patients (columns ``patient`` and ``core_ml``, mL), else it is that of the mask ``core.nii.gz`` in the
    patient's folder, or in ``truth`` or ``maps`` there. The names of the folders are the identifiers of the
    patients and appear in records: they have to be pseudonyms.

    Parameters
    ----------
    folder : path
    settings : CoreVolumeInputSettings
    frame_interval : float or None
        Seconds between frames, for series that carry no times.

    Raises
    ------
    DatasetError
        If there is no such folder, no patient in it has a series, patients have no core volume, or
        ``labels.csv`` cannot be used.
    """

    name = "folder of series and core volumes"
    target_names = (CORE_TARGET,)

    def __init__(
        self, folder: Path | str, settings: CoreVolumeInputSettings, *, frame_interval: float | None = None
    ) -> None:
        root = Path(folder)
        if not root.is_dir():
            raise DatasetError(f"There is no folder {folder}", "give the folder of a data set")
        self.settings = settings
        self._frame_interval = frame_interval
        super().__init__(
            folder,
            _found(root),
            "give a folder with a folder for each patient, with a series and core.nii.gz",
        )

    @property
    def recipe(self) -> Mapping[str, Any]:
        """What the patients are made from, ready for JSON."""
        return {"kind": "core folder", "frame_interval": self._frame_interval}

    def fingerprint(self, patient: str) -> str:
        """Return a digest of the names, sizes and dates of a patient's files, and of its core volume."""
        found = self._files_of(patient)
        others = [path for path in (found.core, found.files.truth) if isinstance(path, Path)]
        volume = "" if isinstance(found.core, Path) else f":{found.core}"
        return fingerprint([found.files.series, *others]) + volume

    def load(self, patient: str, *, on_progress: ProgressCallback = ignore_progress) -> CorePatient:
        """Read and prepare a patient.

        Raises
        ------
        DatasetError
            If there is no such patient, or its files cannot be used.
        """
        found = self._files_of(patient)
        with naming(patient):
            return core_patient(
                patient,
                load_series(
                    found.files.series,
                    frame_interval=self._frame_interval,
                    on_progress=part_of(on_progress, 0.0, 0.4),
                ),
                self.settings,
                found.core_ml,
                groups=truth_groups(found.files.truth),
                is_registered=found.files.is_registered,
                on_progress=part_of(on_progress, 0.4, 1.0),
            )


def _found(root: Path) -> dict[str, _CoreFolder | str]:
    """Return the files of the patients of whom there is a series, and refuse those without a core volume."""
    labels = root / LABELS_FILE
    volumes = read_core_labels(labels) if labels.is_file() else {}
    found: dict[str, _CoreFolder | str] = {}
    unlabelled = []
    for path in sorted(each for each in root.iterdir() if each.is_dir() and is_folder_name(each.name)):
        files, core = _files(path, []), volumes.get(path.name, _mask(path))
        if isinstance(files, str):
            found[path.name] = files
        elif core is None:
            unlabelled.append(path.name)
        else:
            found[path.name] = _CoreFolder(files, core)
    _refuse_unlabelled(unlabelled)
    return found


def _files(path: Path, targets: Sequence[str]) -> PatientFolder | str:
    try:
        return find_patient(path, targets)
    except CTPerfusionError as error:
        return error.reason


def _mask(path: Path) -> Path | None:
    """Return the mask of the core in a patient's folder, None if there is none."""
    files = _files(path, [_MASK])
    return None if isinstance(files, str) else files.maps[_MASK]


def _refuse_unlabelled(patients: Sequence[str]) -> None:
    """Raise a DatasetError that names patients without a core volume, if there are any."""
    if not patients:
        return
    more = len(patients) - _MOST_NAMED
    named = ", ".join(patients[:_MOST_NAMED]) + (f" and {more} more" if more > 0 else "")
    raise DatasetError(
        f"{'Patient has' if len(patients) == 1 else 'Patients have'} no core volume: {named}",
        f"put core.nii.gz into the folder of each or a row into {LABELS_FILE}, or move them elsewhere",
    )
