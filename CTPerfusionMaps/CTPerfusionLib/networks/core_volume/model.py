"""Core-volume models: some networks and their card, in the same two files as a model for maps."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from ...errors import ArgumentError, ConfigurationError
from ..model_file import (
    CARD_SUFFIX,
    WEIGHTS_SUFFIX,
    fill_network,
    read_card_record,
    read_weights,
    weights_content,
    write_model_files,
)
from ..model_store import find_model, installed_models
from ..requirements import require_networks
from .architecture import assemble_network
from .card import CORE_VOLUME_KIND, CoreVolumeCard
from .parts import ENCODERS

if TYPE_CHECKING:
    import torch

    from .modules.core_volume_network import CoreVolumeNetwork

_ENCODER = "encoder."
"""Start of the names of an encoder's weights."""


@dataclass(frozen=True, eq=False)
class CoreVolumeModel:
    """Trained networks whose answers are averaged, with their card.

    Attributes
    ----------
    card : CoreVolumeCard
    networks : tuple of CoreVolumeNetwork
        In evaluation mode, on the processor. They share a frozen encoder.
    """

    card: CoreVolumeCard
    networks: tuple[CoreVolumeNetwork, ...]


def save_core_volume_model(
    folder: Path, networks: Sequence[CoreVolumeNetwork], card: CoreVolumeCard
) -> CoreVolumeCard:
    """Write NAME.safetensors and NAME.json into `folder`, replacing a model of that name.

    An encoder that training left as it was is the same in all networks and written once.

    Parameters
    ----------
    folder : Path
        Made if needed.
    networks : sequence of CoreVolumeNetwork
        Of the card's architecture; with a frozen encoder, the same one in all.
    card : CoreVolumeCard
        Its hash, number of networks and origin of the encoder's weights are replaced by the true ones.

    Returns
    -------
    CoreVolumeCard
        As it was written.

    Raises
    ------
    ArgumentError
        If there is no network, or their frozen encoders differ.
    ConfigurationError
        If the name cannot be a file's, the folder cannot be written, or a package is missing.
    """
    require_networks()
    if not networks:
        raise ArgumentError("networks", "networks are none", "give at least one")
    content = weights_content(_joint_state(networks, card))
    written = replace(
        card,
        n_members=len(networks),
        encoder_weights=networks[0].encoder_weights,
        sha256=hashlib.sha256(content).hexdigest(),
    )
    write_model_files(folder, card.name, content, written.as_json())
    return written


def load_core_volume_model(name_or_path: str | Path) -> CoreVolumeModel:
    """Return a model by its name, or by the path of its weights or card.

    The weights are those that the card names by their hash, of exactly the card's architecture.

    Raises
    ------
    ConfigurationError
        If there is none, a file is damaged, weights and card do not belong together, or torch is missing.
    """
    require_networks()
    path = find_model(name_or_path, CORE_VOLUME_KIND)
    card = read_core_volume_card(path)
    file = path.with_suffix(WEIGHTS_SUFFIX)
    return CoreVolumeModel(card, _networks(card, read_weights(file, card.sha256), file.name))


def read_core_volume_card(path: Path) -> CoreVolumeCard:
    """Return the card in a file.

    Raises
    ------
    ConfigurationError
        If it cannot be read or is not the card of such a model.
    """
    return CoreVolumeCard.from_json(read_card_record(path.with_suffix(CARD_SUFFIX)))


def available_core_volume_models() -> Mapping[str, CoreVolumeCard]:
    """Return the cards of all installed core-volume models by name; one that cannot be read is left out."""
    cards: dict[str, CoreVolumeCard] = {}
    for name, path in installed_models(CORE_VOLUME_KIND).items():
        try:
            cards[name] = read_core_volume_card(path)
        except ConfigurationError:
            continue
    return cards


def _member(index: int) -> str:
    return f"member-{index}."


def _joint_state(networks: Sequence[CoreVolumeNetwork], card: CoreVolumeCard) -> dict[str, torch.Tensor]:
    """Return the weights of all networks by name; those of a shared encoder once."""
    if not ENCODERS[card.architecture.encoder].is_frozen:
        return {
            _member(index) + name: value
            for index, network in enumerate(networks)
            for name, value in network.state_dict().items()
        }
    encoder = networks[0].encoder.state_dict()
    for network in networks[1:]:
        other = network.encoder.state_dict()
        if network.encoder is not networks[0].encoder and any(
            not value.equal(other[name]) for name, value in encoder.items()
        ):
            raise ArgumentError(
                "networks", "networks have different frozen encoders", "train all with the same weights"
            )
    heads = {
        _member(index) + name: value
        for index, network in enumerate(networks)
        for name, value in network.head_state().items()
    }
    return {_ENCODER + name: value for name, value in encoder.items()} | heads


def _networks(
    card: CoreVolumeCard, weights: Mapping[str, torch.Tensor], file: str
) -> tuple[CoreVolumeNetwork, ...]:
    """Return the networks of a card with their weights, none missing and none left over."""
    is_shared = ENCODERS[card.architecture.encoder].is_frozen
    left = dict(weights)
    encoder = {name: left.pop(name) for name in weights if is_shared and name.startswith(_ENCODER)}
    networks: list[CoreVolumeNetwork] = []
    for index in range(card.n_members):
        prefix = _member(index)
        own = {name.removeprefix(prefix): left.pop(name) for name in weights if name.startswith(prefix)}
        network = assemble_network(card.architecture, networks[0].encoder if is_shared and networks else None)
        fill_network(network, encoder | own, file)
        network.encoder_weights = card.encoder_weights
        networks.append(network.eval())
    if left:
        raise ConfigurationError(
            f"The weights {file} are of more networks than their card says",
            "use the card that came with them",
        )
    return tuple(networks)
