"""Ways of training that have a name."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from ..networks import MAP_TARGETS
from .augmentation import Augmentation
from .phase import Crop, Phase, Schedule
from .settings import Compute, MapTraining, Region


@dataclass(frozen=True)
class Preset:
    """A way of training.

    Attributes
    ----------
    name, title : str
    settings : MapTraining
        Its targets are all that it trains by default.
    joint : bool
        Whether one network gives all maps; otherwise each map has a network of its own.
    phantom_scanners, phantom_sizes : tuple of str
        Of simulated heads, names in :data:`CTPerfusionLib.phantom.SCANNER_SCHEMES` and ``SIZES``; each head
        gets one of them at random.
    """

    name: str
    title: str
    settings: MapTraining
    joint: bool
    phantom_scanners: tuple[str, ...]
    phantom_sizes: tuple[str, ...]


_PAPER = Preset(
    "paper",
    "as Gava et al. 2023: a U-Net for each map, 250 epochs at 128x128, then 50 at full size",
    MapTraining(
        architecture="unet-code",
        targets=("CBV", "CBF", "TTP"),
        phases=(Phase(epochs=250, size=128), Phase(epochs=50)),
        region=Region.IMAGE,
        compute=Compute(channels_last=True),
    ),
    joint=False,
    phantom_scanners=("ge-cine",),
    phantom_sizes=("clinical",),
)

_FAST = Preset(
    "fast",
    "a small joint network with another bolus in every epoch, for a computer without a GPU",
    MapTraining(
        architecture="bolus-unet",
        targets=tuple(MAP_TARGETS),
        phases=(
            Phase(
                epochs=20, crop=Crop.BRAIN, patch=64, most_patches=4, learning_rate=3e-3,
                schedule=Schedule.ONE_CYCLE,
            ),
        ),
        # In shares of their windows, TTP has a tenth of the error of the other maps, and MTT counts for less
        # than what it is made of.
        map_weights=(("TTP", 4.0), ("MTT", 2.0)),
        augmentation=Augmentation(
            flips=True, bolus_delay=(-3.5, 5.0), bolus_spread=(0.2, 3.0),
            intervals=(1.0, 1.5, 2.0, 2.81), noise=1.2,
        ),
        clip_norm=1.0,
    ),
    joint=True,
    # Half of the heads are scanned as in the papers, the others as shuttles and a wide detector do; one of
    # six at full size, which teaches fine structure and takes most of the time to simulate.
    phantom_scanners=("ge-cine", "ge-cine", "ge-cine", "siemens-shuttle", "ge-shuttle", "toshiba"),
    phantom_sizes=("tiny", "tiny", "tiny", "tiny", "tiny", "clinical"),
)  # fmt: skip

PRESETS: Mapping[str, Preset] = MappingProxyType({preset.name: preset for preset in (_PAPER, _FAST)})
"""All presets by name; the command line and the docs read this table."""
