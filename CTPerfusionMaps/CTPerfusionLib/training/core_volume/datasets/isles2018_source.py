"""The ISLES 2018 challenge as a data set: perfusion scans with lesions that were drawn on diffusion images.

Hakim A. et al., Stroke 2021, on the challenge; the external cohort of Mittermeier et al. 2022, section 2.1.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ....errors import ConfigurationError
from ....io import load_series
from ....io.layouts import CHALLENGE_INTERVAL, LESION, SERIES, CohortCase, find_isles2018
from ....io.nifti import nifti_header
from ....networks.core_volume import CoreVolumeInputSettings
from ....progress import ProgressCallback, ignore_progress, part_of
from ...datasets import DatasetError
from ...datasets.dataset_error import naming
from ...datasets.file_fingerprint import fingerprint
from ...datasets.found_patients import FoundPatients
from .core_patient import CORE_TARGET, CorePatient
from .core_preparation import core_patient, mask_volume_ml

_STEP_TOLERANCE = 0.01
"""Seconds by which the time step of a file may differ from the interval that is assumed."""


class Isles2018Source(FoundPatients[CohortCase]):
    """Cases of the ISLES 2018 challenge; the core volume is the lesion's, its voxels times their size.

    A case is a slab. Some patients of the challenge have two, which lie apart or overlap a little, as
    separate cases: which belong together stands in a table of the challenge and not in its files. Each case
    counts on its own here, so the volume is that within its slab; do not divide the cases for training, for
    both slabs of a patient might come into different parts.

    Parameters
    ----------
    folder : path
        The one with ``TRAINING``, or ``TRAINING`` itself.
    settings : CoreVolumeInputSettings
    frame_interval : float
        Seconds between frames. It is assumed, since a time step in a NIfTI file says little: it stands in
        :attr:`recipe` and in the groups of each patient, and a case whose file states another step is
        refused.

    Raises
    ------
    ConfigurationError
        If the interval is not positive.
    DatasetError
        If the folder does not follow the scheme of the challenge, or no case in it can be used.
    """

    name = "ISLES 2018"
    target_names = (CORE_TARGET,)

    def __init__(
        self,
        folder: Path | str,
        settings: CoreVolumeInputSettings,
        *,
        frame_interval: float = CHALLENGE_INTERVAL,
    ) -> None:
        if not 0.0 < frame_interval < float("inf"):
            raise ConfigurationError(
                f"Frames cannot be {frame_interval:g} s apart", "give the seconds between frames"
            )
        root = Path(folder)
        cases = find_isles2018(root) if root.is_dir() else ()
        if not cases:
            raise DatasetError(
                f"The folder {folder} does not hold cases of ISLES 2018",
                "give the folder TRAINING of the challenge, with case_1 and the others",
            )
        self.settings = settings
        self._frame_interval = frame_interval
        super().__init__(
            folder,
            {case.name: case.lack_of(SERIES, LESION) or case for case in cases},
            "give the cases of the training, which have lesions",
        )

    @property
    def recipe(self) -> Mapping[str, Any]:
        """What the patients are made from, ready for JSON."""
        return {"kind": "isles 2018", "frame_interval": self._frame_interval}

    def fingerprint(self, patient: str) -> str:
        """Return a digest of the names, sizes and dates of a case's files."""
        case = self._files_of(patient)
        return fingerprint([case.files[SERIES], case.files[LESION]])

    def load(self, patient: str, *, on_progress: ProgressCallback = ignore_progress) -> CorePatient:
        """Read and prepare a case.

        Raises
        ------
        DatasetError
            If there is no such case, or its files cannot be used.
        """
        case = self._files_of(patient)
        with naming(patient):
            self._check_step(case.files[SERIES])
            series = load_series(
                case.files[SERIES],
                frame_interval=self._frame_interval,
                on_progress=part_of(on_progress, 0.0, 0.3),
            )
            return core_patient(
                patient, series, self.settings, mask_volume_ml(case.files[LESION]),
                groups={"frame_interval": self._frame_interval},
                on_progress=part_of(on_progress, 0.3, 1.0),
            )  # fmt: skip

    def _check_step(self, scan: Path) -> None:
        """Refuse a file that states another time step than the one that is assumed; 0 states none."""
        step = nifti_header(scan).time_step
        if step and abs(step - self._frame_interval) > _STEP_TOLERANCE:
            raise DatasetError(
                f"The file states a time step of {step:g}, and {self._frame_interval:g} s are assumed",
                "give the interval that is right for this case",
            )
