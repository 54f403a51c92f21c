"""Where models are found: among the shipped ones, in the user's folder, or by their path."""

import os
from collections.abc import Mapping
from pathlib import Path

from ..errors import ConfigurationError
from ..resources import resource_path
from .model_card import MAPS_KIND, ModelCard, card_kind
from .model_file import CARD_SUFFIX, WEIGHTS_SUFFIX, MapModel, read_card, read_card_record, read_model

MODELS_VARIABLE = "CTPERFUSION_MODELS"
"""Environment variable that names the user's folder of models."""

DEFAULT_MODEL = "phantom-joint"
"""The shipped model, trained on phantoms."""


def model_folders() -> tuple[Path, ...]:
    """Return the folders in which models are looked for: the user's before the shipped ones."""
    own = os.environ.get(MODELS_VARIABLE)
    return (
        Path(own) if own else Path.home() / ".ctperfusion" / "models",
        resource_path("Models"),
    )


def available_models() -> Mapping[str, ModelCard]:
    """Return the cards of all installed models for maps by name; a card that cannot be read is left out."""
    cards: dict[str, ModelCard] = {}
    for name, path in installed_models(MAPS_KIND).items():
        try:
            cards[name] = read_card(path)
        except ConfigurationError:
            continue
    return cards


def load_model(name_or_path: str | Path) -> MapModel:
    """Return a model by its name, or by the path of its weights or card.

    Raises
    ------
    ConfigurationError
        If there is none, a file is damaged, weights and card do not belong together, or torch is missing.
    """
    return read_model(find_model(name_or_path))


def find_model(name_or_path: str | Path, kind: str = MAPS_KIND) -> Path:
    """Return the path of the card of a model, by name or by the path of its weights or card.

    Parameters
    ----------
    name_or_path : str or Path
    kind : str
        What the models give among which a name is looked for.

    Raises
    ------
    ConfigurationError
        If there is none.
    """
    text = str(name_or_path)
    path = Path(text).expanduser()
    if path.suffix in {WEIGHTS_SUFFIX, CARD_SUFFIX} or path.name != text:
        card = path.with_suffix(CARD_SUFFIX)
        if card.is_file():
            return card
        raise ConfigurationError(
            f"There is no model {path.name} in {path.parent}",
            "name the file of weights (.safetensors), with its card (.json) beside it",
        )
    installed = installed_models(kind)
    if text not in installed:
        known = ", ".join(installed) or "none is installed"
        raise ConfigurationError(
            f"There is no model called '{text}'", f"name a file of weights or choose one of: {known}"
        )
    return installed[text]


def installed_models(kind: str) -> dict[str, Path]:
    """Return the cards of a kind by name, with those that cannot be read: asked for, they say why."""
    found: dict[str, Path] = {}
    for folder in model_folders():
        for path in sorted(folder.glob(f"*{CARD_SUFFIX}")):
            if path.with_suffix(WEIGHTS_SUFFIX).is_file() and _may_be(kind, path):
                found.setdefault(path.stem, path)
    return found


def _may_be(kind: str, path: Path) -> bool:
    try:
        return card_kind(read_card_record(path)) == kind
    except ConfigurationError:
        return True
