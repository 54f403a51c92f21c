"""A model as two files: weights as safetensors, which can hold no code, and its card as JSON."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import ConfigurationError
from ..staging import staging_folder
from .architectures import build_network
from .model_card import ModelCard
from .requirements import require_networks

if TYPE_CHECKING:
    import torch

    from .modules.map_network import MapNetwork

WEIGHTS_SUFFIX = ".safetensors"
CARD_SUFFIX = ".json"

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")


@dataclass(frozen=True, eq=False)
class MapModel:
    """A trained network with its card.

    Attributes
    ----------
    card : ModelCard
    network : MapNetwork
        In evaluation mode, on the processor.
    """

    card: ModelCard
    network: MapNetwork


def save_model(folder: Path, network: MapNetwork, card: ModelCard) -> ModelCard:
    """Write NAME.safetensors and NAME.json into `folder`, replacing a model of that name.

    Parameters
    ----------
    folder : Path
        Made if needed.
    network : MapNetwork
    card : ModelCard
        Its hash is replaced by that of the weights.

    Returns
    -------
    ModelCard
        As it was written.

    Raises
    ------
    ConfigurationError
        If the name cannot be a file's, the folder cannot be written, or a package is missing.
    """
    require_networks()
    weights = weights_content(network.state_dict())
    written = replace(card, sha256=hashlib.sha256(weights).hexdigest())
    write_model_files(folder, card.name, weights, written.as_json())
    return written


def weights_content(state: Mapping[str, torch.Tensor]) -> bytes:
    """Return tensors by name as the content of a file of weights."""
    from safetensors.torch import save

    return save({name: value.contiguous().cpu() for name, value in state.items()})


def write_model_files(folder: Path, name: str, weights: bytes, card: Mapping[str, Any]) -> None:
    """Write NAME.safetensors and NAME.json into `folder`, replacing a model of that name.

    Parameters
    ----------
    folder : Path
        Made if needed.
    name : str
    weights : bytes
        See :func:`weights_content`.
    card : mapping
        JSON.

    Raises
    ------
    ConfigurationError
        If the name cannot be a file's or the folder cannot be written.
    """
    if not _NAME.fullmatch(name):
        raise ConfigurationError(
            f"A model cannot be called '{name}'", "use small letters, digits and hyphens"
        )
    folder.mkdir(parents=True, exist_ok=True)
    with staging_folder(folder / name) as staging:
        contents = {WEIGHTS_SUFFIX: weights, CARD_SUFFIX: (json.dumps(card, indent=1) + "\n").encode()}
        for suffix, content in contents.items():
            (staging / f"{name}{suffix}").write_bytes(content)
        for suffix in contents:
            (staging / f"{name}{suffix}").replace(folder / f"{name}{suffix}")


def read_card(path: Path) -> ModelCard:
    """Return the card in a file.

    Raises
    ------
    ConfigurationError
        If it cannot be read or is not a card.
    """
    return ModelCard.from_json(read_card_record(path))


def read_card_record(path: Path) -> dict[str, Any]:
    """Return what the file of a card of any kind holds.

    Raises
    ------
    ConfigurationError
        If it cannot be read or holds no JSON object.
    """
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigurationError(
            f"The model card {path.name} cannot be read ({error.strerror})",
            "keep the card beside the weights, under the same name",
        ) from error
    except ValueError as error:
        raise ConfigurationError(
            f"The model card {path.name} is not JSON", "use the card that came with the weights"
        ) from error
    if not isinstance(record, dict):
        raise ConfigurationError(
            f"The model card {path.name} is not a card", "use the card that came with the weights"
        )
    return record


def read_model(path: Path) -> MapModel:
    """Return the model whose weights or card `path` is.

    The weights are those that the card names by their hash, of exactly the card's architecture.

    Raises
    ------
    ConfigurationError
        If a file is missing or damaged, weights and card do not belong together, or a package is missing.
    """
    require_networks()
    card = read_card(path.with_suffix(CARD_SUFFIX))
    file = path.with_suffix(WEIGHTS_SUFFIX)
    weights = read_weights(file, card.sha256)
    network = build_network(card.architecture, card.input, card.target_names)
    fill_network(network, weights, file.name)
    network.eval()
    return MapModel(card, network)


def read_weights(file: Path, sha256: str) -> dict[str, torch.Tensor]:
    """Return the tensors of a file by name.

    Raises
    ------
    ConfigurationError
        If it cannot be read, is damaged, or its hash is not `sha256`.
    """
    try:
        weights = file.read_bytes()
    except OSError as error:
        raise ConfigurationError(
            f"The weights {file.name} cannot be read ({error.strerror})",
            "keep the weights beside their card, under the same name",
        ) from error
    if hashlib.sha256(weights).hexdigest() != sha256:
        raise ConfigurationError(
            f"The weights {file.name} are not those of their card: the SHA-256 differs",
            "copy both files again from where the model came from",
        )
    return _tensors(weights, file.name)


def _tensors(weights: bytes, name: str) -> dict[str, torch.Tensor]:
    from safetensors import SafetensorError
    from safetensors.torch import load

    try:
        return load(weights)
    except SafetensorError as error:
        raise ConfigurationError(
            f"The weights {name} are damaged or no safetensors file", "copy the model again"
        ) from error


def fill_network(network: torch.nn.Module, weights: dict[str, torch.Tensor], name: str) -> None:
    """Give a network its weights, none missing and none left over.

    Raises
    ------
    ConfigurationError
        If they are those of another architecture; `name` says whose they are.
    """
    try:
        network.load_state_dict(weights, strict=True)
    except RuntimeError as error:
        raise ConfigurationError(
            f"The weights {name} belong to another architecture", "use the card that came with them"
        ) from error
