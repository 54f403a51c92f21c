"""What a core-volume network is asked of a study: two slices, taken before the noise filter."""

from contextlib import suppress
from dataclasses import dataclass

from ..errors import ArgumentError, ConfigurationError, ProcessingError
from ..networks import find_model, networks_are_installed, require_networks
from ..networks.core_volume import (
    CoreVolumeInput,
    available_core_volume_models,
    choose_slices,
    load_core_volume_model,
    prepare_core_volume_input,
    read_core_volume_card,
)
from ..networks.core_volume.card import CORE_VOLUME_KIND
from ..networks.core_volume.slice_choice import named_slices, slice_heights
from ..networks.predict_fit import require_accepted
from ..preprocessing import TissueMasks
from ..series import PerfusionSeries
from .config import NO_CORE_VOLUME_MODEL, PipelineConfig


@dataclass(frozen=True, eq=False)
class CoreVolumeQuestion:
    """What a core-volume network is shown of a study.

    Attributes
    ----------
    model : str
        Name of the model, or its path.
    given : CoreVolumeInput or ProcessingError
        Two slices at the network's times and pixels; the reason where the study does not suit it.
    """

    model: str
    given: CoreVolumeInput | ProcessingError


def core_volume_question(
    registered: PerfusionSeries, masks: TissueMasks, config: PipelineConfig
) -> CoreVolumeQuestion | None:
    """Return what the core-volume network of a run is asked; None where there is none to ask.

    Parameters
    ----------
    registered : PerfusionSeries
        HU, not filtered; frames may be missing.
    masks : TissueMasks
        Of the same series.
    config : PipelineConfig
        ``core_volume_model`` and ``core_volume_slices`` count.

    Raises
    ------
    ConfigurationError
        If there is no such model, or no such slices.
    """
    model = core_volume_model(config)
    if model is None:
        return None
    card = read_core_volume_card(find_model(model, CORE_VOLUME_KIND))
    _require_slices(registered, config)
    try:
        require_accepted(registered, card.accepted, card.name)
        lower, upper = config.core_volume_slices or (None, None)
        slices = choose_slices(registered, masks, lower=lower, upper=upper)
        given = prepare_core_volume_input(registered, masks, card.input, slices=slices)
    except ProcessingError as error:
        return CoreVolumeQuestion(model, error)
    return CoreVolumeQuestion(model, given)


def refuse_core_volume_choices(config: PipelineConfig, series: PerfusionSeries) -> None:
    """Refuse before the long work a core-volume network, or slices for it, that were asked for in vain.

    Raises
    ------
    ConfigurationError
        If a model that is named is none or damaged, a package for it is missing, slices are named that the
        series does not have, or slices are named and no model is installed.
    """
    if config.core_volume_model == NO_CORE_VOLUME_MODEL:
        return
    if config.core_volume_model is not None:
        load_core_volume_model(config.core_volume_model)
    if config.core_volume_slices is not None:
        require_networks()
        if core_volume_model(config) is None:
            raise ConfigurationError(
                "Slices are named for a core-volume network, and none is installed",
                "name a file of weights as the core-volume model, or no slices",
            )
        _require_slices(series, config)


def core_volume_model(config: PipelineConfig) -> str | None:
    """Return the core-volume network that a run asks; None where it asks none.

    It is the one that is named, otherwise the first installed one where it can be used.
    """
    if config.core_volume_model == NO_CORE_VOLUME_MODEL:
        return None
    if config.core_volume_model is not None:
        return config.core_volume_model
    return next(iter(available_core_volume_models()), None) if networks_are_installed() else None


def _require_slices(series: PerfusionSeries, config: PipelineConfig) -> None:
    """Refuse slices that were named and are not there; a study that suits no slices is judged elsewhere."""
    if config.core_volume_slices is None:
        return
    with suppress(ProcessingError):
        heights = slice_heights(series)
        try:
            named_slices(heights, *config.core_volume_slices)
        except ArgumentError as error:
            raise ConfigurationError(
                f"The slices for the core-volume network cannot be used: {error.reason}", error.remedy
            ) from error
