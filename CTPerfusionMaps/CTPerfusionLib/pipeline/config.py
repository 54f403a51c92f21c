"""What a user can choose about a run."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from ..devices import DEVICES, resolve_device
from ..errors import ArgumentError, ConfigurationError
from ..lesion import (
    DEFAULT_PROTOCOL,
    CounterpartBlur,
    FlowReference,
    NormalisationChoice,
    load_protocol,
    protocol_names,
)
from ..networks import find_map_method
from ..networks.predict_method import UNET
from ..preprocessing import DEFAULT_REGISTRATION_METHOD, REGISTRATION_METHODS, noise_filter
from ..vessels import ARTERIAL_INPUT_METHODS

NORMALISATIONS = tuple(str(choice) for choice in NormalisationChoice)
"""How CBF is made relative: to the median of normal tissue, to the mirrored hemisphere, or both."""

NO_REGISTRATION = "none"
NO_FILTER = "none"
AUTOMATIC_FILTER = "auto"
NO_CORE_VOLUME_MODEL = "none"

REGISTRATIONS = (*REGISTRATION_METHODS, NO_REGISTRATION)
"""How motion is corrected, or not."""


class RegisteredFormat(StrEnum):
    """Format in which the motion-corrected series is written."""

    DICOM = "dicom"
    NIFTI = "nifti"


Voxel = tuple[int, int, int]
"""Column, row and slice, zero-based."""


@dataclass(frozen=True)
class PipelineConfig:
    """Choices for one study; the defaults need no touch.

    Attributes
    ----------
    method : str
        A name among :func:`CTPerfusionLib.networks.available_map_methods`: a method of the software, or a
        preset of the user.
    model : str or None
        For the method ``unet``: name of an installed model, see
        :func:`CTPerfusionLib.networks.available_models`, or path of one; None takes the one that comes with
        the software.
    core_volume_model : str or None
        Network that says whether the core is large: name of an installed one, see
        :func:`CTPerfusionLib.networks.core_volume.available_core_volume_models`, path of one, or ``none``;
        None takes the first that is installed, where there is any and torch is installed.
    core_volume_slices : tuple of int, or None
        The lower and the upper slice that this network looks at, zero-based; None finds them.
    normalisation : str
        One of :data:`NORMALISATIONS`.
    reference : FlowReference
        What the global normalisation refers to.
    local_blur : CounterpartBlur
        How the mirrored map is blurred for the local normalisation.
    protocol : str
        Name of a threshold protocol, see :func:`CTPerfusionLib.lesion.protocol_names`.
    device : str
        A key of :data:`CTPerfusionLib.kinetics.DEVICES`.
    registration : str
        One of :data:`REGISTRATIONS`.
    filter : str
        As :func:`CTPerfusionLib.preprocessing.noise_filter` takes it; ``auto`` takes the one that the method
        was calibrated with.
    arterial_input : str
        How the artery is found, a key of :data:`CTPerfusionLib.vessels.ARTERIAL_INPUT_METHODS`.
    aif, vof : tuple of tuples of int, or None
        Voxels (column, row, slice), zero-based, for the arterial and venous curve: one, which is averaged
        with its neighbours, or several, of which exactly these are; None finds them.
    frame_interval : float or None
        Seconds between frames, for series that carry no times.
    times : Path or None
        File with the times, for series that carry none.
    age, nihss, hours : float or None
        Years, stroke scale and hours since last seen well, for the trial criteria.
    seed : int
        For the random sampling in registration.
    dicom : bool
        Write the results as DICOM objects as well. They carry the patient's identity.
    registered : RegisteredFormat or None
        Write the motion-corrected frames, not filtered, in this format.

    Raises
    ------
    ConfigurationError
        If a method, protocol, filter or anything else of that name does not exist, the protocol needs a map
        that the method does not give, a model is named for a method that uses none, slices are named for a
        core-volume network that is switched off, or this machine does not have the device.
    """

    method: str = "bayes"
    model: str | None = None
    core_volume_model: str | None = None
    core_volume_slices: tuple[int, int] | None = None
    normalisation: str = "both"
    reference: FlowReference = FlowReference.NORMAL_MEDIAN
    local_blur: CounterpartBlur = CounterpartBlur.TISSUE
    protocol: str = DEFAULT_PROTOCOL
    device: str = "auto"
    registration: str = DEFAULT_REGISTRATION_METHOD
    filter: str = AUTOMATIC_FILTER
    arterial_input: str = next(iter(ARTERIAL_INPUT_METHODS))
    aif: tuple[Voxel, ...] | None = None
    vof: tuple[Voxel, ...] | None = None
    frame_interval: float | None = None
    times: Path | None = None
    age: float | None = None
    nihss: float | None = None
    hours: float | None = None
    seed: int = 0
    dicom: bool = False
    registered: RegisteredFormat | None = None

    def __post_init__(self) -> None:
        method = find_map_method(self.method)
        choices = {
            "normalisation": NORMALISATIONS,
            "reference": tuple(FlowReference),
            "local_blur": tuple(CounterpartBlur),
            "protocol": protocol_names(),
            "device": ("auto", *DEVICES),
            "registration": REGISTRATIONS,
            "arterial_input": tuple(ARTERIAL_INPUT_METHODS),
        }
        for name, known in choices.items():
            if getattr(self, name) not in known:
                raise ConfigurationError(
                    f"There is no {name.replace('_', ' ')} called '{getattr(self, name)}'",
                    f"choose one of: {', '.join(known)}",
                )
        if self.registered not in (None, *RegisteredFormat):
            raise ConfigurationError(
                f"The registered series cannot be written as '{self.registered}'",
                f"choose one of: {', '.join(RegisteredFormat)}",
            )
        if self.model is not None and self.method != UNET.name:
            raise ConfigurationError(
                f"The method {self.method} uses no model", f"choose the method {UNET.name}, or give no model"
            )
        if self.core_volume_slices is not None and self.core_volume_model == NO_CORE_VOLUME_MODEL:
            raise ConfigurationError(
                "Slices are named for the core-volume network, which is switched off",
                "name a network as well, or no slices",
            )
        self._check_filter()
        load_protocol(self.protocol).check_maps(method.maps)
        resolve_device(self.device)

    @property
    def applied_filter(self) -> str:
        """The noise filter that is applied: the chosen one, or that of the method."""
        return find_map_method(self.method).filter if self.filter == AUTOMATIC_FILTER else self.filter

    def _check_filter(self) -> None:
        try:
            noise_filter(self.applied_filter)
        except ArgumentError as error:
            raise ConfigurationError(
                f"There is no filter called '{self.applied_filter}'", error.remedy
            ) from error
