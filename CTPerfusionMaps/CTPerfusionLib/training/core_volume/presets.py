"""Ways of training a core-volume network that have a name."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from ...networks.core_volume import CoreVolumeArchitecture
from ..phase import Schedule
from .settings import CoreVolumeTraining, Optimiser


@dataclass(frozen=True)
class CorePreset:
    """A way of training.

    Attributes
    ----------
    name, title : str
    settings : CoreVolumeTraining
    """

    name: str
    title: str
    settings: CoreVolumeTraining


_PAPER = CorePreset(
    "paper",
    "as Mittermeier et al. 2022: VGG19 as it comes, up to 500 epochs, its features of 16 variants kept",
    # The paper varies anew and standardises each batch by itself, and so encodes every patient in every
    # epoch: a day on its graphics card. With StandardisedBy.BATCH and n_augmentations=None so does this.
    CoreVolumeTraining(CoreVolumeArchitecture(encoder="vgg19"), n_augmentations=16),
)

_FAST = CorePreset(
    "fast",
    "a small encoder that is trained too, for a computer without a GPU",
    # A temporal filter adds up hundreds of values, and Adam moves all of its weights by about the rate: with
    # higher rates, or high ones from the start, filters end where nothing moves them.
    CoreVolumeTraining(
        CoreVolumeArchitecture(encoder="small", dropout=0.1),
        optimiser=Optimiser.ADAM,
        schedule=Schedule.ONE_CYCLE,
        n_augmentations=16,
        epochs=50,
        patience=50,
    ),
)

CORE_PRESETS: Mapping[str, CorePreset] = MappingProxyType({preset.name: preset for preset in (_PAPER, _FAST)})
"""All presets by name; the command line and the docs read this table."""
