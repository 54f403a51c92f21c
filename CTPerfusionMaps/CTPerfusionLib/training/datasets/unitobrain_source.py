"""The UniToBrain data set: series and reference maps of patients with suspected stroke.

Gava U. A. et al., "UniToBrain dataset", 258 patients, IEEE DataPort 10.21227/x8ea-vh16.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import ConfigurationError, SeriesError
from ...io import load_series
from ...io.layouts import SERIES, CohortCase, UniToBrainStage, find_unitobrain
from ...networks import InputSettings
from ...progress import ProgressCallback, ignore_progress, part_of
from ...series import PerfusionSeries
from .dataset_error import DatasetError, naming
from .file_fingerprint import fingerprint
from .found_patients import FoundPatients
from .patient_maps import PatientMaps, checked_targets
from .preparation import patient_maps, prepare, require_first_frame, training_config
from .reference_maps import PlacedMap, longest_run, read_placed_map
from .unitobrain_stages import STAGES


class UniToBrainSource(FoundPatients[CohortCase]):
    """Patients of the UniToBrain data set.

    A zero in a map means background, as the data set has no other mark for it: a voxel has a target where any
    of its maps is not zero, and none (NaN) elsewhere. The maps are not cut to the brain, so orbits and muscle
    have targets too; `brain` of a patient says what lies inside the skull. Where series and maps show
    different slices, the longest run of neighbouring slices that all have is used.

    Parameters
    ----------
    folder : path
        With the folders of the patients beside each other.
    settings : InputSettings
    targets : sequence of str
        Keys of :data:`CTPerfusionLib.networks.MAP_TARGETS`.
    stage : UniToBrainStage
        Which series is read; what its authors have not done to it yet, registration and filter, is done as in
        a run of the pipeline.
    frame_interval : float or None
        Seconds between frames, for patients whose files carry no usable times; they fail without it.

    Raises
    ------
    ConfigurationError
        If there is no such folder, target or stage.
    DatasetError
        If the folder does not follow the scheme of the data set or holds no patient that can be used.
    """

    name = "UniToBrain"

    def __init__(
        self,
        folder: Path | str,
        settings: InputSettings,
        targets: Sequence[str],
        *,
        stage: UniToBrainStage | str = UniToBrainStage.FILTERED,
        frame_interval: float | None = None,
    ) -> None:
        if stage not in tuple(UniToBrainStage):
            raise ConfigurationError(
                f"There is no stage '{stage}' of UniToBrain", f"choose one of: {', '.join(UniToBrainStage)}"
            )
        root = Path(folder)
        cases = find_unitobrain(root, UniToBrainStage(stage)) if root.is_dir() else ()
        if not cases:
            raise DatasetError(
                f"The folder {folder} does not hold patients of UniToBrain",
                "give the folder in which ID_Registered_Filtered_3mm_20HU and the others lie",
            )
        self.settings = settings
        self.target_names = checked_targets(targets)
        self._stage = UniToBrainStage(stage)
        self._frame_interval = frame_interval
        super().__init__(
            folder,
            {case.name: case.lack_of(SERIES, *self.target_names) or case for case in cases},
            "give a folder with series and maps",
        )

    @property
    def recipe(self) -> Mapping[str, Any]:
        """What the patients are made from, ready for JSON."""
        return {"kind": "unitobrain", "stage": str(self._stage), "frame_interval": self._frame_interval}

    def fingerprint(self, patient: str) -> str:
        """Return a digest of the names, sizes and dates of a patient's files."""
        case = self._files_of(patient)
        return fingerprint([case.files[SERIES], *case.reference_maps.values()])

    def load(self, patient: str, *, on_progress: ProgressCallback = ignore_progress) -> PatientMaps:
        """Read and prepare a patient.

        Raises
        ------
        DatasetError
            If there is no such patient, or its files cannot be used.
        """
        case, rule = self._files_of(patient), STAGES[self._stage]
        with naming(patient):
            series = self._series(case.files[SERIES], part_of(on_progress, 0.0, 0.4))
            maps = {name: read_placed_map(path, series) for name, path in case.reference_maps.items()}
            targets = _targets(maps, self.target_names)
            slices = longest_run(np.all([maps[name].shown for name in self.target_names], axis=0))
            config = training_config(registration=rule.registration, filter=rule.filter)
            prepared = prepare(series, config, on_progress=part_of(on_progress, 0.4, 0.95))
            require_first_frame(prepared)
            result = patient_maps(
                patient, prepared, self.settings, targets, groups={"stage": str(self._stage)}, slices=slices
            )
        on_progress(1.0)
        return result

    def _series(self, folder: Path, on_progress: ProgressCallback) -> PerfusionSeries:
        """Load a series with the times of its files, or with the interval that was given for want of them."""
        try:
            return load_series(folder, on_progress=on_progress)
        except SeriesError:
            if self._frame_interval is None:
                raise
            return load_series(folder, frame_interval=self._frame_interval, on_progress=on_progress)


def _targets(maps: Mapping[str, PlacedMap], names: Sequence[str]) -> dict[str, NDArray[np.float32]]:
    """Return the target maps (Z, Y, X), NaN where no map of the patient says anything."""
    mapped = np.any([np.isfinite(each.values) & (each.values != 0) for each in maps.values()], axis=0)
    return {name: np.where(mapped, maps[name].values, np.float32(np.nan)) for name in names}
