"""The networks by name: the one place where an architecture is added."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

from ..errors import ConfigurationError
from .input_settings import InputSettings
from .map_target import MAP_TARGETS
from .requirements import require_networks

if TYPE_CHECKING:
    from .modules.map_network import MapNetwork

_PAPER_WIDTHS = (64, 128, 256, 512, 1024)
_SMALL_WIDTHS = (16, 32, 64, 128)


@dataclass(frozen=True)
class Architecture:
    """A network that gives maps.

    Attributes
    ----------
    name : str
        What the command line calls it.
    title : str
        What a reader is shown.
    source : str
        The paper or code that it follows.
    uses_context : bool
        Whether it looks at the context of the study besides the slice.
    build : callable
        From :class:`InputSettings` and the number of maps to the network, untrained.
    """

    name: str
    title: str
    source: str
    uses_context: bool
    build: Callable[[InputSettings, int], MapNetwork]


def _unet(widths: tuple[int, ...], kernel: int) -> Callable[[InputSettings, int], MapNetwork]:
    def build(settings: InputSettings, n_maps: int) -> MapNetwork:
        from .modules.unet import UNet

        return UNet(settings, n_maps, widths, kernel)

    return build


def _bolus_unet(settings: InputSettings, n_maps: int) -> MapNetwork:
    from .modules.bolus_unet import BolusUNet

    return BolusUNet(settings, n_maps)


ARCHITECTURES: Mapping[str, Architecture] = MappingProxyType(
    {
        each.name: each
        for each in (
            Architecture(
                "bolus-unet",
                "Joint U-Net with temporal filters made for the bolus of the study",
                "of this project",
                True,
                _bolus_unet,
            ),
            Architecture(
                "unet-published",
                "U-Net with 64 to 1024 channels, 2x2 kernels",
                "Gava et al. 2023, section 2.3",
                False,
                _unet(_PAPER_WIDTHS, 2),
            ),
            Architecture(
                "unet-code",
                "U-Net with 64 to 1024 channels, 3x3 kernels",
                "public code of Gava et al. 2023, state of 2022",
                False,
                _unet(_PAPER_WIDTHS, 3),
            ),
            Architecture(
                "unet-small",
                "U-Net with 16 to 128 channels, 3x3 kernels",
                "as unet-code, for computers without a GPU",
                False,
                _unet(_SMALL_WIDTHS, 3),
            ),
        )
    }
)
"""All architectures by name; the command line and the docs read this table."""


def build_network(architecture: str, settings: InputSettings, targets: Sequence[str]) -> MapNetwork:
    """Return an untrained network.

    Its weights are drawn from torch's random numbers: seed these for a result that can be repeated.

    Parameters
    ----------
    architecture : str
        A key of :data:`ARCHITECTURES`.
    settings : InputSettings
    targets : sequence of str
        Keys of :data:`MAP_TARGETS`, in the order of the maps that it gives.

    Raises
    ------
    ConfigurationError
        If there is no such architecture or target, or torch is not installed.
    """
    if architecture not in ARCHITECTURES:
        raise ConfigurationError(
            f"There is no architecture '{architecture}'", f"choose one of: {', '.join(ARCHITECTURES)}"
        )
    require_targets(targets)
    require_networks()
    return ARCHITECTURES[architecture].build(settings, len(targets))


def require_targets(targets: Sequence[str]) -> None:
    """Raise a ConfigurationError unless `targets` are different keys of :data:`MAP_TARGETS`."""
    unknown = [name for name in targets if name not in MAP_TARGETS]
    if unknown:
        raise ConfigurationError(
            f"A network cannot give the map '{unknown[0]}'", f"choose from: {', '.join(MAP_TARGETS)}"
        )
    if not targets or len(set(targets)) < len(targets):
        raise ConfigurationError(
            "A network needs at least one map to give, and each once",
            f"choose from: {', '.join(MAP_TARGETS)}",
        )
