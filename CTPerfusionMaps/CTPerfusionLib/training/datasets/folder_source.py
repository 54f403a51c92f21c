"""Folders of series and maps as a data set: results of runs, written phantoms, maps of other software."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import CTPerfusionError
from ...io import load_series, read_nifti
from ...networks import InputSettings
from ...pipeline import NO_REGISTRATION
from ...progress import ProgressCallback, ignore_progress, part_of
from ...series import PerfusionSeries, largest_shift
from .dataset_error import DatasetError, naming
from .file_fingerprint import fingerprint
from .folder_scheme import PatientFolder, find_patient
from .found_patients import FoundPatients
from .patient_maps import PatientMaps, checked_targets, is_folder_name
from .preparation import patient_maps, prepare, require_first_frame, training_config

_GRID_TOLERANCE = 0.25
"""Part of a voxel by which a map may lie off the series."""

_GROUPS = {"scanner": str, "lesion": str, "microangiopathy": float, "motion": str, "noise_hu": float}
"""What is taken from the record of a phantom."""

_GROUP_NAMES = {"noise_hu": "noise"}


class FolderSource(FoundPatients[PatientFolder]):
    """A folder with one folder for each patient, in which :func:`find_patient` finds series and maps.

    The names of the folders are the identifiers of the patients and appear in records: they have to be
    pseudonyms. Maps hold physical units, with NaN where there is no value, and lie on the voxels of the
    series.

    Parameters
    ----------
    folder : path
    settings : InputSettings
    targets : sequence of str
        Keys of :data:`CTPerfusionLib.networks.MAP_TARGETS`.
    frame_interval : float or None
        Seconds between frames, for series that carry no times.

    Raises
    ------
    ConfigurationError
        If there is no such target.
    DatasetError
        If there is no such folder, or no patient in it can be used.
    """

    name = "folder of series and maps"

    def __init__(
        self,
        folder: Path | str,
        settings: InputSettings,
        targets: Sequence[str],
        *,
        frame_interval: float | None = None,
    ) -> None:
        root = Path(folder)
        if not root.is_dir():
            raise DatasetError(f"There is no folder {folder}", "give the folder of a data set")
        self.settings = settings
        self.target_names = checked_targets(targets)
        self._frame_interval = frame_interval
        folders = sorted(each for each in root.iterdir() if each.is_dir() and is_folder_name(each.name))
        super().__init__(
            folder,
            {path.name: _find(path, self.target_names) for path in folders},
            "give a folder with a folder for each patient, with a series and maps such as CBF.nii.gz",
        )

    @property
    def recipe(self) -> Mapping[str, Any]:
        """What the patients are made from, ready for JSON."""
        return {"kind": "folder", "frame_interval": self._frame_interval}

    def fingerprint(self, patient: str) -> str:
        """Return a digest of the names, sizes and dates of a patient's files."""
        files = self._files_of(patient)
        truth = [] if files.truth is None else [files.truth]
        return fingerprint([files.series, *files.maps.values(), *truth])

    def load(self, patient: str, *, on_progress: ProgressCallback = ignore_progress) -> PatientMaps:
        """Read and prepare a patient.

        Raises
        ------
        DatasetError
            If there is no such patient, or its files cannot be used.
        """
        files = self._files_of(patient)
        with naming(patient):
            series = load_series(
                files.series, frame_interval=self._frame_interval, on_progress=part_of(on_progress, 0.0, 0.4)
            )
            targets = {name: _read_map(files.maps[name], series) for name in self.target_names}
            config = training_config(**({"registration": NO_REGISTRATION} if files.is_registered else {}))
            prepared = prepare(series, config, on_progress=part_of(on_progress, 0.4, 0.95))
            require_first_frame(prepared)
            result = patient_maps(patient, prepared, self.settings, targets, groups=truth_groups(files.truth))
        on_progress(1.0)
        return result


def _find(path: Path, targets: Sequence[str]) -> PatientFolder | str:
    try:
        return find_patient(path, targets)
    except CTPerfusionError as error:
        return error.reason


def _read_map(path: Path, series: PerfusionSeries) -> NDArray[np.float32]:
    values, ijk_to_ras = read_nifti(path)
    if values.shape != series.shape or not _is_same_grid(ijk_to_ras, series):
        raise DatasetError(
            f"The map {path.name} does not lie on the voxels of the series",
            "resample the map to the first frame of the series",
        )
    return np.asarray(values, dtype=np.float32)


def _is_same_grid(ijk_to_ras: NDArray[np.float64], series: PerfusionSeries) -> bool:
    """Say whether a matrix puts every corner of the series close to where its own does."""
    shift = largest_shift(ijk_to_ras, series.ijk_to_ras, series.shape)
    return shift <= _GRID_TOLERANCE * min(series.spacing)


def truth_groups(truth: Path | None) -> dict[str, str | float]:
    """Return what the record of a phantom tells, nothing where there is none."""
    if truth is None:
        return {}
    try:
        parameters: Mapping[str, Any] = json.loads(truth.read_text(encoding="utf-8"))["parameters"]
        return {
            _GROUP_NAMES.get(name, name): kind(parameters[name])
            for name, kind in _GROUPS.items()
            if name in parameters
        }
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DatasetError(
            f"The record {truth.name} of the phantom cannot be read", "write the phantom again"
        ) from error
