"""Head phantoms with large and small cores as a data set: simulated when they are asked for."""

from collections.abc import Mapping, Sequence
from typing import Any

from ....networks.core_volume import CoreVolumeInputSettings
from ....phantom import Phantom, head_phantom
from ....progress import ProgressCallback, ignore_progress, part_of
from ...datasets.dataset_error import naming
from ...datasets.patient_maps import require_patient
from ...datasets.phantom_source import phantom_groups
from ...datasets.simulated_patients import SimulatedKind, SimulatedPatients
from .core_patient import CORE_TARGET, CorePatient
from .core_preparation import core_patient
from .core_variation import COHORT, core_variation

_SIMULATION_SHARE = 0.8
"""Part of the time that the simulation takes, for the progress."""


class PhantomCoreSource(SimulatedPatients):
    """Simulated patients: core, lesion, microangiopathy, motion and noise vary with the seed.

    The core volume is that of the truth: tissue with less than 30 % of the normal flow, in the whole scan.

    Parameters
    ----------
    seeds : sequence of int
        One patient each.
    settings : CoreVolumeInputSettings
    scanner : str or sequence of str
        A scanner scheme, or several of which each patient has one. The one of the paper by default.
    size : str or sequence of str
        ``tiny`` (128 x 128) or ``clinical`` (512 x 512), or several of which each patient has one.

    Raises
    ------
    ConfigurationError
        If something of that name does not exist, or there is no seed, a negative one or one twice.
    """

    name = "head phantoms"
    target_names = (CORE_TARGET,)

    def __init__(
        self,
        seeds: Sequence[int],
        settings: CoreVolumeInputSettings,
        *,
        scanner: str | Sequence[str] = "siemens-shuttle",
        size: str | Sequence[str] = "tiny",
    ) -> None:
        self.settings = settings
        super().__init__(seeds, scanner, size)

    @property
    def recipe(self) -> Mapping[str, Any]:
        """What the patients are made from, ready for JSON."""
        return {
            "kind": str(SimulatedKind.CORE),
            "scanners": [scheme.name for scheme in self._schemes],
            "sizes": list(self._sizes),
            "cohort": dict(COHORT),
        }

    def load(self, patient: str, *, on_progress: ProgressCallback = ignore_progress) -> CorePatient:
        """Simulate and prepare a patient.

        Raises
        ------
        DatasetError
            If there is no such patient, or it cannot be prepared.
        """
        require_patient(patient, self.patients)
        variation = core_variation(self._seeds[patient], self._schemes, self._sizes)
        head = variation.head
        phantom = head_phantom(
            seed=head.seed, scanner=head.scanner, lesion=head.lesion, microangiopathy=head.microangiopathy,
            motion=head.motion, size=head.size, core_ml=variation.core_ml,
            on_progress=part_of(on_progress, 0.0, _SIMULATION_SHARE),
        )  # fmt: skip
        return phantom_core_patient(
            patient, phantom, self.settings, on_progress=part_of(on_progress, _SIMULATION_SHARE, 1.0)
        )


def phantom_core_patient(
    patient: str,
    phantom: Phantom,
    settings: CoreVolumeInputSettings,
    *,
    on_progress: ProgressCallback = ignore_progress,
) -> CorePatient:
    """Prepare a simulated patient, such as one of another variation than that of the data set.

    Raises
    ------
    DatasetError
        If it cannot be prepared.
    """
    core_ml = float(phantom.truth.core.sum() * phantom.series.voxel_volume_ml)
    with naming(patient):
        return core_patient(
            patient,
            phantom.series,
            settings,
            core_ml,
            groups=phantom_groups(phantom),
            on_progress=on_progress,
        )
