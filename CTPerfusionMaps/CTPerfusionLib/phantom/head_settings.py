"""What can be chosen about a head phantom."""

from dataclasses import dataclass

from ..errors import ConfigurationError
from .head_motion import MOTION_PATTERNS
from .kinetics import ArterialInput
from .lesion_field import Lesion
from .sampling_grid import MATRIX
from .scanner_scheme import SCANNER_SCHEMES, ScannerScheme

SIDES = ("left", "right")


@dataclass(frozen=True)
class HeadPhantomSettings:
    """What can be chosen about a head phantom; see :func:`head_phantom`."""

    seed: int = 0
    scanner: str | ScannerScheme = "ge-cine"
    lesion: str = "m1"
    side: str | None = None
    microangiopathy: int = 0
    motion: str = "mild"
    noise: float | None = None
    size: str = "clinical"
    arterial_input: ArterialInput | None = None
    core_ml: float | None = None

    def __post_init__(self) -> None:
        choices: dict[str, tuple[object, ...]] = {
            "lesion": tuple(Lesion),
            "side": (None, *SIDES),
            "microangiopathy": (0, 1, 2, 3),
            "motion": tuple(MOTION_PATTERNS),
            "size": tuple(MATRIX),
        }
        if not isinstance(self.scanner, ScannerScheme):
            choices["scanner"] = tuple(SCANNER_SCHEMES)
        for name, allowed in choices.items():
            value = getattr(self, name)
            if value not in allowed:
                names = ", ".join(str(each) for each in allowed if each is not None)
                raise ConfigurationError(
                    f"The phantom's {name} cannot be {value!r}", f"choose one of {names}"
                )
        if self.noise is not None and not 0.0 <= self.noise < 1000.0:
            raise ConfigurationError(
                f"The phantom's noise cannot be {self.noise!r}", "give an SD of 0 HU or more"
            )
        if self.core_ml is not None and not 0.0 <= self.core_ml < 1000.0:
            raise ConfigurationError(
                f"The phantom's core cannot have {self.core_ml!r} mL", "give a volume of 0 mL or more"
            )
        if self.seed < 0:
            raise ConfigurationError(f"The seed cannot be {self.seed}", "give a whole number of 0 or more")

    @property
    def scheme(self) -> ScannerScheme:
        """How the scanner samples the head."""
        return SCANNER_SCHEMES[self.scanner] if isinstance(self.scanner, str) else self.scanner
