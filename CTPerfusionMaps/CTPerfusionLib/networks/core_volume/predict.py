"""Small or large core of a study, by an ensemble of trained networks."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ...devices import Device, resolve_device
from ...errors import ArgumentError, ProcessingError
from ...parallel import number_of_threads
from ...preprocessing import TissueMasks, segment_tissue
from ...progress import ProgressCallback, ignore_progress, part_of
from ...series import PerfusionSeries
from ..predict import on_torch
from ..predict_batches import torch_threads
from ..predict_fit import require_accepted
from ..requirements import require_networks
from .card import CoreVolumeCard
from .core_volume_input import CoreVolumeInput, prepare_core_volume_input
from .input_settings import CoreVolumeInputSettings
from .model import CoreVolumeModel, load_core_volume_model
from .parts import OUTPUTS
from .result import EVEN_CHANCE, CoreVolumeResult, core_verdict
from .slice_choice import SliceChoice
from .standardisation import standardise

if TYPE_CHECKING:
    import torch

    from .modules.core_volume_network import CoreVolumeNetwork

_MASKS_SHARE, _INPUT_SHARE = 0.3, 0.5
"""Of the time, for the progress, after which masks and input are there."""


def predict_core_volume(
    series: PerfusionSeries,
    model: CoreVolumeModel | str | Path,
    device: str | Device = "auto",
    *,
    masks: TissueMasks | None = None,
    slices: SliceChoice | None = None,
    on_progress: ProgressCallback = ignore_progress,
) -> CoreVolumeResult:
    """Say whether the infarct core of a study is large, without tracer kinetics.

    The probability is the mean of those of the networks (Mittermeier et al. 2022, section 2.4), or the
    volume that of their volumes.

    Parameters
    ----------
    series : PerfusionSeries
        HU, registered and not filtered.
    model : CoreVolumeModel, str or Path
        Or its name, or the path of its weights.
    device : str or Device
        A name in :data:`CTPerfusionLib.devices.DEVICES`, or ``auto``.
    masks : TissueMasks, optional
        Of the series; found here where not given.
    slices : SliceChoice, optional
        By default those of :func:`~.slice_choice.choose_slices`.
    on_progress : callable
        May raise to stop.

    Raises
    ------
    ProcessingError
        If the series is not one that the model was made for, see :func:`~..predict_fit.require_accepted` and
        :func:`~.core_volume_input.prepare_core_volume_input`.
    ConfigurationError
        If there is no such model or device, a file is damaged, or torch is not installed.
    ArgumentError
        If masks or slices are not those of the series.
    """
    require_networks()
    loaded = model if isinstance(model, CoreVolumeModel) else load_core_volume_model(model)
    where = resolve_device(device)
    require_accepted(series, loaded.card.accepted, loaded.card.name)
    on_progress(0.0)
    if masks is None:
        masks = segment_tissue(series, on_progress=part_of(on_progress, 0.0, _MASKS_SHARE))
    given = prepare_core_volume_input(series, masks, loaded.card.input, slices=slices)
    on_progress(_INPUT_SHARE)
    return judge_core_volume_input(loaded, given, where, part_of(on_progress, _INPUT_SHARE, 1.0))


def judge_core_volume_input(
    model: CoreVolumeModel,
    given: CoreVolumeInput,
    device: str | Device = "auto",
    on_progress: ProgressCallback = ignore_progress,
) -> CoreVolumeResult:
    """Say whether the infarct core is large of a study that was prepared for the model.

    Parameters
    ----------
    model : CoreVolumeModel
    given : CoreVolumeInput
        Prepared with the settings of the model's card, from a series that it accepts.
    device : str or Device
    on_progress : callable
        May raise to stop.

    Raises
    ------
    ArgumentError
        If it was prepared with other settings.
    ProcessingError
        If an answer is no number.
    """
    members = member_answers(model, given.stack[None], device, on_progress)[:, 0]
    on_progress(1.0)
    return _result(model.card, members, given.slices)


def member_answers(
    model: CoreVolumeModel,
    stacks: NDArray[np.float32],
    device: str | Device = "auto",
    on_progress: ProgressCallback = ignore_progress,
) -> NDArray[np.float64]:
    """Return what each network of a model says of prepared studies.

    Parameters
    ----------
    model : CoreVolumeModel
    stacks : ndarray of float32, shape (B, 2, T, Y, X)
        HU, see :class:`~.core_volume_input.CoreVolumeInput`.
    device : str or Device
    on_progress : callable
        May raise to stop.

    Returns
    -------
    ndarray of float64, shape (M, B)
        Probabilities of a large core, or mL.

    Raises
    ------
    ArgumentError
        If the stacks are not of the shape that the model's card tells.
    ProcessingError
        If an answer is no number.
    """
    import torch

    _require_shape(stacks.shape, model.card.input)
    place = torch.device(str(on_torch(resolve_device(device)).torch_name))
    networks = model.networks
    if place.type != "cpu":
        networks = tuple(network.to(place) for network in copy.deepcopy(networks))
    answers = np.empty((len(networks), len(stacks)))
    with torch.inference_mode(), torch_threads(number_of_threads()):
        for index, stack in enumerate(stacks):
            given = standardise(torch.from_numpy(stack)[None].to(place), model.card.standardisation)
            answers[:, index] = _answers(networks, given)
            on_progress((index + 1) / len(stacks))
    if not np.isfinite(answers).all():
        raise ProcessingError(
            "The core-volume network gives no number for this study", "check that its images are in HU"
        )
    return answers if model.networks[0].gives_volume else 1.0 / (1.0 + np.exp(-answers))


def _answers(networks: Sequence[CoreVolumeNetwork], given: torch.Tensor) -> list[float]:
    """Return logit or mL of each network for one standardised stack; what they share is done once."""
    prepared = networks[0].prepare(given)
    return [float(network.answer(prepared)[0]) for network in networks]


def _require_shape(shape: tuple[int, ...], settings: CoreVolumeInputSettings) -> None:
    wanted = (2, settings.n_frames, settings.size, settings.size)
    if shape[1:] != wanted:
        raise ArgumentError(
            "stacks",
            f"stacks of shape {shape} are not (patients, {', '.join(map(str, wanted))})",
            "prepare them with the settings of the model",
        )


def _result(card: CoreVolumeCard, members: NDArray[np.float64], slices: SliceChoice) -> CoreVolumeResult:
    mean = float(members.mean())
    gives_volume = OUTPUTS[card.architecture.output].is_volume
    threshold = card.threshold_ml if gives_volume else EVEN_CHANCE
    return CoreVolumeResult(
        verdict=core_verdict(mean, threshold),
        threshold_ml=card.threshold_ml,
        probability_large=None if gives_volume else mean,
        volume_ml=mean if gives_volume else None,
        members=tuple(float(each) for each in members),
        slices=slices,
        model=card.name,
    )
