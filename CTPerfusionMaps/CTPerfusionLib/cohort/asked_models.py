"""Which networks a run asks: its result depends on them."""

from ..networks import DEFAULT_MODEL, find_model
from ..networks.core_volume.card import CORE_VOLUME_KIND
from ..networks.model_file import read_card_record
from ..networks.predict_method import UNET
from ..pipeline import PipelineConfig, core_volume_model


def asked_model_hashes(config: PipelineConfig) -> tuple[str, ...]:
    """Return the hashes of the weights of the networks that a run asks.

    Raises
    ------
    ConfigurationError
        If there is no such network, or its card cannot be read.
    """
    cards = []
    if config.method == UNET.name:
        cards.append(find_model(config.model or DEFAULT_MODEL))
    judge = core_volume_model(config)
    if judge is not None:
        cards.append(find_model(judge, CORE_VOLUME_KIND))
    return tuple(str(read_card_record(card).get("sha256", "")) for card in cards)
