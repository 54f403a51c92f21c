"""What a user can choose about a run."""

from dataclasses import dataclass
from pathlib import Path

from ..devices import DEVICES, resolve_device
from ..errors import ConfigurationError
from ..kinetics import METHODS
from ..lesion import DEFAULT_PROTOCOL, NormalisationChoice, protocol_names

NORMALISATIONS = tuple(str(choice) for choice in NormalisationChoice)
"""How CBF is made relative: to the median of normal tissue, to the mirrored hemisphere, or both."""


@dataclass(frozen=True)
class PipelineConfig:
    """Choices for one study; the defaults need no touch.

    Attributes
    ----------
    method : str
        A key of :data:`CTPerfusionLib.kinetics.METHODS`.
    normalisation : str
        One of :data:`NORMALISATIONS`.
    protocol : str
        Name of a threshold protocol, see :func:`CTPerfusionLib.lesion.protocol_names`.
    device : str
        A key of :data:`CTPerfusionLib.kinetics.DEVICES`.
    registration, filter : bool
        Whether to correct motion and to filter noise.
    aif, vof : tuple of int or None
        Voxel (column, row, slice), zero-based, for the arterial and venous curve; None finds them.
    frame_interval : float or None
        Seconds between frames, for series that carry no times.
    times : Path or None
        File with the times, for series that carry none.
    age, nihss, hours : float or None
        Years, stroke scale and hours since last seen well, for the trial criteria.
    seed : int
        For the random sampling in registration.

    Raises
    ------
    ConfigurationError
        If a method, normalisation, protocol or device of that name does not exist, or this machine does not
        have the device.
    """

    method: str = "bayes"
    normalisation: str = "both"
    protocol: str = DEFAULT_PROTOCOL
    device: str = "auto"
    registration: bool = True
    filter: bool = True
    aif: tuple[int, int, int] | None = None
    vof: tuple[int, int, int] | None = None
    frame_interval: float | None = None
    times: Path | None = None
    age: float | None = None
    nihss: float | None = None
    hours: float | None = None
    seed: int = 0

    def __post_init__(self) -> None:
        choices = {
            "method": tuple(METHODS),
            "normalisation": NORMALISATIONS,
            "protocol": protocol_names(),
            "device": ("auto", *DEVICES),
        }
        for name, known in choices.items():
            if getattr(self, name) not in known:
                raise ConfigurationError(
                    f"There is no {name} called '{getattr(self, name)}'", f"choose one of: {', '.join(known)}"
                )
        resolve_device(self.device)
