"""The tasks whose speed says how fast networks are: a matrix product, inference, steps of training."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING

import numpy as np

from ..networks import CONTEXT_BANDS, MAP_TARGETS, InputSettings, ModelInput, build_network
from ..networks.predict_batches import run_network
from ..progress import ProgressCallback, ignore_progress
from ..series import PerfusionSeries, TimeSource
from .device_time import synchronise

if TYPE_CHECKING:
    import torch

    from ..networks.modules.map_network import MapNetwork

Task = Callable[[ProgressCallback], object]

TARGETS = tuple(MAP_TARGETS)
"""All maps, as a joint network gives them; a network of one map takes as long but for its last layer."""

_PRODUCT_SIZES = {"cpu": 2048, "cuda": 8192, "mps": 4096}
"""Rows of the square matrices, large enough that their product is bound by arithmetic alone."""

_COUNTED_SIZES = (32, 64)
"""Pixels of a side of the images in which operations are counted."""

_DEEPEST = 16
"""Pixels of a side to multiples of which the deepest network fills up images."""

_PEAK_HU = 12.0
"""Enhancement of the simulated tissue; times do not depend on it."""


def matrix_product(device: torch.device) -> tuple[Task, float]:
    """Return the product of two square matrices and its floating-point operations.

    On an NVIDIA GPU in half precision, in which networks compute there, elsewhere in single precision.
    """
    import torch

    size = _PRODUCT_SIZES[device.type]
    kind = torch.float16 if device.type == "cuda" else torch.float32
    first, second = (torch.ones(size, size, dtype=kind, device=device) for _ in range(2))

    def multiply(_report: ProgressCallback) -> None:
        torch.mm(first, second)
        synchronise(device)

    return multiply, 2.0 * size**3


def simulated_series(slices: int, size: int, settings: InputSettings) -> tuple[PerfusionSeries, np.ndarray]:
    """Return a series that fits the settings as it is, and its brain, a disk of half the image."""
    rows, columns = np.indices((size, size))
    disk = np.hypot(rows - size / 2, columns - size / 2) < 0.4 * size
    since = np.maximum(settings.times - 10.0, 0.0) / 4.0
    bolus = since**3 * np.exp(3.0 * (1.0 - since))
    gains = _PEAK_HU * np.random.default_rng(0).random((slices, size, size), dtype=np.float32)
    voxels = np.empty((settings.n_frames, slices, size, size), dtype=np.float32)
    for frame, height in zip(voxels, bolus, strict=True):
        frame[:] = np.where(disk, 35.0 + np.float32(height) * gains, -1000.0)
    matrix = np.diag([-230.0 / size, -230.0 / size, 5.0, 1.0])
    return (
        PerfusionSeries(voxels, settings.times, matrix, TimeSource.SIMULATED),
        np.repeat(disk[None], slices, axis=0),
    )


def inference(network: MapNetwork, given: ModelInput, device: torch.device) -> Task:
    """Return the computation of the maps of prepared slices, from memory to memory, as a run does it."""
    return lambda _report: run_network(network, given, device, ignore_progress)


def training_step(
    architecture: str, settings: InputSettings, batch: int, size: int, device: torch.device
) -> Task:
    """Return one step of training on slices that lie on the device: mean squared error, Adam.

    In bf16 on an NVIDIA GPU and in single precision elsewhere, channels last.
    """
    import torch

    network = build_network(architecture, settings, TARGETS).to(device).train()
    network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    optimiser = torch.optim.Adam(network.parameters(), lr=1e-5)
    stack, context, targets = _batch(settings, batch, size, device)

    def step(_report: ProgressCallback) -> None:
        optimiser.zero_grad(set_to_none=True)
        with _brain_float(device):
            maps = network(stack, context)
        torch.autograd.backward(torch.nn.functional.mse_loss(maps.float(), targets))
        optimiser.step()
        synchronise(device)

    return step


def operations(architecture: str, settings: InputSettings, size: int, *, training: bool) -> float:
    """Return the floating-point operations for one slice, a multiplication and an addition as two.

    Those of convolutions and matrix products, which all but make up the whole; with `training`, those of the
    gradients too. Counted by torch in two small images: beyond what does not depend on the image, they are
    proportional to its pixels.
    """
    network = build_network(architecture, settings, TARGETS).train(training)
    smaller, larger = (_counted(network, settings, each, training) for each in _COUNTED_SIZES)
    first, second = (each**2 for each in _COUNTED_SIZES)
    padded = -(-size // _DEEPEST) * _DEEPEST
    return smaller + (larger - smaller) / (second - first) * (padded**2 - first)


def _counted(network: MapNetwork, settings: InputSettings, size: int, training: bool) -> float:
    import torch
    from torch.utils.flop_counter import FlopCounterMode

    stack, context, _ = _batch(settings, 1, size, torch.device("cpu"))
    with FlopCounterMode(display=False) as counter, torch.set_grad_enabled(training):
        maps = network(stack, context)
        if training:
            torch.autograd.backward(maps.sum())
    return float(counter.get_total_flops())


def _batch(
    settings: InputSettings, batch: int, size: int, device: torch.device
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    import torch

    stack = torch.full((batch, settings.n_frames, size, size), 0.5, device=device)
    context = torch.ones(batch, len(CONTEXT_BANDS), settings.n_frames, device=device)
    targets = torch.full((batch, len(TARGETS), size, size), 0.5, device=device)
    return stack, context, targets


def _brain_float(device: torch.device) -> AbstractContextManager[object]:
    import torch

    return torch.autocast("cuda", dtype=torch.bfloat16) if device.type == "cuda" else nullcontext()
