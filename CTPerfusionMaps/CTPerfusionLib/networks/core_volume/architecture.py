"""A core-volume network by the names of its parts, and how it is built."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...errors import ConfigurationError
from ..requirements import require_networks
from .parts import ENCODERS, OUTPUTS, PATHWAYS

if TYPE_CHECKING:
    from .modules.core_volume_network import CoreVolumeNetwork
    from .modules.frame_encoder import FrameEncoder

_logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class CoreVolumeArchitecture:
    """A network by the names of its parts.

    Attributes
    ----------
    encoder : str
        A key of :data:`ENCODERS`.
    pathways : str
        A key of :data:`PATHWAYS`.
    output : str
        A key of :data:`OUTPUTS`.
    dropout : float
        Share of values that training leaves out, 0 to below 1. The published code uses a rate that it never
        defines; one half is usual.

    Raises
    ------
    ConfigurationError
        If there is no such part, or the rate of dropout is none.
    """

    encoder: str = "small"
    pathways: str = "both"
    output: str = "class"
    dropout: float = 0.5

    def __post_init__(self) -> None:
        tables: dict[str, Mapping[str, object]] = {
            "encoder": ENCODERS, "pathways": PATHWAYS, "output": OUTPUTS,
        }  # fmt: skip
        for part, table in tables.items():
            if getattr(self, part) not in table:
                raise ConfigurationError(
                    f"The core-volume network has no {part} '{getattr(self, part)}'",
                    f"choose one of: {', '.join(table)}",
                )
        if not 0.0 <= self.dropout < 1.0:
            raise ConfigurationError(
                f"The dropout of a network cannot be {self.dropout}", "give a share of 0 to below 1"
            )

    def as_json(self) -> dict[str, Any]:
        """Return the architecture as JSON holds it."""
        return asdict(self)

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> CoreVolumeArchitecture:
        """Return the architecture of a record.

        Raises
        ------
        TypeError, ConfigurationError
            If the record is not one of an architecture.
        """
        return cls(**record)


def build_core_volume_network(
    architecture: CoreVolumeArchitecture, *, encoder_weights: Path | None = None
) -> CoreVolumeNetwork:
    """Return an untrained network.

    Its weights are drawn from torch's random numbers: seed these for a result that can be repeated.

    Parameters
    ----------
    architecture : CoreVolumeArchitecture
    encoder_weights : Path, optional
        Weights of the encoder as torchvision names them, ``.safetensors`` or ``.pth``. Without them a frozen
        encoder is random, which is logged as a warning and kept with the network.

    Returns
    -------
    CoreVolumeNetwork
        Its ``encoder_weights`` says where those of the encoder came from.

    Raises
    ------
    ConfigurationError
        If the weights cannot be read or are not those of the encoder, an encoder that is trained is given
        some, or torch is not installed.
    """
    require_networks()
    from .encoder_weights import EncoderWeights, load_encoder_weights

    network = assemble_network(architecture)
    if encoder_weights is not None:
        if not network.has_frozen_encoder:
            raise ConfigurationError(
                f"The encoder {architecture.encoder} is trained with its network and takes no weights",
                "leave them out, or choose the encoder vgg19",
            )
        network.encoder_weights = load_encoder_weights(network.encoder, encoder_weights)
    elif network.has_frozen_encoder:
        _logger.warning(
            "The encoder %s has random weights, since no file with trained ones was given.",
            architecture.encoder,
        )
        network.encoder_weights = EncoderWeights.random()
    return network


def assemble_network(
    architecture: CoreVolumeArchitecture, encoder: FrameEncoder | None = None
) -> CoreVolumeNetwork:
    """Return a network whose weights are still to come; `encoder` is used where one is given."""
    from .modules.core_volume_network import CoreVolumeNetwork

    parts = ENCODERS[architecture.encoder]
    network = CoreVolumeNetwork(
        parts.build() if encoder is None else encoder,
        PATHWAYS[architecture.pathways].kernels,
        gives_volume=OUTPUTS[architecture.output].is_volume,
        dropout=architecture.dropout,
    )
    if parts.is_frozen:
        network.freeze_encoder()
    return network
