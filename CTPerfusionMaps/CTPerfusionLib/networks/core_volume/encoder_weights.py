"""Trained weights of an encoder from a file that the user gives; nothing is downloaded."""

from __future__ import annotations

import hashlib
import io
import pickle
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...errors import ConfigurationError

if TYPE_CHECKING:
    import torch

    from .modules.frame_encoder import FrameEncoder

_DENSE = "classifier."
"""Start of the names of torchvision's dense layers, which the encoder does not have."""

_REMEDY = "give the state dict of torchvision's vgg19, such as vgg19-dcbb9e9d.pth"


class WeightsOrigin(StrEnum):
    """Where the weights of an encoder came from."""

    TRAINED = "trained"
    """Trained together with the rest of the network."""

    FILE = "file"
    """Trained elsewhere, from a file that was given."""

    RANDOM = "random"
    """Never trained."""


@dataclass(frozen=True)
class EncoderWeights:
    """Where the weights of an encoder came from.

    Attributes
    ----------
    origin : WeightsOrigin
    sha256 : str
        Of the file, empty where there was none.
    """

    origin: WeightsOrigin
    sha256: str = ""

    @classmethod
    def trained(cls) -> EncoderWeights:
        """Return the record of an encoder that is trained with its network."""
        return cls(WeightsOrigin.TRAINED)

    @classmethod
    def random(cls) -> EncoderWeights:
        """Return the record of a frozen encoder that was given no weights."""
        return cls(WeightsOrigin.RANDOM)

    @property
    def is_random(self) -> bool:
        """Whether the encoder was never trained."""
        return self.origin is WeightsOrigin.RANDOM

    def as_json(self) -> dict[str, Any]:
        """Return the record as JSON holds it."""
        return asdict(self)

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> EncoderWeights:
        """Return the record of JSON.

        Raises
        ------
        TypeError, KeyError, ValueError
            If it is none.
        """
        return cls(**{**record, "origin": WeightsOrigin(record["origin"])})


def load_encoder_weights(encoder: FrameEncoder, path: Path) -> EncoderWeights:
    """Give an encoder the weights of a file, none missing and none left over but dense layers.

    Parameters
    ----------
    encoder : FrameEncoder
    path : Path
        A state dict, as ``.safetensors`` or as torch saves it; of the latter only tensors are read, no code
        is run.

    Returns
    -------
    EncoderWeights
        With the SHA-256 of the file.

    Raises
    ------
    ConfigurationError
        If the file cannot be read, is damaged, or its names or shapes are not those of the encoder.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ConfigurationError(
            f"The encoder's weights {path.name} cannot be read ({error.strerror})", _REMEDY
        ) from error
    found = {name: value for name, value in _state(content, path).items() if not name.startswith(_DENSE)}
    wanted = encoder.state_dict()
    for problem, names in (("lacks", wanted.keys() - found), ("has a surplus", found.keys() - wanted)):
        if names:
            raise ConfigurationError(f"The file {path.name} {problem} {min(names)}", _REMEDY)
    try:
        encoder.load_state_dict(found, strict=True)
    except RuntimeError as error:
        raise ConfigurationError(
            f"The weights in {path.name} have other shapes than those of the encoder", _REMEDY
        ) from error
    return EncoderWeights(WeightsOrigin.FILE, hashlib.sha256(content).hexdigest())


def _state(content: bytes, path: Path) -> dict[str, torch.Tensor]:
    import torch
    from safetensors import SafetensorError
    from safetensors.torch import load

    try:
        if path.suffix == ".safetensors":
            return load(content)
        state = torch.load(io.BytesIO(content), map_location="cpu", weights_only=True)
    except (SafetensorError, pickle.UnpicklingError, EOFError, RuntimeError, ValueError) as error:
        raise ConfigurationError(
            f"The encoder's weights {path.name} are damaged or hold more than weights", _REMEDY
        ) from error
    if not isinstance(state, dict) or not all(isinstance(value, torch.Tensor) for value in state.values()):
        raise ConfigurationError(f"The file {path.name} holds no state dict", _REMEDY)
    return state
