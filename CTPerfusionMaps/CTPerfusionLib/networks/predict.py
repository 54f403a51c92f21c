"""Perfusion maps of a study by a trained network, without an arterial input function."""

import logging
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..devices import DEVICES, Device, resolve_device
from ..errors import ArgumentError, ProcessingError
from ..kinetics import PerfusionMaps
from ..preprocessing import TissueMasks, segment_tissue
from ..progress import ProgressCallback, ignore_progress, part_of
from ..series import PerfusionSeries
from .model_file import MapModel
from .model_input import ModelInput, prepare_input
from .model_store import load_model
from .predict_batches import MemoryExceeded, run_network
from .predict_fit import require_fit
from .predict_measurable import without_enhancement
from .predict_method import UNET
from .predict_region import BrainBox
from .predict_values import perfusion_values
from .requirements import require_networks

_logger = logging.getLogger(__name__)

_PREPARING_SHARE = 0.3
"""Of the time on two cores that the input takes, for the progress."""


_PROCESSOR = DEVICES["cpu"]


def predict_maps(
    series: PerfusionSeries,
    model: MapModel | str | Path,
    device: str | Device = "auto",
    *,
    masks: TissueMasks | None = None,
    baseline: NDArray[np.floating[Any]] | None = None,
    on_progress: ProgressCallback = ignore_progress,
) -> PerfusionMaps:
    """Compute perfusion maps by a network.

    Slices are computed in batches that fit into memory, in the box around the brain, since nothing outside
    is told. Where the memory of a GPU does not suffice, the processor computes; the ``device`` of the result
    says so.

    Parameters
    ----------
    series : PerfusionSeries
        HU, registered and filtered as the series were that the model was trained with.
    model : MapModel, str or Path
        Or its name, or the path of its weights.
    device : str or Device
        A name in :data:`CTPerfusionLib.devices.DEVICES`, or ``auto``.
    masks : TissueMasks, optional
        Of the series; found here where not given.
    baseline : ndarray, shape (Z, Y, X), optional
        HU that were taken off each frame of the series, which then holds what contrast adds to them. Such a
        series needs `masks`.
    on_progress : callable
        May raise to stop.

    Returns
    -------
    PerfusionMaps
        With the maps that the model has: all of ``unet`` from a joint model, one from a model of one map.
        See :func:`~.predict_values.perfusion_values` for what they mean.

    Raises
    ------
    ProcessingError
        If the series is not one that the model was made for, or voxels of its brain are not numbers.
    ConfigurationError
        If there is no such model or device, a file is damaged, or torch is not installed.
    ArgumentError
        If the masks or the baseline do not match the series, or a baseline comes without masks.
    """
    require_networks()
    loaded = model if isinstance(model, MapModel) else load_model(model)
    where = resolve_device(device)
    require_fit(series, loaded.card)
    on_progress(0.0)
    if masks is None:
        if baseline is not None:
            raise ArgumentError("masks", "masks are missing", "find them before the baseline is taken off")
        masks = segment_tissue(series)
    if masks.tissue.shape != series.shape:
        raise ArgumentError(
            "masks",
            f"masks of shape {masks.tissue.shape} do not match a series of {series.shape}",
            "give its own",
        )
    given, used = _predicted(series, loaded, where, masks, baseline, part_of(on_progress, 0.0, 0.9))
    maps, status = perfusion_values(given, masks.tissue, without_enhancement(series, masks.tissue))
    on_progress(1.0)
    return PerfusionMaps(
        maps=maps,
        quality={},
        status=status,
        method=UNET.name,
        tmax_definition=UNET.tmax_definition,
        device=used,
        offset_marginalised=False,
        learned={},
    )


def _predicted(
    series: PerfusionSeries,
    model: MapModel,
    device: Device,
    masks: TissueMasks,
    baseline: NDArray[np.floating[Any]] | None,
    on_progress: ProgressCallback,
) -> tuple[dict[str, NDArray[np.float32]], Device]:
    """Return the network's maps in physical units on the grid of the series, and where they were computed."""
    brain = masks.brain & ~masks.invalid
    box = BrainBox.around(brain)
    shown = prepare_input(
        series.with_voxels(box.crop(series.voxels)),
        box.crop(brain),
        model.card.input,
        baseline=None if baseline is None else box.crop(baseline),
        on_progress=part_of(on_progress, 0.0, _PREPARING_SHARE),
    )
    slices = replace(shown, stack=shown.stack[box.slices])
    computing = part_of(on_progress, _PREPARING_SHARE, 1.0)
    scaled, used = predict_slices(model, slices, device, computing)
    images = {
        target.name: box.place(target.physical(scaled[:, channel]), series.shape)
        for channel, target in enumerate(model.card.targets)
    }
    return images, used


def predict_slices(
    model: MapModel, given: ModelInput, device: Device, on_progress: ProgressCallback
) -> tuple[NDArray[np.float32], Device]:
    """Return what a network gives of prepared slices, and where it was computed.

    Parameters
    ----------
    model : MapModel
    given : ModelInput
    device : Device
        Where its memory is short, the processor takes over.
    on_progress : callable

    Returns
    -------
    scaled : ndarray of float32, shape (Z, C, Y, X)
        Shares of the windows of the model's targets.
    used : Device

    Raises
    ------
    ProcessingError
        If not even the processor has memory enough.
    """
    import torch

    used = on_torch(device)
    try:
        return run_network(model.network, given, torch.device(str(used.torch_name)), on_progress), used
    except MemoryExceeded as error:
        if used.name == _PROCESSOR.name:
            raise ProcessingError(
                "The memory of this machine does not suffice for the network",
                "close other programs, or use another method",
            ) from error
    _logger.warning("The memory of the GPU does not suffice, so the processor computes the maps.")
    return predict_slices(model, given, _PROCESSOR, on_progress)


def on_torch(device: Device) -> Device:
    """Return a device as torch uses it: the processor by torch instead of numba."""
    if device.torch_name is not None:
        return device
    return Device(device.name, "all processor cores, by torch", device.name)
