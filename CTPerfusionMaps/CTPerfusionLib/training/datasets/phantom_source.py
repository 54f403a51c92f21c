"""Head phantoms as a data set: simulated when they are asked for, with the truth or fitted maps as target."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import ConfigurationError
from ...networks import InputSettings
from ...phantom import Phantom, head_phantom
from ...pipeline import PreparedSeries, Stage, StageClock, compute_study_maps
from ...progress import ProgressCallback, ignore_progress, part_of
from .dataset_error import naming
from .head_variation import head_variation
from .patient_maps import PatientMaps, checked_targets, require_patient
from .preparation import (
    patient_maps,
    prepare,
    require_first_frame,
    training_config,
)
from .simulated_patients import SimulatedKind, SimulatedPatients

_REFERENCE_METHOD = "nlr"
_SIMULATION_SHARE = 0.6
"""Part of the time that the simulation takes, for the progress."""


class PhantomReference(StrEnum):
    """What the target maps of simulated patients are."""

    TRUTH = "truth"
    """The parameters that the head was simulated with, NaN outside perfused tissue."""

    NLR = "nlr"
    """The fit of the box model with the artery that is found, as in both papers; NaN outside tissue."""


class PhantomSource(SimulatedPatients):
    """Simulated patients: lesion, microangiopathy, motion and noise vary with the seed.

    Parameters
    ----------
    seeds : sequence of int
        One patient each.
    settings : InputSettings
    targets : sequence of str
        Keys of :data:`CTPerfusionLib.networks.MAP_TARGETS`.
    reference : PhantomReference
    scanner : str or sequence of str
        A scanner scheme, or several of which each patient has one.
    size : str or sequence of str
        ``tiny`` (128 x 128) or ``clinical`` (512 x 512), or several of which each patient has one.

    Raises
    ------
    ConfigurationError
        If something of that name does not exist, or there is no seed, a negative one or one twice.
    """

    name = "head phantoms"

    def __init__(
        self,
        seeds: Sequence[int],
        settings: InputSettings,
        targets: Sequence[str],
        *,
        reference: PhantomReference | str = PhantomReference.TRUTH,
        scanner: str | Sequence[str] = "ge-cine",
        size: str | Sequence[str] = "tiny",
    ) -> None:
        if reference not in tuple(PhantomReference):
            raise ConfigurationError(
                f"There is no reference '{reference}' of phantoms",
                f"choose one of: {', '.join(PhantomReference)}",
            )
        self.settings = settings
        self.target_names = checked_targets(targets)
        self._reference = PhantomReference(reference)
        super().__init__(seeds, scanner, size)

    @property
    def recipe(self) -> Mapping[str, Any]:
        """What the patients are made from, ready for JSON."""
        return {
            "kind": str(SimulatedKind.MAPS),
            "reference": str(self._reference),
            "scanners": [scheme.name for scheme in self._schemes],
            "sizes": list(self._sizes),
        }

    def load(self, patient: str, *, on_progress: ProgressCallback = ignore_progress) -> PatientMaps:
        """Simulate and prepare a patient.

        Raises
        ------
        DatasetError
            If there is no such patient, or it cannot be prepared.
        """
        require_patient(patient, self.patients)
        head = head_variation(self._seeds[patient], self._schemes, self._sizes)
        phantom = head_phantom(
            seed=head.seed, scanner=head.scanner, lesion=head.lesion, microangiopathy=head.microangiopathy,
            motion=head.motion, size=head.size, on_progress=part_of(on_progress, 0.0, _SIMULATION_SHARE),
        )  # fmt: skip
        return phantom_patient(
            patient,
            phantom,
            self.settings,
            self.target_names,
            reference=self._reference,
            on_progress=part_of(on_progress, _SIMULATION_SHARE, 1.0),
        )


def phantom_patient(
    patient: str,
    phantom: Phantom,
    settings: InputSettings,
    targets: Sequence[str],
    *,
    reference: PhantomReference = PhantomReference.TRUTH,
    on_progress: ProgressCallback = ignore_progress,
) -> PatientMaps:
    """Prepare a simulated patient, such as one of another variation than that of :class:`PhantomSource`.

    Parameters
    ----------
    patient : str
        Its identifier.
    phantom : Phantom
    settings : InputSettings
    targets : sequence of str
    reference : PhantomReference
    on_progress : callable

    Raises
    ------
    DatasetError
        If it cannot be prepared.
    """
    names = checked_targets(targets)
    with naming(patient):
        prepared = prepare(phantom.series, training_config(), on_progress=part_of(on_progress, 0.0, 0.8))
        if reference is PhantomReference.TRUTH:
            require_first_frame(prepared)
            maps: Mapping[str, NDArray[np.float32]] = phantom.truth.maps
        else:
            maps = fitted_maps(prepared, part_of(on_progress, 0.8, 0.95))
        result = patient_maps(
            patient, prepared, settings, {name: maps[name] for name in names}, groups=phantom_groups(phantom)
        )
    on_progress(1.0)
    return result


def fitted_maps(
    prepared: PreparedSeries, on_progress: ProgressCallback = ignore_progress
) -> Mapping[str, NDArray[np.float32]]:
    """Return the maps that a run with the box model gives, each (Z, Y, X)."""
    clock = StageClock(lambda _title, fraction: on_progress(fraction), stages=(Stage.MAPS,))
    return compute_study_maps(prepared, training_config(method=_REFERENCE_METHOD), clock).maps.maps


def phantom_groups(phantom: Phantom) -> dict[str, str | float]:
    """Return what a result may be broken down by."""
    parameters = phantom.truth.parameters
    return {
        "scanner": phantom.scanner,
        "lesion": str(parameters["lesion"]),
        "microangiopathy": float(parameters["microangiopathy"]),
        "motion": str(parameters["motion"]),
        "noise": float(parameters["noise_hu"]),
    }
