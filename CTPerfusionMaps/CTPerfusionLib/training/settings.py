"""How a network is trained: what defines its weights, and where it is computed."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from ..errors import ArgumentError, ConfigurationError
from ..networks import ARCHITECTURES, MAP_TARGETS
from .augmentation import Augmentation
from .phase import Phase


class Region(StrEnum):
    """The pixels over which errors are averaged."""

    BRAIN = "brain"
    IMAGE = "image"


REGION_TITLES: Mapping[Region, str] = MappingProxyType(
    {
        Region.BRAIN: "pixels of the brain whose target is known",
        Region.IMAGE: "all pixels, with a target of 0 where there is no map, as in the papers",
    }
)
"""What the regions mean."""


class Precision(StrEnum):
    """The arithmetic of the layers; weights and the optimiser always stay in 32 bits."""

    AUTO = "auto"
    SINGLE = "32"
    BRAIN_FLOAT = "bf16"
    HALF = "16"


@dataclass(frozen=True)
class EarlyStopping:
    """When a phase ends before its last epoch.

    Attributes
    ----------
    patience : int
        Epochs in a row without a lower validation error.
    smallest_gain : float
        Share of the lowest error so far by which an error must be lower to count.
    """

    patience: int
    smallest_gain: float = 0.0

    def __post_init__(self) -> None:
        if self.patience < 1 or not 0.0 <= self.smallest_gain < 1.0:
            raise ArgumentError(
                "early_stopping",
                f"early_stopping is {self}",
                "give a patience of at least 1 epoch and a gain from 0 to below 1",
            )


@dataclass(frozen=True)
class Compute:
    """Where and how a training is computed; results differ by rounding only.

    Attributes
    ----------
    device : str
        ``auto``, ``cpu``, ``cuda`` or ``mps``.
    devices, hosts : int
        Processes on each host, a GPU for each, and hosts.
    strategy : str
        Lightning's strategy for several processes; ``auto`` is data-parallel.
    precision : Precision
        ``auto`` is 16 bits on an NVIDIA GPU and 32 bits elsewhere. bf16 has eight bits, and contrast changes
        tissue by 1 % of the window: the first layer would lose part of it.
    channels_last : bool
        Store images with the channels of a pixel side by side, which tensor cores prefer.
    checkpoint_gradients : bool
        Compute the inner values of the network a second time instead of keeping them: less memory, a third
        more time, the same weights.
    """

    device: str = "auto"
    devices: int = 1
    hosts: int = 1
    strategy: str = "auto"
    precision: Precision = Precision.AUTO
    channels_last: bool = False
    checkpoint_gradients: bool = False

    def __post_init__(self) -> None:
        for name in ("devices", "hosts"):
            if getattr(self, name) < 1:
                raise ArgumentError(name, f"{name} is {getattr(self, name)}", "give at least 1")

    @property
    def n_processes(self) -> int:
        """Processes that share each batch."""
        return self.devices * self.hosts


@dataclass(frozen=True)
class MapTraining:
    """How a network for maps is trained.

    Attributes
    ----------
    architecture : str
        A name in :data:`~CTPerfusionLib.networks.ARCHITECTURES`.
    targets : tuple of str
        Names in :data:`~CTPerfusionLib.networks.MAP_TARGETS`; more than one make a joint network.
    phases : tuple of Phase
        In their order; each starts from the best weights of the one before.
    region : Region
        Where the mean squared error is taken.
    map_weights : tuple of (str, float)
        Maps whose errors count more or less in the loss than those of others, which have the weight 1. Errors
        that are told are never weighted.
    augmentation : Augmentation
    clip_norm : float or None
        Length to which longer gradients are cut.
    early_stopping : EarlyStopping or None
    seed : int
        Of weights, order and augmentation.
    compute : Compute

    Raises
    ------
    ConfigurationError
        If there is no such architecture or target.
    ArgumentError
        If another value cannot be used.
    """

    architecture: str
    targets: tuple[str, ...]
    phases: tuple[Phase, ...]
    region: Region = Region.BRAIN
    map_weights: tuple[tuple[str, float], ...] = ()
    augmentation: Augmentation = field(default_factory=Augmentation)
    clip_norm: float | None = None
    early_stopping: EarlyStopping | None = None
    seed: int = 0
    compute: Compute = field(default_factory=Compute)

    def __post_init__(self) -> None:
        _require_known("architecture", (self.architecture,), ARCHITECTURES)
        _require_known("map", self.targets, MAP_TARGETS)
        _require_known("map", tuple(name for name, _ in self.map_weights), MAP_TARGETS)
        rules = (
            ("targets", len(set(self.targets)) == len(self.targets) > 0, "each map once, at least one"),
            ("phases", len(self.phases) > 0, "at least one"),
            ("map_weights", all(weight > 0 for _, weight in self.map_weights), "numbers above 0"),
            ("clip_norm", self.clip_norm is None or self.clip_norm > 0, "a number above 0"),
            ("seed", self.seed >= 0, "at least 0"),
        )
        for name, holds, wanted in rules:
            if not holds:
                raise ArgumentError(name, f"{name} is {getattr(self, name)}", f"give {wanted}")

    @property
    def n_epochs(self) -> int:
        """Epochs of all phases."""
        return sum(phase.epochs for phase in self.phases)

    @property
    def target_weights(self) -> tuple[float, ...]:
        """The weights of the targets in the loss, in their order."""
        weights = dict(self.map_weights)
        return tuple(weights.get(name, 1.0) for name in self.targets)

    def as_json(self) -> dict[str, Any]:
        """Return what defines the weights, as JSON holds it; `compute` is left out."""
        record = asdict(self)
        del record["compute"]
        return {**record, "targets": list(self.targets), "phases": list(record["phases"])}


def _require_known(kind: str, names: tuple[str, ...], known: Mapping[str, object]) -> None:
    for name in names:
        if name not in known:
            raise ConfigurationError(f"There is no {kind} '{name}'", f"choose from: {', '.join(known)}")
