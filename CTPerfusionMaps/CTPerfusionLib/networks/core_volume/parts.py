"""The parts of the core-volume network by name: the one place where an encoder or a pathway is added."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .modules.frame_encoder import FrameEncoder


@dataclass(frozen=True)
class Encoder:
    """What turns one frame of a slice into a vector of features.

    Attributes
    ----------
    name : str
        What the command line calls it.
    title : str
        What a reader is shown.
    source : str
        The paper that it follows.
    is_frozen : bool
        Whether training leaves it as it is, so that its features can be computed once and kept.
    build : callable
        Gives the encoder with random weights.
    """

    name: str
    title: str
    source: str
    is_frozen: bool
    build: Callable[[], FrameEncoder]


@dataclass(frozen=True)
class Pathways:
    """Which temporal filters a network has.

    Attributes
    ----------
    name : str
    title : str
    kernels : tuple of int
        Frames that the filters of each pathway see.
    """

    name: str
    title: str
    kernels: tuple[int, ...]


@dataclass(frozen=True)
class Output:
    """What the one number that a network gives means.

    Attributes
    ----------
    name : str
    title : str
    is_volume : bool
        Millilitres; else the logit of the probability of a large core.
    """

    name: str
    title: str
    is_volume: bool


def _vgg19() -> FrameEncoder:
    from .modules.vgg19 import Vgg19Encoder

    return Vgg19Encoder()


def _small() -> FrameEncoder:
    from .modules.small_encoder import SmallEncoder

    return SmallEncoder()


ENCODERS: Mapping[str, Encoder] = MappingProxyType(
    {
        each.name: each
        for each in (
            Encoder(
                "vgg19",
                "VGG19, not trained further, each channel the best of its 4 x 4 places",
                "Mittermeier et al. 2022, section 2.3; Simonyan and Zisserman 2015",
                True,
                _vgg19,
            ),
            Encoder(
                "small",
                "Convolutions on what changes in blocks of 6 mm, trained, for computers without a GPU",
                "of this project",
                False,
                _small,
            ),
        )
    }
)
"""All encoders by name; the command line and the docs read this table."""

PATHWAYS: Mapping[str, Pathways] = MappingProxyType(
    {
        each.name: each
        for each in (
            Pathways("both", "local and global", (3, 11)),
            Pathways("local", "local only", (3,)),
            Pathways("global", "global only", (11,)),
        )
    }
)
"""The full network and its ablations (Mittermeier et al. 2022, table 2)."""

OUTPUTS: Mapping[str, Output] = MappingProxyType(
    {
        each.name: each
        for each in (
            Output("class", "probability of a large core, as published", False),
            Output("volume", "core volume in mL, an extension of this project", True),
        )
    }
)
"""What a network can give."""
